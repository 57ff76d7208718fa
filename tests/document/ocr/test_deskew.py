"""The image of a page: even paper, black print."""

import numpy as np

from mailroom.document.ocr.deskew import even_paper


def test_print_on_an_almost_empty_page_stays_black() -> None:
    """A single short line is less ink than the share of the page that counts as its darkest."""
    page = np.full((1100, 850), 230, np.uint8)
    page[100:110, 80:110] = 0
    page[105:108, 90:100] = 60
    even = even_paper(page)
    assert even[100:110, 80:110].max() < 30
    assert even[300:].min() > 250
