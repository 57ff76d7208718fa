"""Document and task, each sent once."""

from mailroom.delivery.delivered import Delivered
from mailroom.delivery.delivery import Delivery
from mailroom.delivery.officers import Officers

__all__ = ["Delivered", "Delivery", "Officers"]
