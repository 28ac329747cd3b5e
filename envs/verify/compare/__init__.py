"""From two values to the same or not, as far as no computer algebra is needed."""
