"""Credentials as Prefect blocks."""
