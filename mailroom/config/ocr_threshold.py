"""The OCR threshold: the default of the setting ``reading_confidence``.

A module of its own, so that a reading process gets it without loading pydantic.
"""

from __future__ import annotations

# The least probability of the least clear char of a scan's value. docs/benchmarks.md says how it was
# measured.
READING_CONFIDENCE = 0.93
