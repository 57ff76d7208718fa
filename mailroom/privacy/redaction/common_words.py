"""Words that occur in logs and are also surnames: redaction masks them only where a name is expected.

The most frequent English words, months and days, and the words of this project, Prefect, Python, HTTP and
databases. Not every English word: one that occurs in no log ("baker") can be masked everywhere.
"""

from importlib.resources import files

COMMON_WORDS = frozenset((files(__package__) / "common_words.txt").read_text(encoding="utf-8").split())
# Shorter words do not identify a person by themselves.
SHORTEST = 3


def is_common_word(word: str) -> bool:
    """Return whether a word, given in lower case, does not identify a person by itself."""
    return len(word) < SHORTEST or word in COMMON_WORDS
