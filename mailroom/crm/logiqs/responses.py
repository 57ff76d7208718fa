"""What an HTTP answer of Logiqs or the match service means, as data or as an error of our tree.

Nothing of an answer's text goes into an error but the name of a missing scope.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

from mailroom.call_retries import parse_retry_after
from mailroom.config.block_names import LOGIQS_BLOCK
from mailroom.crm.base import NotOffered, Refused, RightMissing
from mailroom.crm.logiqs.parsing import parse_whole_number
from mailroom.errors import ConfigError, FileFault, Transient, Unclear

# A call that only reads may be repeated after these and every 5xx (front ends add their own, such as 522).
TRANSIENT = frozenset({408, 425, 429})
# A write that is answered with one of these may have been carried out: timed out, or in conflict with itself.
MAY_BE_DONE = frozenset({408, 409, 425})
# An answer that is not JSON: once it may be an accident, at every retry it comes from another server.
LOGIQS_UNREADABLE = "logiqs_answer_unreadable"
MATCH_UNREADABLE = "match_answer_unreadable"
# The scope that each call needs, for a refusal that does not name it.
READ_CASE, READ_ACTIVITY, WRITE_CASE, WRITE_TASK = "case.read", "activity.read", "case.write", "task.write"
# That of the report is not documented.
WRITE_ACTIVITY, READ_REPORT = "activity.write", "report.read"
NO_ROUTE = "no http resource was found"
ADDRESS = "it is your tenant's https://TENANT.logiqsapi.com/publicapi/V4/"
SCOPE = re.compile(r"scope:\s*([a-z]+\.[a-z]+)", re.IGNORECASE)


def parse_json(answer: httpx.Response) -> Mapping[str, Any] | None:
    """Return the JSON object in the body; None when it is something else."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, Mapping) else None


def _raise_if_transient(answer: httpx.Response, system: str) -> None:
    """Raise `Transient` for a status that is likely to be temporary."""
    if answer.status_code in TRANSIENT or answer.status_code >= 500:
        wait = parse_retry_after(answer.headers.get("Retry-After"))
        raise Transient(f"{system}_{answer.status_code}", retry_after=wait)


def check_is_logiqs(answer: httpx.Response) -> None:
    """Make sure that the answer to a call that every tenant supports comes from the API of a tenant.

    "No such case" is such an answer; a web page, another program's JSON and a missing route are not.

    Raises:
        ConfigError: something else answers there.
        Transient: it may be repeated.
    """
    body = parse_json(answer)
    said = _get_message(body).lower() if body is not None else ""
    if answer.status_code == 404 and (body is None or NO_ROUTE in said):
        raise not_logiqs("there is no Logiqs API at that address (it answers 404)")
    if answer.status_code == 200 and body is not None and not _is_envelope(body):
        raise not_logiqs("another program answers there")


def read_message(answer: httpx.Response) -> str:
    """Return the message of a reading call's answer, "" where it has none.

    Raises:
        Transient: it may be repeated.
    """
    _raise_if_transient(answer, "logiqs")
    return _get_message(parse_json(answer) or {})


def read_envelope(answer: httpx.Response, scope: str) -> Any:
    """Return the data of a reading call, which needs ``scope``; None for "no such thing".

    Raises:
        Transient: it may be repeated.
        ConfigError: the key is rejected, or lacks a scope.
    """
    _reject_credentials(answer, scope)
    _raise_if_transient(answer, "logiqs")
    if answer.status_code == 404:
        return None
    body = parse_json(answer)
    if body is None:
        raise Transient(LOGIQS_UNREADABLE)
    _reject_missing_scope(body, scope)
    return _get_data(body) if _is_success(body) else None


def check_offered(answer: httpx.Response, what: str) -> None:
    """Raise `NotOffered` where the tenant lacks the route of a call.

    404 may also mean that there is no such case: ask for the case first.
    """
    if answer.status_code in (404, 405):
        raise NotOffered(f"no_{what}_route")


def read_written_id(answer: httpx.Response, what: str, id_name: str, scope: str) -> int:
    """Return the id in the answer to a writing call, which needs ``scope``.

    Raises:
        Transient: certainly not carried out (429).
        Refused: Logiqs says no; the activities show whether it carried the call out anyway.
        ConfigError: likewise, since the key is rejected or lacks a scope.
        Unclear: it may have been carried out.
    """
    if answer.status_code == 429:
        raise Transient("logiqs_429", retry_after=parse_retry_after(answer.headers.get("Retry-After")))
    body = parse_json(answer)
    if _may_be_done(answer, body):
        raise Unclear(f"{what}_{answer.status_code}")
    _reject_credentials(answer, scope)
    body = body or {}
    _reject_missing_scope(body, scope)
    if answer.status_code < 400 and _is_success(body):
        return _extract_id(body, what, id_name)
    if answer.status_code < 400 and not _is_envelope(body):
        raise Unclear(f"{what}_answer_unreadable")
    raise Refused(f"crm_refused_{what}")


