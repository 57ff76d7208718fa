"""The OCR threshold: the default of the setting ``reading_confidence``.

A module of its own, so that a reading process gets it without loading pydantic.
"""

from __future__ import annotations

# The lowest probability that the least clear char of a scanned value may have; below it a person checks the
# value. docs/benchmarks.md says how it was measured.
READING_CONFIDENCE = 0.93
