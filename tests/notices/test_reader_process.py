"""The reading child: one answer for each line, whatever the line names."""

import io
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from mailroom.document.ocr.engine import PageImage, Region
from mailroom.notices import Reading, reader_process
from tests.corpora.handmade.other_documents import cp2000_with


def start(*arguments: str) -> "subprocess.Popen[str]":
    """A child as the pool starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "mailroom.notices.reader_process", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_it_answers_line_by_line_and_ends_with_its_input(tmp_path: Path) -> None:
    """It says that it is ready, reads what it is asked to, and ends when nobody asks any more."""
    path = tmp_path / "notice.pdf"
    path.write_bytes(cp2000_with())
    asked = "".join(json.dumps({"path": str(each)}) + "\n" for each in (path, tmp_path / "gone", path))
    with start("600", "30") as child:
        answers, _ = child.communicate(asked)
    ready, *readings = [json.loads(line) for line in answers.splitlines()]
    assert ready == {"ready": True}
    assert [Reading.from_json(each).outcome for each in readings] == ["extract", "rejected", "extract"]
    assert child.returncode == 0


class _Exhausting:
    """A reader that runs out of memory, or fails in a way that nobody thought of."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self, *_arguments: object, **_options: object) -> Reading:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"), [(MemoryError(), "too_much_memory"), (KeyError("a name"), "reader_failed")]
)
def test_whatever_a_file_does_has_an_answer(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    """No fault leaves the child as anything but a code."""
    monkeypatch.setattr(reader_process, "read_file", _Exhausting(error))
    reading = reader_process.answer({"path": "x"})
    assert (reading.outcome, reading.error) == ("rejected", code)


def test_it_does_not_continue_after_running_out_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of its memory is in pieces: the next file gets a fresh child."""
    monkeypatch.setattr(resource, "setrlimit", lambda _what, _pair: None)
    monkeypatch.setattr(reader_process, "read_file", _Exhausting(MemoryError()))
    replies = io.BytesIO()
    reader_process.serve(io.BytesIO(b'{"path": "x"}\n{"path": "y"}\n'), replies, 30)
    assert len(replies.getvalue().splitlines()) == 1


def test_it_answers_until_its_input_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A faulty file is answered like any other."""
    monkeypatch.setattr(resource, "setrlimit", lambda _what, _pair: None)
    replies = io.BytesIO()
    asked = json.dumps({"path": str(tmp_path / "gone")}) + "\n"
    reader_process.serve(io.BytesIO((asked + asked).encode()), replies, 30)
    assert [json.loads(line)["error"] for line in replies.getvalue().splitlines()] == ["cannot_be_opened"] * 2


def test_what_an_image_took_is_not_there_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says how much processor time the file has left, and the process allows itself no more."""
    allowed: list[float] = []
    monkeypatch.setattr(reader_process, "allow_cpu", allowed.append)
    answered = {"width": 1, "height": 1, "turn": 0, "words": [], "cpu_left": 3.5}
    sent = io.BytesIO()
    engine = reader_process.ParentEngine(io.BytesIO(json.dumps(answered).encode() + b"\n"), sent)
    engine.begin_file()
    engine.recognize(PageImage(1, 1, 1.0, b"0"), Region())
    assert allowed == [3.5]
    assert 0 <= json.loads(sent.getvalue()[:-1])["cpu"] < 60
