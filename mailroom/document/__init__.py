"""Documents of any kind: PDFs and images become pages, pages become words with coordinates.

Nothing here knows the IRS. Files come from outside, so all but `mailroom.document.file_type` runs in child
processes with limits.
"""
