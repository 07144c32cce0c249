"""The command line, ``python -m fastnn``. A user of the Python interface: nothing imports it."""
