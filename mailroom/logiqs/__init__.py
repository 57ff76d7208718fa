"""The Logiqs CRM and the firm's match service."""

from mailroom.logiqs.answers import Refused
from mailroom.logiqs.client import LARGEST_DOCUMENT, LogiqsClient
from mailroom.logiqs.models import Activity, Case, MatchAnswer, NewTask, ssn_digits

__all__ = [
    "LARGEST_DOCUMENT",
    "Activity",
    "Case",
    "LogiqsClient",
    "MatchAnswer",
    "NewTask",
    "Refused",
    "ssn_digits",
]
