"""Prefect tasks: retries, delays, tags and limits around calls of the core. Thin."""
