"""What keeps client data in its place: redaction, sealing, scratch space."""

from mailroom.privacy.redaction import redact
from mailroom.privacy.scratch import Scratch
from mailroom.privacy.sealed import LedgerKey

__all__ = ["LedgerKey", "Scratch", "redact"]
