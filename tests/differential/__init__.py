"""Random programs that Keras and fastnn run from the same weights: the same numbers."""
