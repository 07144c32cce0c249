"""Errors that are two things: what fastnn says of a wrong call, and what Keras raises for it.

Programs written for Keras catch the one, programs written for fastnn the other.
"""


class ObjectError(ValueError, TypeError):
    """A description that names an object that is not known, or is not one; `TypeError` in Keras."""


class NamelessError(ObjectError):
    """An object of the user's own that a file cannot name, such as a lambda."""


class UnknownArgumentError(TypeError, ValueError):
    """A keyword that a function does not have; Keras' layers and optimisers raise a ValueError."""


class WrongTypeError(TypeError, ValueError):
    """An argument that is not of the kind that is needed, such as text for a number."""


class OutOfRangeError(ValueError, IndexError):
    """A number of an axis, a layer or a class that there is not, as NumPy's AxisError."""


class NotCompiledError(RuntimeError, ValueError):
    """The state of a model is wrong, not an argument; Keras calls it a ValueError."""


class UnknownShapeError(AttributeError, ValueError):
    """The model is not built; so it has no such attribute yet."""


class MissingFileError(FileNotFoundError, ValueError):
    """There is no such file; Keras raises the one or the other, by the ending of the name."""


class DamagedFileError(OSError, ValueError):
    """What a file holds is none of its format; Keras' HDF5 files give an `OSError` then."""
