"""The Logiqs CRM and the firm's match service."""

from mailroom.logiqs.answers import SCOPE_MISSING, Refused
from mailroom.logiqs.client import LARGEST_DOCUMENT, LogiqsClient
from mailroom.logiqs.models import Activity, Case, MatchAnswer, NewTask, ssn_digits

__all__ = [
    "LARGEST_DOCUMENT",
    "SCOPE_MISSING",
    "Activity",
    "Case",
    "LogiqsClient",
    "MatchAnswer",
    "NewTask",
    "Refused",
    "ssn_digits",
]
