"""One run: what it works with, a file's whole way, the listing, batches, the report. Knows no Prefect."""
