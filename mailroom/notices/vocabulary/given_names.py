"""Given names that are common in the United States, to distinguish a second given name from a surname.

From the Social Security Administration's lists of the most frequent names of the twentieth century. When a
name is missing, a person has to look at the notice.
"""

from importlib.resources import files

GIVEN_NAMES = frozenset((files(__package__) / "given_names.txt").read_text(encoding="utf-8").split())
