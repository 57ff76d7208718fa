"""Defaults of settings for modules that are used without settings, without loading pydantic."""

from __future__ import annotations

# The least probability of the least clear char of a scan's value. docs/benchmarks.md says how it was
# measured.
READING_CONFIDENCE = 0.93
