"""What keeps client data in its place: redaction, encrypting, scratch space."""

from mailroom.privacy.client_data import ClientData, Private
from mailroom.privacy.encryption import LedgerKey
from mailroom.privacy.redaction.client_values import CLIENT_VALUES
from mailroom.privacy.redaction.masking import redact
from mailroom.privacy.scratch import Scratch

__all__ = ["CLIENT_VALUES", "ClientData", "LedgerKey", "Private", "Scratch", "redact"]
