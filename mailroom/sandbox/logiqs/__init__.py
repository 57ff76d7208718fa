"""A Logiqs tenant and a match service on loopback."""
