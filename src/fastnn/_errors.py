"""Errors that are two things: what fastnn says of a wrong call, and what Keras raises for it.

Programs written for Keras catch the one, programs written for fastnn the other.
"""


class ObjectError(ValueError, TypeError):
    """A description that names an object that is not known, or is not one; `TypeError` in Keras."""


class NamelessError(ObjectError):
    """An object of the user's own that a file cannot name, such as a lambda."""
