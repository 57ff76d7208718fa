"""Which value of a field is chosen, which are in doubt, and what becomes of the file."""
