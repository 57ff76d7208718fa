"""What surrounds Prefect: servers, slots, retries, stored settings, artifacts, logging."""
