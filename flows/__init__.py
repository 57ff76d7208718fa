"""What runs, as a person reads it in the Prefect UI."""
