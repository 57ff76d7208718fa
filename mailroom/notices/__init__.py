"""IRS notices: a PDF becomes words with coordinates, words become fields, fields carry how sure they are.

Files come from outside and are opened in child processes only (`ReaderPool`); `read_pdf` is what runs in them.
Nothing here matches a notice to a case or files anything.
"""

from mailroom.notices.fields import NoticeFields, Reading

__all__ = ["NoticeFields", "Reading"]
