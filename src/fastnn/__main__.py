"""``python -m fastnn``: hands over to the command line and returns its exit code."""

import sys

from fastnn._cli.main import main

if __name__ == "__main__":
    sys.exit(main())
