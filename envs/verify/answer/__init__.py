"""From text to a value: where the answer of a response stands, and what it writes."""
