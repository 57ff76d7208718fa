"""Requests and responses of the sandbox's Logiqs: forms, tasks, and the envelopes of its responses."""

from __future__ import annotations

import re
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from starlette.responses import JSONResponse, Response

from mailroom.sandbox.store import format_time

UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def parse_multipart(content_type: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """Return file name and bytes of each part of a form, by the part's name."""
    whole = b"Content-Type: " + content_type.encode("ascii", "replace") + b"\r\n\r\n" + body
    message = BytesParser(policy=HTTP).parsebytes(whole)
    parts = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            parts[str(name)] = (part.get_filename() or "", payload)
    return parts


def find_task_error(body: Any) -> str | None:
    """Return what is wrong with a task's body; None if nothing is."""
    if not isinstance(body, dict) or not isinstance(body.get("CaseID"), int):
        return "CaseID is required and must be an integer"
    if not isinstance(body.get("Subject"), str) or not body["Subject"]:
        return "Subject is required"
    if body.get("TaskType") not in (1, 2):
        return "TaskType must be 1 or 2"
    for name in ("DueDate", "Reminder"):
        if not isinstance(body.get(name), str) or not UTC_TIME.fullmatch(body[name]):
            return f"{name} must be a UTC datetime"
    users = body.get("UserID")
    if not isinstance(users, list) or not all(isinstance(user, int) for user in users):
        return "UserID must be an array of integers"
    return None if body.get("PriorityID", 0) in (0, 1, 2, 3) else "PriorityID must be 0 to 3"


def make_success(data: Any, *, message: str = "", status: int = 200, upper: bool = False) -> Response:
    """Return a success; real envelopes have their keys in both spellings."""
    keys = ("Data", "Message") if upper else ("data", "message")
    body = {
        "Success": True,
        keys[0]: data,
        keys[1]: message,
        "StatusCode": status,
        "Timestamp": format_time(),
    }
    return JSONResponse(body, status)


def make_failure(message: str, status: int = 200) -> Response:
    """Return a failure: HTTP 200 with ``Success: false``, or an error status."""
    body = {"Success": False, "message": message, "StatusCode": status, "Timestamp": format_time()}
    return JSONResponse(body, status)
