"""A Drive and a Logiqs on loopback, filled with synthetic notices, for rehearsals and tests."""
