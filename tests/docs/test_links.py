"""Links between the pages lead to a file and a heading of the repository."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / ".github").rglob("*.md")],
)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<title>.*)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = HEADING.findall(CODE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page: Path, target: str) -> bool:
    """Whether a relative link of the page leads nowhere."""
    path, _, anchor = target.partition("#")
    other = page.parent / path if path else page
    if not other.resolve().is_relative_to(ROOT) or not other.exists():
        return True
    return bool(anchor) and anchor not in anchors(other)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    """The file and the heading that a link names exist, inside the repository."""
    targets = LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))
    assert [one for one in targets if "://" not in one and broken(page, one)] == []
