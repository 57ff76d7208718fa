"""Commands called in the tests' own process, where starting one would cost more than what it does.

A command finds the environment that is given to it, and nothing else; what it changes in its process
(handlers of signals and of logs, hooks, what it leaves for the end of the process) is undone when it returns.
"""

from __future__ import annotations

import atexit
import io
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

PROJECT = Path(__file__).parents[1]
OURS = ("blocks", "flows", "mailroom", "tasks")


def bare_environment() -> dict[str, str]:
    """The environment of a machine on which nobody set anything of Prefect's or of the mail room's."""
    return {name: value for name, value in os.environ.items() if name != "PREFECT_LOGGING_CONFIG_PATH"}


def call(
    main: Callable[[Sequence[str]], int], words: Sequence[str], env: Mapping[str, str]
) -> tuple[int, str]:
    """Call a command's ``main`` from the checkout.

    Args:
        main: takes the words behind the command's name and returns its exit code.
        words: the command's arguments.
        env: the whole environment that it finds.

    Returns:
        The exit code, and everything that the command wrote to standard output and standard error.
    """
    screen = io.StringIO()
    with (
        environment(env),
        chdir(PROJECT),
        redirect_stdout(screen),
        redirect_stderr(screen),
        process_state_restored(),
    ):
        try:
            code = main(words)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return code, screen.getvalue()


@contextmanager
def environment(env: Mapping[str, str]) -> Iterator[None]:
    """Within the block the environment is ``env``, also for a Prefect that is imported already."""
    # Most tests need no Prefect; its logging is set up by its import, in the environment of all tests.
    import prefect.main  # noqa: PLC0415
    from prefect.context import refresh_global_settings_context  # noqa: PLC0415
    from prefect.logging.handlers import APILogHandler  # noqa: PLC0415

    assert prefect.main
    with mock.patch.dict(os.environ, env, clear=True):
        refresh_global_settings_context()
        yield
        # What is logged goes to the server that is set now, and before that one is stopped.
        APILogHandler().flush()
    refresh_global_settings_context()


@contextmanager
def process_state_restored() -> Iterator[None]:
    """What a command sets up for the life of its process ends with the block."""
    at_exit: list[Callable[[], Any]] = []
    register = atexit.register

    def note(function: Callable[[], Any]) -> Callable[[], Any]:
        """Keep our own functions for the end of the block; those of libraries are for the process."""
        if function.__module__.partition(".")[0] in OURS:
            at_exit.append(function)
            return function
        return register(function)

    with ExitStack() as stack:
        for number in (signal.SIGINT, signal.SIGTERM):
            stack.callback(signal.signal, number, signal.getsignal(number))
        for owner, name in (
            (sys, "excepthook"),
            (sys, "unraisablehook"),
            (threading, "excepthook"),
            (logging, "raiseExceptions"),
            (logging.lastResort, "formatter"),
        ):
            stack.callback(setattr, owner, name, getattr(owner, name))
        # pytest makes warnings errors; a command's process does what Python does by default.
        stack.enter_context(warnings.catch_warnings())
        warnings.resetwarnings()
        stack.callback(logging.captureWarnings, capture=False)
        stack.enter_context(mock.patch.object(atexit, "register", note))
        try:
            yield
        finally:
            for function in reversed(at_exit):
                function()
