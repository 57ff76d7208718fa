"""IRS notices: a PDF becomes words with coordinates, words become fields, fields carry how sure they are.

Files come from outside and are opened in child processes only (`ReaderPool`); what runs in them is
`mailroom.notices.reader.read_file`, which is not imported here, so that the parent need not load the PDF
libraries. Nothing here matches a notice to a case or files anything.
"""

from mailroom.notices.reader_pool import ReaderPool
from mailroom.notices.reading import NoticeFields, Reading

__all__ = ["NoticeFields", "ReaderPool", "Reading"]
