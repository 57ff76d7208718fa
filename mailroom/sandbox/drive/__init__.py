"""A Google Drive v3 on loopback, as far as the mail room and its tests use it."""
