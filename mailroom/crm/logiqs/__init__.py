"""The Logiqs CRM and the firm's match service."""

from mailroom.crm.logiqs.client import LogiqsClient

__all__ = ["LogiqsClient"]
