"""Redaction of logs: what looks like client data, and what is known to be a client's, is masked."""
