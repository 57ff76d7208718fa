"""What the account may do in a folder, as Drive's ``capabilities`` tell it (Drive v3 reference, ``File``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# canRemoveChildren counts on My Drive; on a shared drive the reference names others in its place, and a move
# within the drive is canMoveChildrenWithinDrive.
RIGHTS_FIELDS = (
    "id,driveId,capabilities(canListChildren,canAddChildren,canRemoveChildren,canMoveChildrenWithinDrive)"
)


@dataclass(frozen=True)
class Rights:
    """What may be done with what lies in a folder; what Drive does not tell counts as allowed."""

    can_list: bool
    can_add: bool
    can_move_out: bool


def rights_from(answer: Mapping[str, Any]) -> Rights:
    """The rights that ``files.get`` tells of."""
    told = answer.get("capabilities") or {}
    moves = "canMoveChildrenWithinDrive" if answer.get("driveId") else "canRemoveChildren"
    return Rights(
        can_list=bool(told.get("canListChildren", True)),
        can_add=bool(told.get("canAddChildren", True)),
        can_move_out=bool(told.get(moves, True)),
    )
