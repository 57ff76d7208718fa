"""``extract --explain FILE``: an image for a person, for its owner only."""

import stat
from pathlib import Path

import pytest

from mailroom.cli.explain import PNG
from mailroom.cli.main import app
from mailroom.errors import ConfigError
from mailroom.notices import ReaderPool
from tests.corpora.handmade.other_documents import cp2000_with
from tests.corpora.handmade.pages import Page


@pytest.fixture
def notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CP2000 in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a notice.pdf"
    path.write_bytes(cp2000_with())
    return path


def extract(*arguments: object) -> int:
    """Run the command in this process."""
    with pytest.raises(SystemExit) as ended:
        app(["extract", *map(str, arguments)])
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_the_image_is_in_the_working_directory(notice: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Under the file's name, readable for its owner only, and that is said; a second time it is replaced."""
    out = notice.with_name("a notice.explained.png")
    for _ in range(2):
        assert extract("--explain", notice) == 0
        assert out.read_bytes().startswith(PNG)
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
    said = " ".join(capsys.readouterr().err.split())
    assert "extract. a notice.explained.png shows it; it holds personal data." in said
    assert "OAKLEY" not in said


def test_the_parts_of_a_file_are_named(notice: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where pages are not the notice's, by their numbers alone."""
    page = Page()
    page.put(
        36, 80, "Notice CP2000\nNotice date March 3, 2025\nSocial Security number 742-66-1188\nPage 1 of 2"
    )
    notice.write_bytes(cp2000_with(pages=(page,)))
    assert extract("--explain", notice) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "review, several_notices (parts of the file: pages 1 to 1, 2 to 2)." in said


def test_another_place_may_be_named(notice: Path) -> None:
    """An old image there becomes readable for its owner only."""
    out = notice.with_name("look.png")
    assert extract("--explain", notice, "--png", out) == 0
    out.write_bytes(out.read_bytes() + bytes(1_000_000))
    out.chmod(0o644)
    assert extract("--explain", notice, "--png", out) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert not out.read_bytes().endswith(bytes(100))


def test_nothing_but_an_image_of_ours_is_overwritten(notice: Path, tmp_path: Path) -> None:
    """Least of all the notice itself, or a scan that is a PNG."""
    scan = tmp_path / "scan.png"
    scan.write_bytes(PNG + bytes(1000))
    before = notice.read_bytes(), scan.read_bytes()
    for out in (notice, scan, tmp_path, tmp_path / "no" / "such.png"):
        with pytest.raises(ConfigError, match=r"--png"):
            extract("--explain", notice, "--png", out)
    assert (notice.read_bytes(), scan.read_bytes()) == before


def test_a_file_without_a_page_gives_no_image(notice: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The reason is said, and the exit code is 1."""
    notice.write_bytes(b"hello")
    assert extract("--explain", notice) == 1
    assert "rejected, not_a_pdf; there is no page to show" in " ".join(capsys.readouterr().err.split())
    assert not notice.with_name("a notice.explained.png").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["x.pdf"],
        ["--jsonl", "-"],
        ["x.pdf", "--explain", "x.pdf"],
        ["x.pdf", "--jsonl", "-", "--png", "y"],
    ],
)
def test_lines_or_an_image(notice: Path, arguments: list[str]) -> None:
    """What does not go together is refused in one sentence."""
    assert notice.exists()
    assert extract(*arguments) == 2


def test_a_missing_file_is_named(notice: Path) -> None:
    """Before any process is started; a folder is not a file."""
    for path in (notice.with_name("gone.pdf"), notice.parent):
        with pytest.raises(ConfigError, match=r"There is no file"):
            extract("--explain", path)


def test_a_stop_while_it_is_read_is_a_code(notice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C leaves no image and no traceback."""

    def stopped(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ReaderPool, "explain", stopped)
    assert extract("--explain", notice) == 130


def test_a_full_disk_is_a_code(notice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says why."""

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mailroom.cli.explain._write", full)
    assert extract("--explain", notice) == 1
