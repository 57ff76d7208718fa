"""The limits on one file's pages and on what is on them.

Each has its error code; files over a limit go to a person. The limits of time and memory are in
`mailroom.document.reader_limits`.
"""

from __future__ import annotations

# A notice has 5 to 14 pages; a client's whole file sent as one PDF has more, and a person has to split it.
MAX_PAGES = 200
# A page of a notice has some 2,000 chars; one with very many is not a letter, and costs seconds.
MAX_CHARS_PER_PAGE = 60_000
# More scanned pages than this take longer than the reader's time limit.
MAX_SCANNED_PAGES = 40
# A letter page at 200 dots per inch has 3.7 million.
MAX_PIXELS = 6_000_000
# A letter page in colour at 600 dots per inch has 34 million, and takes 130 MB to unpack.
MAX_IMAGE_PIXELS = 50_000_000
# Some scanners store a page as several images. A file that draws one image over and over takes minutes.
MAX_PIXELS_DRAWN = 150_000_000