def _may_be_done(answer: httpx.Response, body: Mapping[str, Any] | None) -> bool:
    """Whether a write that is answered like this may have been carried out.

    An answer that is not JSON comes from something in between; an empty 401 or 403 from the API itself.
    """
    if answer.is_redirect or answer.status_code in MAY_BE_DONE or answer.status_code >= 500:
        return True
    return body is None and (answer.status_code not in (401, 403) or bool(answer.content))


def read_match_answer(answer: httpx.Response) -> Mapping[str, Any]:
    """Return the match service's JSON.

    Raises:
        Transient: it may be asked again, also after an answer that does not say whether there is a match.
        FileFault: ``match_refused``, it does not accept this question.
        ConfigError: its key is rejected, or the address is not the service's.
    """
    _raise_if_transient(answer, "match")
    if answer.status_code in (401, 403):
        raise ConfigError(
            "match_key_rejected",
            what="The match service rejects its API key.",
            fix="Correct MAILROOM_LOGIQS__MATCH_API_KEY, or the match service key in the Logiqs block.",
        )
    if answer.is_redirect:
        raise not_the_match_service("it leads to another place, such as a login page")
    if answer.status_code == 404:
        raise not_the_match_service("it answers 404")
    if answer.status_code >= 400:
        raise FileFault("match_refused", status=answer.status_code)
    body = parse_json(answer)
    if body is None or not isinstance(body.get("matchFound"), bool):
        # This may be an error with status 200. Read as "no case", it would send a notice to CP2000_UNMATCHED.
        raise Transient(MATCH_UNREADABLE)
    return body


def not_the_match_service(problem: str) -> ConfigError:
    """Return the error for a match URL at which something else answers."""
    return ConfigError(
        "match_url_not_the_service",
        what=f"The match URL is not the address of a match service: {problem}.",
        fix="Correct MAILROOM_LOGIQS__MATCH_URL: the complete address to which searches are posted.",
    )


def not_logiqs(problem: str) -> ConfigError:
    """Return the error for a base URL at which something else answers."""
    return ConfigError(
        "base_url_not_logiqs",
        what=f"The base URL is not that of a Logiqs tenant: {problem}.",
        fix=f"Correct MAILROOM_LOGIQS__BASE_URL: {ADDRESS}",
    )


def _reject_credentials(answer: httpx.Response, scope: str) -> None:
    if answer.status_code == 401:
        raise ConfigError(
            "logiqs_credentials_rejected",
            what="Logiqs rejects the API key or its secret token, or they belong to another tenant.",
            fix="Correct MAILROOM_LOGIQS__API_KEY and MAILROOM_LOGIQS__SECRET_TOKEN, or the block "
            f"{LOGIQS_BLOCK}, and check MAILROOM_LOGIQS__BASE_URL: {ADDRESS}",
        )
    if answer.is_redirect:
        raise not_logiqs("it leads to another place, such as a login page")
    if answer.status_code == 403:
        raise _missing_scope(parse_json(answer) or {}, scope)


def _reject_missing_scope(body: Mapping[str, Any], scope: str) -> None:
    if not _is_success(body) and "scope" in _get_message(body).lower():
        raise _missing_scope(body, scope)


def _missing_scope(body: Mapping[str, Any], scope: str) -> RightMissing:
    found = SCOPE.search(_get_message(body))
    return RightMissing(
        "logiqs_scope_missing",
        what=f"The Logiqs API key lacks the scope {found.group(1).lower() if found else scope}.",
        fix="Add it to the key in Logiqs and start again: what is already filed is not filed twice.",
    )


def _is_envelope(body: Mapping[str, Any]) -> bool:
    return "success" in {key.lower() for key in body}


def _extract_id(body: Mapping[str, Any], what: str, id_name: str) -> int:
    data = _get_data(body)
    value = parse_whole_number(data.get(id_name)) if isinstance(data, Mapping) else None
    if value is None:
        raise Unclear(f"{what}_without_id")
    return value


def _is_success(body: Mapping[str, Any]) -> bool:
    return body.get("Success", body.get("success")) is True


def _get_data(body: Mapping[str, Any]) -> Any:
    return body.get("data", body.get("Data"))


def _get_message(body: Mapping[str, Any]) -> str:
    message = body.get("message", body.get("Message"))
    return message if isinstance(message, str) else ""
