"""The mail room's core: it knows nothing of Prefect, and every part can be called and tested alone."""
