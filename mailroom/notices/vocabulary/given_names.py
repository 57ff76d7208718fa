"""Given names that are common in the United States, to distinguish a second given name from a surname.

From the Social Security Administration's lists of the most frequent names of the twentieth century. When a
name is missing, a person has to look at the notice.

`WHOLE_NAMES` look like a given name and something joined to it, and are names by themselves: "OLIVER",
"NOLAND", "ANGELO". From the Census Bureau's lists of 1990, the more frequent ones.
"""

from importlib.resources import files


def _load(name: str) -> frozenset[str]:
    return frozenset((files(__package__) / name).read_text(encoding="utf-8").split())


GIVEN_NAMES, WHOLE_NAMES = _load("given_names.txt"), _load("whole_names.txt")
