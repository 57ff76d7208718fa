"""Document and task, each sent once."""

from mailroom.delivery.delivery import Delivered, Delivery
from mailroom.delivery.officers import Officers

__all__ = ["Delivered", "Delivery", "Officers"]
