"""Where what fastnn says goes: to standard output, or to Python's logging."""

_interactive = True


def enable_interactive_logging() -> None:
    """Have progress and messages of callbacks printed, as they are from the start.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.enable_interactive_logging()
    >>> fastnn.config.is_interactive_logging_enabled()
    True
    """
    global _interactive
    _interactive = True


def disable_interactive_logging() -> None:
    """Have progress and messages of callbacks go to the logger ``"fastnn"``, at level INFO.

    There is no bar then, but lines of each epoch.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.disable_interactive_logging()
    >>> fastnn.config.is_interactive_logging_enabled()
    False
    >>> fastnn.config.enable_interactive_logging()
    """
    global _interactive
    _interactive = False


def is_interactive_logging_enabled() -> bool:
    """Tell whether progress and messages are printed.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.is_interactive_logging_enabled()
    True
    """
    return _interactive


def say(message: str, end: str = "\n") -> None:
    """Print a message, or log it."""
    if _interactive:
        print(message, end=end, flush=True)
        return
    import logging

    logging.getLogger("fastnn").info(message.strip())
