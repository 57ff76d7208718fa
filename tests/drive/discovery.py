"""Checks a request against Google's discovery document for Drive v3, as googleapiclient brings it.

This is the contract that the real Drive is described by: methods, paths, query parameters with their types,
bounds and enums, bodies, and the names in a ``fields`` mask. What the server answers is not looked at.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import googleapiclient.discovery_cache

DOCUMENT: dict[str, Any] = json.loads(
    (Path(googleapiclient.discovery_cache.DISCOVERY_DOC_DIR) / "drive.v3.json").read_text(encoding="utf-8")
)
SCHEMAS: dict[str, Any] = DOCUMENT["schemas"]


class Violation(AssertionError):
    """The request is not one that Google's document allows."""


@dataclass(frozen=True)
class Call:
    """A request that the document allows: its method's id, and the parameters from path and query."""

    method_id: str
    parameters: dict[str, str]
    is_media: bool


def checked(http_method: str, path: str, query: dict[str, list[str]], body: bytes) -> Call:
    """The call that a request makes.

    Raises:
        Violation: it is none that Drive documents.
    """
    method, from_path = _method(http_method, path)
    known = {**DOCUMENT["parameters"], **method.get("parameters", {})}
    for name, values in query.items():
        _check_parameter(name, values, known)
    given = {**{name: values[0] for name, values in query.items()}, **from_path}
    _check_required(given, method)
    _check_body(body, method)
    if "fields" in given and "response" in method:
        _check_mask(given["fields"], method["response"]["$ref"])
    is_media = given.get("alt") == "media"
    if is_media and not method.get("supportsMediaDownload"):
        raise Violation(f"{method['id']} gives no media")
    return Call(method["id"], given, is_media)


def _method(http_method: str, path: str) -> tuple[dict[str, Any], dict[str, str]]:
    for resource in DOCUMENT["resources"].values():
        for method in resource["methods"].values():
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", method["path"])
            found = re.fullmatch(DOCUMENT["servicePath"] + pattern, path)
            if found and method["httpMethod"] == http_method:
                return method, found.groupdict()
    raise Violation(f"no method for {http_method} {path}")


def _check_parameter(name: str, values: list[str], known: dict[str, Any]) -> None:
    if name not in known:
        raise Violation(f"unknown parameter {name}")
    wanted = known[name]
    if wanted.get("deprecated"):
        raise Violation(f"{name} is deprecated")
    if len(values) > 1 and not wanted.get("repeated"):
        raise Violation(f"{name} is given {len(values)} times")
    for value in values:
        _check_type(name, value, wanted)


def _check_type(name: str, value: str, wanted: dict[str, Any]) -> None:
    kinds = {"integer": r"-?\d+", "boolean": "true|false", "string": r"(?s).+"}
    if not re.fullmatch(kinds[wanted["type"]], value):
        raise Violation(f"{name}={value!r} is no {wanted['type']}")
    if "enum" in wanted and value not in wanted["enum"]:
        raise Violation(f"{name}={value!r} is none of {wanted['enum']}")
    if "minimum" in wanted and not int(wanted["minimum"]) <= int(value) <= int(wanted["maximum"]):
        raise Violation(f"{name}={value} is out of bounds")


def _check_required(given: dict[str, str], method: dict[str, Any]) -> None:
    required = {name for name, wanted in method.get("parameters", {}).items() if wanted.get("required")}
    if missing := required - set(given):
        raise Violation(f"{method['id']} lacks {sorted(missing)}")


def _check_body(body: bytes, method: dict[str, Any]) -> None:
    if not body:
        return
    if "request" not in method:
        raise Violation(f"{method['id']} takes no body")
    properties = SCHEMAS[method["request"]["$ref"]]["properties"]
    kinds = {"string": str, "boolean": bool, "array": list, "object": dict, "integer": int}
    for name, value in json.loads(body).items():
        if name not in properties:
            raise Violation(f"unknown property {name}")
        if not isinstance(value, kinds[properties[name]["type"]]):
            raise Violation(f"{name} is no {properties[name]['type']}")


def _check_mask(mask: str, schema: str) -> None:
    for name, inner in split_mask(mask).items():
        properties = SCHEMAS[schema]["properties"]
        if name not in properties:
            raise Violation(f"fields: {schema} has no {name}")
        if inner:
            _check_inner(name, inner, properties[name])


def _check_inner(name: str, inner: str, described: dict[str, Any]) -> None:
    described = described.get("items", described)
    if "$ref" in described:
        _check_mask(inner, described["$ref"])
        return
    for one in split_mask(inner):
        if one not in described.get("properties", {}):
            raise Violation(f"fields: {name} has no {one}")


def split_mask(mask: str) -> dict[str, str]:
    """A ``fields`` mask's names at its upper level, each with what is in its parentheses."""
    parts = re.findall(r"(\w+)(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?(?:,|$)", mask)
    if ",".join(f"{name}({inner})" if inner else name for name, inner in parts) != mask:
        raise Violation(f"fields: {mask!r} is no mask")
    return dict(parts)
