"""Credentials as Prefect blocks; `prefect block register -m blocks` makes them known to a server."""

from blocks.google_drive import GoogleDriveCredentials
from blocks.logiqs import LogiqsCredentials

__all__ = ["GoogleDriveCredentials", "LogiqsCredentials"]
