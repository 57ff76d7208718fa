"""Drive's search language: valid queries give the right results, others are refused."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.sandbox.drive.partial_response import InvalidFields, select_fields
from mailroom.sandbox.drive.query import InvalidQuery, find_parent, parse

ITEM = {
    "name": "It's a \\ notice.pdf",
    "mimeType": "application/pdf",
    "trashed": False,
    "parents": ["folder"],
    "createdTime": "2026-11-24T06:00:00.500Z",
}
ATOMS: list[tuple[str, bool]] = [
    ("'folder' in parents", True),
    ("'other' in parents", False),
    ("mimeType = 'application/pdf'", True),
    ("mimeType != 'application/pdf'", False),
    ("trashed = false", True),
    ("trashed = true", False),
    ("createdTime >= '2026-11-24'", True),
    ("createdTime > '2026-11-24T06:00:01'", False),
    ("createdTime <= '2026-11-24T06:00:00Z'", True),
    ("name contains 'it'", True),
    (r"name = 'It\'s a \\ notice.pdf'", True),
]
Tree = tuple[str, bool]


def join(word: str, decide: Callable[[bool, bool], bool]) -> Callable[[tuple[Tree, Tree]], Tree]:
    """Join two queries by a word; return a function that gives query and truth."""
    return lambda pair: (f"({pair[0][0]}) {word} ({pair[1][0]})", decide(pair[0][1], pair[1][1]))


TREES = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(join("and", lambda a, b: a and b)),
        st.tuples(inner, inner).map(join("or", lambda a, b: a or b)),
        inner.map(lambda tree: (f"not ({tree[0]})", not tree[1])),
    ),
    max_leaves=8,
)


@given(TREES)
def test_a_query_gives_its_truth(tree: Tree) -> None:
    """Any tree of and, or, not and brackets gives the truth that it was made with."""
    query, truth = tree
    assert parse(query)(ITEM) is truth


@pytest.mark.parametrize(
    ("query", "parent"),
    [
        ("'it\\'s' in parents and trashed = false", "it's"),
        ("'a' in parents and (name = 'x' or (name = 'y' or name = 'z'))", "a"),
        ("'a' in parents and name = ' or '", "a"),
        ("'a' in parents and trashed = false or name = 'x'", None),
        ("'a' in parents and (trashed = true) OR (name = 'x')", None),
        ("('a' in parents or 'b' in parents) and trashed = false", None),
        ("trashed = false and 'a' in parents", None),
    ],
)
def test_a_query_about_one_folder_is_known(query: str, parent: str | None) -> None:
    """Only that folder is searched then."""
    assert find_parent(query) == parent


def test_names_are_compared_without_regard_to_case() -> None:
    """As Drive does."""
    assert parse("name = 'CP2000_matched'")({"name": "cp2000_MATCHED"})
    assert not parse("name != 'CP2000_matched'")({"name": "cp2000_MATCHED"})


def test_and_binds_more_than_or() -> None:
    """As in Google's documentation."""
    assert parse("trashed = false or trashed = true and trashed = true")(ITEM)


@pytest.mark.parametrize(
    "query",
    ["name", "name =", "= 'x'", "name = 5", "size > '5'", "(name = 'x'", "name = 'x')", "'x' in name", "name ~ 'x'",
     "trashed = 'false'", "name = true", "name = 'x' and", "createdTime > 'soon'", "'open", "not"],
)  # fmt: skip
def test_an_invalid_query_is_refused(query: str) -> None:
    """Drive would answer 400."""
    with pytest.raises(InvalidQuery):
        parse(query)(ITEM)


@pytest.mark.parametrize(
    ("fields", "picked"),
    [
        ("id", {"id": 1}),
        ("id,none", {"id": 1}),
        ("files(id,parents),token", {"files": [{"id": 2, "parents": ["p"]}], "token": "t"}),
        ("files/id, token", {"files": [{"id": 2}], "token": "t"}),
        ("files", {"files": [{"id": 2, "parents": ["p"], "name": "n"}]}),
        ("user(name/last)", {"user": {"name": {"last": "L"}}}),
        ("id(deeper)", {"id": 1}),
    ],
)
def test_only_the_selected_fields_are_returned(fields: str, picked: dict[str, Any]) -> None:
    """The other fields are left out, as in Google's partial responses."""
    resource = {
        "id": 1,
        "token": "t",
        "files": [{"id": 2, "parents": ["p"], "name": "n"}],
        "user": {"name": {"first": "F", "last": "L"}},
    }
    assert select_fields(resource, fields) == picked
    assert select_fields(resource, "*") == resource


@pytest.mark.parametrize("fields", ["files(id", "files)id", "a,,b", ""])
def test_an_invalid_selection_is_refused(fields: str) -> None:
    """Google would answer 400."""
    with pytest.raises(InvalidFields):
        select_fields({}, fields)
