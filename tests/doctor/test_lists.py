"""The folder in which people decide: runs can use it, and nobody else reads or forges the list."""

from pathlib import Path

import pytest

from mailroom.config.settings import load_settings
from mailroom.doctor.lists import check_lists_dir
from mailroom.run.review_exchange import NAME
from mailroom.run.review_file import choose_mode, replace_file


def check(folder: Path | None, state: Path = Path("/nowhere/state")) -> list[tuple[str, str]]:
    """Level, and words with what to do, of each line."""
    lines = check_lists_dir(load_settings(lists_dir=folder, state_dir=state))
    return [(line.level, f"{line.words} {line.fix}") for line in lines]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of its owner's."""
    made = tmp_path / "the lists"
    made.mkdir(mode=0o700)
    return made


def test_without_a_folder_nothing_is_said() -> None:
    """It is an option."""
    assert check(None) == []


@pytest.mark.parametrize(
    ("mode", "file_mode", "level", "words"),
    [
        (0o700, 0o600, "ok", "its owner only"),
        (0o2770, 0o660, "ok", "its group"),
        (0o2750, 0o640, "ok", "its group"),
        (0o2700, 0o600, "ok", "its owner only"),
        (0o750, 0o600, "ok", "its owner only"),
        (0o770, 0o600, "note", "chmod g+s '"),
        (0o755, 0o600, "note", "chmod o-rwx '"),
        (0o2777, 0o660, "wrong", "Every user"),
    ],
)
def test_who_else_may_use_it(folder: Path, mode: int, file_mode: int, level: str, words: str) -> None:
    """Only the set-group-ID bit shares the list, with the folder's group; others never read it."""
    folder.chmod(mode)
    assert choose_mode(folder) == file_mode
    replace_file(folder / NAME, b"list", choose_mode(folder))
    assert (folder / NAME).stat().st_mode & 0o777 == file_mode
    lines = check(folder)
    assert level in [one for one, _ in lines]
    assert words in next(text for one, text in lines if one == level)
    assert [path.name for path in folder.iterdir()] == [NAME]


def test_a_folder_that_cannot_be_used_is_wrong(tmp_path: Path) -> None:
    """It is not there, or not a folder."""
    (tmp_path / "file").touch()
    for place in (tmp_path / "none", tmp_path / "file"):
        [(level, words)] = check(place)
        assert (level, "MAILROOM_LISTS_DIR" in words) == ("wrong", True)


def test_the_state_directory_is_not_for_people(folder: Path) -> None:
    """Ledger and key are there."""
    assert ("note", True) in [
        (level, "separate folder" in words) for level, words in check(folder, folder.parent)
    ]


def test_a_list_that_cannot_be_read_is_wrong(folder: Path) -> None:
    """What a manager saved so that the mail room's user cannot open it."""
    (folder / NAME).mkdir()
    assert check(folder)[0][0] == "wrong"
