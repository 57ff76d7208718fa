"""Google Drive as the mail room uses it. What other packages may import is listed here."""

from mailroom.drive.client import DriveClient
from mailroom.drive.connection import DriveConnection
from mailroom.drive.folders import Folder
from mailroom.drive.listing import ListedFile, Page, PageTokenRejected

__all__ = ["DriveClient", "DriveConnection", "Folder", "ListedFile", "Page", "PageTokenRejected"]
