"""Document and task, each sent once."""

from mailroom.delivery.delivery import Delivered, Delivery

__all__ = ["Delivered", "Delivery"]
