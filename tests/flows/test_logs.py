"""Where logs go, and that a run does not begin where they would not be redacted."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.logs import OwnersFile, check_redaction, send_logs_to
from mailroom.errors import ConfigError, Transient
from mailroom.privacy.logs import RedactingFormatter


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


def test_an_error_raised_on_purpose_is_one_line() -> None:
    """Its line says what to do; any other error keeps its traceback."""
    said = []
    for error in (
        ConfigError("code", what="It is missing.", mend="Put it there."),
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
