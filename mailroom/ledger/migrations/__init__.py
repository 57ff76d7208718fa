"""Alembic migrations of the ledger, applied at every start."""
