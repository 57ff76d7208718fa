"""What the fake Drive says: right answers, Google's refusals, and faults by name.

A fault turns the right answer into a wrong one. Refusals quote what must never leave the client.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Answer:
    """What goes over the wire. ``length`` None: no Content-Length, and the connection ends the body."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = -1
    ends_connection: bool = False


def as_json(value: object, status: int = 200) -> Answer:
    """An HTTP answer with this JSON body."""
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def refusal(status: int, reason: str, **more: str) -> Answer:
    """An error in Drive v3's form; its message quotes what must never leave the client."""
    message = "File not found: MILLER John 738-12-3456.pdf."
    error = {"domain": "global", "reason": reason, "message": message, **more}
    return as_json({"error": {"errors": [error], "code": status, "message": message}}, status)


def _half(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _without(answer: Answer, header: str) -> Answer:
    return replace(answer, headers={k: v for k, v in answer.headers.items() if k != header})


# A fault turns the right answer into a wrong one; None ends the connection without any.
FAULTS: dict[str, Callable[[Answer], Answer | None]] = {
    "none": lambda right: right,
    "no_answer": lambda _: None,
    "cut_chunk": lambda right: replace(_half(right), length=len(right.body), ends_connection=True),
    "cut_without_length": lambda right: replace(
        _half(_without(right, "Content-Range")), status=200, length=None, ends_connection=True
    ),
    "wrong_bytes": lambda right: replace(right, body=bytes(len(right.body))),
    "empty_part": lambda right: replace(right, body=b""),
    "unknown_total": lambda right: replace(right, headers={"Content-Range": "bytes 0-9/*"}),
    "whole_file": lambda right: Answer(200, right.body * 5),
    "range_refused": lambda _: Answer(416, b""),
    "rate_limited": lambda _: replace(refusal(429, "rateLimitExceeded"), headers={"Retry-After": "7"}),
    "rate_limit_exceeded": lambda _: refusal(403, "rateLimitExceeded"),
    "user_rate_limit_exceeded": lambda _: refusal(403, "userRateLimitExceeded"),
    "daily_limit_exceeded": lambda _: refusal(403, "dailyLimitExceeded"),
    "abusive_file": lambda _: refusal(403, "cannotDownloadAbusiveFile"),
    "file_not_downloadable": lambda _: refusal(403, "fileNotDownloadable"),
    "no_permission": lambda _: refusal(403, "insufficientFilePermissions"),
    "unauthorized": lambda _: refusal(401, "authError"),
    "server_error": lambda _: refusal(500, "internalError"),
    "not_found": lambda _: refusal(404, "notFound"),
    "bad_request": lambda _: refusal(400, "badRequest"),
    "not_json": lambda _: Answer(502, b"<html>MILLER John: Bad Gateway</html>"),
    "page_of_a_proxy": lambda _: Answer(200, b"<html>Please log in</html>"),
    "not_utf8": lambda _: Answer(200, b"\xff\xfe\xff"),
    "nameless_files": lambda _: as_json({"files": [{"size": "12"}]}),
    "odd_size": lambda right: replace(right, body=right.body.replace(b'"size": "', b'"size": "x')),
    "no_id": lambda _: as_json({}),
    "incomplete_search": lambda right: as_json({**json.loads(right.body), "incompleteSearch": True}),
    "redirected": lambda _: Answer(302, b"", {"Location": "/drive/v3/files/elsewhere"}),
}
