"""The generated parts of docs/ are what the code says today."""

from pathlib import Path

import pytest

from docs import generate
from mailroom.config.settings import Settings
from mailroom.config.unknown_names import setting_names


def test_pages_match_the_code() -> None:
    """`uv run python docs/generate.py` would change nothing."""
    outdated = [path.name for path, text, wanted in generate.pages() if text != wanted]
    assert not outdated, "run `uv run python docs/generate.py`"


def test_every_part_is_on_a_page() -> None:
    """No generated part is missing from docs/."""
    texts = "".join(text for _, text, _ in generate.pages())
    assert [name for name in generate.PARTS if f"<!-- generated: {name} -->" not in texts] == []


def test_every_setting_is_in_the_table(project: Path) -> None:
    """The page names each setting that the environment may set."""
    page = (project / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [name for name in setting_names(Settings) if f"| `{name}` |" not in page] == []


def test_check_only_names_an_outdated_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With ``--check`` an outdated page is named and left alone; without, it is written."""
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- generated: notes -->\noutdated\n<!-- end -->\nafter\n", encoding="utf-8")
    monkeypatch.setattr(generate, "DOCS", tmp_path)
    assert generate.main(["--check"]) == 1
    assert "page.md does not match" in capsys.readouterr().out
    assert "outdated" in page.read_text(encoding="utf-8")
    assert generate.main([]) == 0
    written = page.read_text(encoding="utf-8")
    assert "outdated" not in written
    assert "`javascript`" in written
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert generate.main(["--check"]) == 0
