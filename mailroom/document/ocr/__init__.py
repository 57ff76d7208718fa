"""Optical character recognition: images of pages become words with coordinates and confidence.

Runs in a child process of its own (`mailroom.document.ocr.worker`), which is given bounded pixels and no
file. Importing this package loads neither the engine nor its models.
"""
