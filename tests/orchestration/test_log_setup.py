"""Where logs go, and that a run does not begin where they would not be redacted."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
from rich.logging import RichHandler

from mailroom.errors import ConfigError, Transient
from mailroom.orchestration.log_setup import OwnersFile, check_redaction, send_logs_to
from mailroom.privacy.redaction.formatter import RedactingFormatter


@pytest.fixture(autouse=True)
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the start of a process; whatever a test makes of it ends with the test."""
    monkeypatch.setattr(logging, "raiseExceptions", True)


@pytest.fixture
def flow_runs() -> Iterator[logging.Logger]:
    """Prefect's logger of flow runs, with one redacting handler, as flows/logging.yml has it."""
    logger = logging.getLogger("prefect.flow_runs")
    before, level = logger.handlers[:], logger.level
    logger.handlers[:] = [redacting(logging.StreamHandler())]
    others = {
        one: one.handlers[:]
        for one in map(logging.getLogger, ["", *logging.root.manager.loggerDict])
        if one is not logger
    }
    for one in others:
        one.handlers[:] = []
    yield logger
    logger.handlers[:], logger.level = before, level
    for one, handlers in others.items():
        one.handlers[:] = handlers


def redacting(handler: logging.Handler) -> logging.Handler:
    """The handler with a redacting formatter."""
    handler.setFormatter(RedactingFormatter())
    return handler


@pytest.mark.usefixtures("flow_runs")
def test_a_redacting_configuration_is_accepted() -> None:
    """Nothing is said where every handler redacts."""
    check_redaction()


@pytest.mark.parametrize("name", ["", "prefect.task_runs", "some.library"])
def test_a_handler_that_does_not_redact_is_named(flow_runs: logging.Logger, name: str) -> None:
    """Wherever it hangs; and what to set is said."""
    assert flow_runs.handlers
    open_one = logging.StreamHandler()
    logging.getLogger(name).addHandler(open_one)
    with pytest.raises(ConfigError, match=name or "root") as refused:
        check_redaction()
    logging.getLogger(name).removeHandler(open_one)
    assert "PREFECT_LOGGING_CONFIG_PATH" in str(refused.value)


class OfAnother(logging.StreamHandler[TextIO]):
    """A handler that somebody wrote on top of Python's."""


@pytest.mark.parametrize("handler", [OfAnother(), redacting(RichHandler())], ids=["another's", "Rich's"])
@pytest.mark.usefixtures("flow_runs")
def test_handlers_of_any_kind_are_looked_at(handler: logging.Handler) -> None:
    """Another's own, and Rich's, which draws tracebacks past its formatter."""
    logging.getLogger("some.library").addHandler(handler)
    with pytest.raises(ConfigError, match=r"some\.library"):
        check_redaction()
    logging.getLogger("some.library").removeHandler(handler)


def test_no_configuration_at_all_is_refused(flow_runs: logging.Logger) -> None:
    """Where Prefect's loggers have no handler, its configuration was not read."""
    flow_runs.handlers.clear()
    with pytest.raises(ConfigError, match=r"prefect\.flow_runs"):
        check_redaction()


def test_what_would_go_to_the_terminal_goes_to_the_file(flow_runs: logging.Logger, tmp_path: Path) -> None:
    """Until it is undone; the file is its owner's only, and redacted."""
    undo = send_logs_to(tmp_path / "run.log")
    flow_runs.error("of 734-00-1234")
    undo()
    assert "of [redacted]" in (tmp_path / "run.log").read_text()
    assert (tmp_path / "run.log").stat().st_mode & 0o077 == 0
    assert len(flow_runs.handlers) == 1


def test_each_rotated_file_is_its_owners_only(tmp_path: Path) -> None:
    """The second file as the first."""
    log = OwnersFile(tmp_path / "run.log", maxBytes=10, backupCount=1)
    for _ in range(3):
        log.emit(logging.LogRecord("n", logging.INFO, __file__, 1, "longer than ten", (), None))
    log.close()
    assert [path.stat().st_mode & 0o077 for path in sorted(tmp_path.iterdir())] == [0, 0]


class Gone(logging.StreamHandler[TextIO]):
    """A handler whose every record goes wrong after it was put into words, as with a terminal that is
    gone.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Fail as `logging` wants it."""
        try:
            raise OSError(self.format(record))
        except OSError:
            self.handleError(record)


def test_a_handler_that_fails_shows_nothing_of_the_record(
    flow_runs: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python's own way prints message and arguments to stderr, in plain text: in a worker, and at a
    terminal.
    """
    flow_runs.addHandler(redacting(Gone()))
    flow_runs.error("of %s", "734-00-1234")
    assert "734-00-1234" in capsys.readouterr().err
    flow_runs.handlers[:] = flow_runs.handlers[1:]
    check_redaction()
    flow_runs.error("of %s", "734-00-1234")
    assert capsys.readouterr() == ("", "")
    logging.raiseExceptions = True
    undo = send_logs_to(tmp_path / "run.log")
    flow_runs.error("of %s", "734-00-1234")
    undo()
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_costs_lines_of_the_log_only(
    flow_runs: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback on the screen, one line at the end; the log continues when there is room again."""
    log = tmp_path / "run.log"
    log.symlink_to("/dev/full")
    undo = send_logs_to(log)
    flow_runs.error("of 734-00-1234")
    flow_runs.error("another")
    assert capsys.readouterr() == ("", "")
    log.unlink()
    flow_runs.error("there is room")
    undo()
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "run.log lacks" in said.err
    assert {line.rpartition(" - ")[2] for line in log.read_text().splitlines()} == {"there is room"}


def test_a_log_that_is_still_full_at_the_end_is_closed_anyway(tmp_path: Path) -> None:
    """What is left in its buffer has nowhere to go."""
    file = OwnersFile(tmp_path / "run.log")
    file.stream.close()  # type: ignore[union-attr]
    file.stream = Path("/dev/full").open("a", encoding="utf-8")  # noqa: SIM115 - the handler closes it
    file.stream.write("left")
    file.close()
    assert file.stream is None


def test_a_log_that_cannot_be_opened_is_a_clear_error(tmp_path: Path) -> None:
    """A folder in its place, a disk without room for a file."""
    with pytest.raises(ConfigError, match=r"The log .*run\.log cannot be written"):
        send_logs_to(tmp_path / "none" / "run.log")


def test_an_error_raised_on_purpose_is_one_line() -> None:
    """Its line says what to do; any other error keeps its traceback."""
    said = []
    for error in (
        ConfigError("code", what="It is missing.", fix="Put it there."),
        Transient("gone"),
        KeyError(1),
    ):
        try:
            raise error
        except (ConfigError, Transient, KeyError) as caught:
            record = logging.LogRecord(
                "n",
                logging.ERROR,
                __file__,
                1,
                "went wrong",
                (),
                (type(caught), caught, caught.__traceback__),
            )
            said.append(RedactingFormatter().format(record))
    assert said[0] == "went wrong\nConfigError: It is missing. Put it there."
    assert said[1] == "went wrong\nTransient: gone"
    assert "Traceback" in said[2]
