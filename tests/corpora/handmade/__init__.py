"""Notices and other documents laid out by hand or at random, independent of the package's generator."""

from tests.corpora.handmade import label_layouts, layouts
from tests.corpora.handmade.blocks import LAYOUTS

# The modules register their layouts when they are imported.
__all__ = ["LAYOUTS", "label_layouts", "layouts"]
