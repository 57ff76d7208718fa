"""The flows, as a person sees them in the Prefect UI."""
