"""Pictures of pages become words with coordinates and how sure each letter is; nothing here knows a notice.

Runs in a child process of its own (`mailroom.notices.ocr.worker`), which is given bounded pixels and no file.
Importing this package loads neither the engine nor its models.
"""
