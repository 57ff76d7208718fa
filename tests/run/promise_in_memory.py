"""The promise with a Drive and a CRM in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from mailroom.crm.base import CaseId, Crm, Refused
from mailroom.drive import DriveClient, ListedFile
from mailroom.drive.listing import Page
from mailroom.drive.move import CurrentFile
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import FileFault, Transient, Unclear
from tests.crm.in_memory import Fault, InMemoryCrm, lose_answer, refuse
from tests.run.promise import BEGIN, CASES, Fate, Mailroom, SeenFile, md5_of

PLACES = {"i": "inbox", "m": "matched", "u": "unmatched", "r": "review"}
FAULTS: dict[str, Fault] = {
    "none": lambda carry_out: carry_out(),
    "refused": refuse(Transient("crm_unreachable")),
    "lost": lose_answer(Unclear("answer_lost")),
    "not done": refuse(Unclear("answer_lost")),
    "no": refuse(Refused("crm_refused")),
}


@dataclass
class Drive:
    """Files by id: their content, folder, and whether they are in the trash. Calls fail as planned."""

    fate: Fate
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def list_children(self, folder_id: str) -> Page:
        """The PDFs that the folder shows."""
        self._call()
        files = [
            ListedFile(name, folder_id, len(one["content"]), md5_of(one["content"]), BEGIN)
            for name, one in self.files.items()
            if one["parent"] == folder_id and not one["trashed"]
        ]
        return Page(files, [], None)

    def get_state(self, file_id: str) -> CurrentFile:
        """What the file is now."""
        self._call()
        one = self.files[file_id]
        content, parent = one["content"], one["parent"]
        return CurrentFile(
            len(content), md5_of(content), is_trashed=one["trashed"], parents=(parent,), modified=BEGIN
        )

    def download(self, file_id: str, _size: int, md5: str | None, path: Path) -> str:
        """Write the content; raise where it is not the listed one."""
        self._call()
        content = self.files[file_id]["content"]
        if md5_of(content) != md5:
            raise FileFault("content_changed", file=file_id)
        path.write_text(content)
        return hashlib.sha256(content.encode()).hexdigest()

    def move(self, file_id: str, source_id: str, folder_id: str) -> CurrentFile:
        """Move it; a person may have moved it before."""
        one = self.files[file_id]
        if one["parent"] not in (source_id, folder_id):
            raise FileFault("moved_elsewhere", file=file_id)
        self.fate.step()
        fault = self.faults.pop(0) if self.faults else "none"
        if fault != "refused":
            one["parent"] = folder_id
        self.fate.step()
        if fault != "none":
            raise Transient("drive_unreachable")
        return self.get_state(file_id)

    def _call(self) -> None:
        self.fate.step()
        if self.faults and self.faults.pop(0) != "none":
            raise Transient("drive_unreachable")


class InMemoryWorld:
    """A Drive and a CRM that have no servers."""

    folders = Folders(("i",), {name: folder for folder, name in PLACES.items() if name != "inbox"})

    def __init__(self, _closing: ExitStack, _place: Path, fate: Fate, _now: Callable[[], datetime]) -> None:
        self.drive, self.crm = Drive(fate), InMemoryCrm(cases=dict(CASES))

    def make_drive(self) -> DriveClient:
        """The same one for all runs."""
        return cast("DriveClient", self.drive)

    def make_crm(self) -> Crm:
        """The same one for all runs."""
        return self.crm

    def see_files(self) -> dict[str, SeenFile]:
        """All files by their ids."""
        return {
            name: SeenFile(one["content"], PLACES[one["parent"]], one["trashed"])
            for name, one in self.drive.files.items()
        }

    def see_documents(self) -> list[tuple[CaseId, str]]:
        """Case and content of each document."""
        return [(one.case_id, one.content.decode()) for one in self.crm.documents]

    def see_tasks(self) -> list[CaseId]:
        """The case of each task."""
        return [one.case_id for one in self.crm.tasks]

    def add(self, content: str) -> None:
        """A new file in the inbox."""
        self.drive.files[f"f{len(self.drive.files)}"] = {"content": content, "parent": "i", "trashed": False}

    def replace(self, file_id: str, content: str) -> None:
        """Another content under the same id."""
        self.drive.files[file_id]["content"] = content

    def move_by_hand(self, file_id: str, *, to_trash: bool) -> None:
        """To the trash, or to the inbox."""
        self.drive.files[file_id].update({"trashed": True} if to_trash else {"parent": "i", "trashed": False})

    def plan_faults(self, faults: Mapping[str, Sequence[str]]) -> None:
        """Those of writes are functions; "late" is one of the CRM's own."""
        self.drive.faults[:] = faults.get("drive", ())
        late = self.crm.finish_later(Unclear("answer_lost"))
        self.crm.faults = {
            call: [late if name == "late" else FAULTS[name] for name in faults.get(call, ())]
            for call in ("activities", "document", "task")
        }

    def delay_activities(self, *, delays: bool) -> None:
        """At once, or when it has settled."""
        self.crm.delays_activities = delays

    def settle(self) -> None:
        """All writes are carried out and shown."""
        self.crm.finish_late_writes()
        self.crm.show_delayed_activities()


class InMemory(Mailroom):
    """Runs on systems in memory."""

    world_type = InMemoryWorld
