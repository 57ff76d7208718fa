"""Malicious files, made by code from a seed: for tests and benchmarks."""

from tests.corpora.malicious import active_content, bombs, damaged_files, loops
from tests.corpora.malicious.registry import (
    MALICIOUS_FILES,
    MaliciousFile,
    make_addressees,
    make_malicious_files,
    make_notice,
)

# The modules register their files when they are imported.
__all__ = [
    "MALICIOUS_FILES",
    "MaliciousFile",
    "active_content",
    "bombs",
    "damaged_files",
    "loops",
    "make_addressees",
    "make_malicious_files",
    "make_notice",
]
