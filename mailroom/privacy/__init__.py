"""What keeps client data in its place: redaction, encrypting, scratch space."""
