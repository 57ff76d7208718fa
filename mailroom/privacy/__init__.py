"""What keeps client data in its place: redaction, sealing, scratch space."""

from mailroom.privacy.known import KNOWN
from mailroom.privacy.private import ClientData, Private
from mailroom.privacy.redaction import redact
from mailroom.privacy.scratch import Scratch
from mailroom.privacy.sealed import LedgerKey

__all__ = ["KNOWN", "ClientData", "LedgerKey", "Private", "Scratch", "redact"]
