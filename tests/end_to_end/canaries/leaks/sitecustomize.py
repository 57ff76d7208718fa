"""Makes a process careless with client data: Python imports this by itself where its folder is on PYTHONPATH.

What CANARY_LEAKS names happens: ``raise`` (a step after another fails with a client's data in the error),
``raise=STEP`` (that one step), ``say`` (objects and values are logged and printed), ``child`` (the reading
process prints, logs and raises), ``debug`` (every logger says everything). Each step that failed and each
sort of saying is noted in the file CANARY_DONE, so that a test knows that it happened.
"""

from __future__ import annotations

import builtins
import functools
import importlib.abc
import importlib.machinery
import logging
import os
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

LEAKS = os.environ.get("CANARY_LEAKS", "").split(",")
TEXT = os.environ.get("CANARY_TEXT", "")
# Step: the module, the owner and name of the function, and at which of its calls it fails.
FILE_STEPS = {
    "download": ("mailroom.drive.client", "DriveClient.download", 1),
    "read": ("mailroom.notices.reader_pool", "ReaderPool.read", 2),
    "match": ("mailroom.run.registration", "RegisteringCrm.match", 3),
    "deliver": ("mailroom.delivery.delivery", "Delivery.deliver", 1),
    "upload": ("mailroom.crm.logiqs.client", "LogiqsClient.upload_document", 2),
    "task": ("mailroom.crm.logiqs.client", "LogiqsClient.create_task", 2),
    "settle": ("mailroom.ledger.files", "FileStore.record_decision", 4),
    "move": ("mailroom.drive.client", "DriveClient.move", 3),
    "finish": ("mailroom.ledger.files", "FileStore.finish", 3),
}
RUN_STEPS = {
    "open": ("mailroom.run.context", "RunContext.open", 1),
    "preflight": ("mailroom.run.context", "RunContext.preflight", 1),
    "scan": ("mailroom.run.listing", "FolderLister.list_folders", 1),
    "batches": ("mailroom.run.context", "RunContext.count_pending", 1),
    "claim": ("mailroom.ledger.files", "FileStore.claim", 2),
    "counted": ("mailroom.run.progress", "Progress.count_outcome", 2),
    "report": ("mailroom.ledger.files", "FileStore.list_results", 1),
}
calls: Counter[str] = Counter()
lock = threading.Lock()


def note(what: str) -> None:
    """For the test: this happened."""
    with open(os.environ["CANARY_DONE"], "a", encoding="utf-8") as done:  # noqa: PTH123 - imports little
        done.write(f"{what}\n")


def text_of(*things: Any) -> str:
    """Everything that is in these objects, and what the test plants."""
    plain = [str(getattr(thing, "__dict__", thing)) for thing in things]
    inside = [vars(thing.fields) for thing in things if hasattr(thing, "fields")]
    return f"{TEXT} | {plain} | {inside}"


def failing(step: str, at: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, which at one of its calls does its work and then fails with a client's data."""

    @functools.wraps(function)
    def careless(*args: Any, **kwargs: Any) -> Any:
        done = function(*args, **kwargs)
        with lock:
            calls[step] += 1
            now = calls[step] == at
        if now:
            note(step)
            told = text_of(*args, done)
            try:
                raise LookupError(told)
            except LookupError as cause:
                raise ValueError(told) from cause
        return done

    return careless


def talking(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, before which everything that is known is logged in every way that people log."""

    @functools.wraps(function)
    def careless(*arguments: Any) -> Any:
        *_, reading, case = arguments
        say(reading, case)
        return function(*arguments)

    return careless


def say(reading: Any, case: Any) -> None:
    """Objects, values, wrong arguments, tracebacks, warnings, prints."""
    ours, theirs = logging.getLogger("mailroom.run.file_pipeline"), logging.getLogger("some.library")
    values, told = vars(reading.fields), text_of(reading, case)
    ours.warning("Filing %s for %r", reading, case)
    ours.warning("Filing %s for %s", values, vars(case))
    theirs.error("Filing for %(last_name)s %(ssn)s", values)
    theirs.error("%d files of %s", reading.fields.last_name, told)
    try:
        raise ValueError(told)
    except ValueError:
        theirs.exception("Filing %s failed", reading.fields.name_line)
    warnings.warn(told, stacklevel=1)
    builtins.print("Filing", told)  # noqa: T201 - as people do while they look for a fault
    threading.Thread(target=lambda: int(told)).start()
    note("say")


def child(function: Callable[..., Any]) -> Callable[..., Any]:
    """The reader, which says all it read and the whole document, and fails over one kind of letter."""

    @functools.wraps(function)
    def careless(path: Path, *args: Any, **kwargs: Any) -> Any:
        reading = function(path, *args, **kwargs)
        told = f"{text_of(reading)} | {path.read_bytes().decode('latin-1')}"
        builtins.print(told, flush=True)  # noqa: T201 - as libraries do
        builtins.print(told, file=sys.stderr, flush=True)  # noqa: T201 - likewise
        logging.getLogger("pdfminer").error(told)
        if reading.fields.notice_type == "CP504":
            raise ValueError(told)
        return reading

    return careless


def replaced(module: str, name: str, made: Callable[[Callable[..., Any]], Any]) -> None:
    """Put another function in the place of one of a class or module."""
    owner: Any = import_module(module)
    *classes, last = name.split(".")
    for one in classes:
        owner = getattr(owner, one)
    before = owner.__dict__[last]
    if isinstance(before, classmethod):
        setattr(owner, last, classmethod(made(before.__func__)))
    else:
        setattr(owner, last, made(before))


def careless_run() -> None:
    """What is asked for, in the process that files."""
    one = next((leak.partition("=")[2] for leak in LEAKS if leak.startswith("raise=")), None)
    steps = FILE_STEPS if "raise" in LEAKS else {one: {**FILE_STEPS, **RUN_STEPS}[one]} if one else {}
    for step, (module, name, at) in steps.items():
        replaced(module, name, functools.partial(failing, step, at))
    if "say" in LEAKS:
        replaced("mailroom.run.file_pipeline", "FilePipeline._deliver", talking)
    if "debug" in LEAKS:
        replaced("mailroom.run.context", "RunContext.preflight", loud)


def loud(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, before which every logger is set to say everything."""

    @functools.wraps(function)
    def careless(*args: Any, **kwargs: Any) -> Any:
        for name in (None, *logging.root.manager.loggerDict):
            logging.getLogger(name).setLevel(logging.DEBUG)
        note("debug")
        return function(*args, **kwargs)

    return careless


AFTER = {"mailroom.run.context": careless_run}
# The reading process gets few variables, and this one is among them.
if "child" in os.environ.get("PYTHONPATH", "").split(os.pathsep):
    AFTER["mailroom.notices.reader"] = lambda: replaced("mailroom.notices.reader", "read_file", child)


class _After(importlib.abc.MetaPathFinder):
    """Does what `AFTER` says when a module has been imported."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's own, with something done after it."""
        if name not in AFTER:
            return None
        then = AFTER.pop(name)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def and_then(module: ModuleType) -> None:
            execute(module)
            sys.modules[name] = module
            then()

        spec.loader.exec_module = and_then  # type: ignore[method-assign]
        return spec


if __name__ == "sitecustomize":
    sys.meta_path.insert(0, _After())
