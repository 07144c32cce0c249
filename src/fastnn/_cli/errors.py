"""What a user of the command line did wrong, as one line."""


class UserError(Exception):
    """Shown as one line on the standard error stream; the exit code is 2."""

    def __str__(self) -> str:
        return " ".join(super().__str__().split())
