"""The Logiqs CRM and the firm's match service."""

from mailroom.crm.logiqs.client import LogiqsClient
from mailroom.crm.logiqs.http import TimedClient

__all__ = ["LogiqsClient", "TimedClient"]
