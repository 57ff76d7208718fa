"""The sandbox's web pages: what a run left in its Drive and its CRM, for people.

Plain HTML without scripts; everything is escaped, since names come from people's own folders.
"""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import Any

from mailroom.sandbox.store import FOLDER, Store

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:0;background:#f5f6f8;color:#1d2433}
header{background:#1f3a5f;color:#fff;padding:18px 32px}header a{color:#cfe0f5;margin-left:18px}
h1{font-size:20px;display:inline}main{padding:12px 32px 40px;max-width:1200px}
h2{font-size:16px;margin:28px 0 8px}.hint{color:#5a6478;margin:0 0 8px}
table{border-collapse:collapse;width:100%;background:#fff;border:1px solid #dde2ea;border-radius:6px}
th{text-align:left;font-weight:600;color:#5a6478;font-size:13px}th,td{padding:6px 12px;border-top:1px solid #eef1f5}
tr:first-child th{border-top:0}td.n{text-align:right}.empty{color:#8a93a5;font-style:italic}
details{background:#fff;border:1px solid #dde2ea;border-radius:6px;margin:8px 0;padding:8px 14px}
details table{border:0;margin-top:6px}summary{cursor:pointer;font-weight:600}summary span{color:#5a6478;font-weight:400}
.p3{color:#b3261e;font-weight:600}.p2{color:#b26a00;font-weight:600}
"""
PRIORITIES = {0: "normal", 1: "medium", 2: "high", 3: "urgent"}


def render_drive_page(store: Store, links: dict[str, str]) -> str:
    """Return the page with each folder and its files."""
    files = list(store.list_files())
    folders = [item for item in files if item["mimeType"] == FOLDER]
    paths = {item["id"]: _join_path(store, item) for item in folders}
    parts = []
    for folder in sorted(folders, key=lambda item: paths[item["id"]]):
        inside = [f for f in files if folder["id"] in f["parents"] and f["mimeType"] != FOLDER]
        if inside or not folder["parents"] or not _has_folders(folder["id"], folders):
            parts.append(_render_folder(paths[folder["id"]], inside))
    return _render_page("Sandbox: Drive", "Logiqs", links.get("logiqs"), "".join(parts))


def render_logiqs_page(store: Store, links: dict[str, str]) -> str:
    """Return the page with all tasks, documents and cases."""
    documents, tasks = store.list_rows("documents"), store.list_rows("tasks")
    by_case = Counter(row["CaseID"] for row in documents), Counter(row["CaseID"] for row in tasks)
    cases = [
        [
            str(row["CaseID"]),
            f"{row.get('FirstName') or ''} {row.get('LastName') or ''}".strip(),
            str(row.get("SpouseLastName") or ""),
            str(by_case[0][row["CaseID"]] or ""),
            str(by_case[1][row["CaseID"]] or ""),
        ]
        for row in store.list_rows("cases")
    ]
    parts = [
        _render_table("Tasks", "What the team has to do, soonest first.", TASK_HEADS, _list_tasks(tasks)),
        _render_table(
            "Documents",
            "What was filed.",
            ["document", "case", "name", "comment"],
            _list_documents(documents),
        ),
        _render_table(
            "Cases", "The sandbox's clients; all made up, unless you brought your own.", CASE_HEADS, cases
        ),
    ]
    return _render_page("Sandbox: Logiqs", "Drive", links.get("drive"), "".join(parts))


TASK_HEADS = ["due", "priority", "case", "subject", "reminder", "to"]
CASE_HEADS = ["case", "name", "spouse", "documents", "tasks"]


def _list_tasks(tasks: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [
            task["DueDate"][:10],
            PRIORITIES.get(task.get("PriorityID", 0), "?"),
            str(task["CaseID"]),
            task["Subject"],
            task["Reminder"][:16].replace("T", " "),
            ", ".join(map(str, task["UserID"])) or "nobody",
        ]
        for task in sorted(tasks, key=lambda task: task["DueDate"])
    ]


def _list_documents(documents: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [f"/document/{row['id']}", str(row["CaseID"]), row["FileName"], row["Comment"]] for row in documents
    ]


def _has_folders(folder_id: str, folders: list[dict[str, Any]]) -> bool:
    return any(folder_id in item["parents"] for item in folders)


def _join_path(store: Store, item: dict[str, Any]) -> str:
    names = [item["name"]]
    while item["parents"]:
        item = store.find_file(item["parents"][0])
        names.append(item["name"])
    return " / ".join(reversed(names))


def _render_folder(path: str, inside: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><a href='/view/{escape(f['id'])}'>{escape(f['name'])}</a></td>"
        f"<td class=n>{int(f.get('size', 0)) / 1000:,.0f} KB</td><td>{escape(f['createdTime'][:10])}</td></tr>"
        for f in inside
    )
    body = (
        f"<table><tr><th>file<th>size<th>created</tr>{rows}</table>" if inside else "<p class=empty>empty</p>"
    )
    shown = " open" if inside and len(inside) <= 30 else ""
    return f"<details{shown}><summary>{escape(path)} <span>· {len(inside)} files</span></summary>{body}</details>"


def _render_table(title: str, hint: str, heads: list[str], rows: list[list[str]]) -> str:
    if not rows:
        body = "<p class=empty>none yet</p>"
    else:
        head = "".join(f"<th>{escape(name)}" for name in heads)
        lines = "".join("<tr>" + "".join(map(_render_cell, row)) + "</tr>" for row in rows)
        body = f"<table><tr>{head}</tr>{lines}</table>"
    return f"<h2>{title} ({len(rows)})</h2><p class=hint>{escape(hint)}</p>{body}"


def _render_cell(text: str) -> str:
    if text.startswith("/document/"):
        return f"<td><a href='{escape(text)}'>{escape(text.rpartition('/')[2])}</a></td>"
    mark = {"urgent": " class=p3", "high": " class=p2"}.get(text, "")
    return f"<td{mark}>{escape(text)}</td>"


def _render_page(title: str, other: str, link: str | None, body: str) -> str:
    to_other = f"<a href='{escape(link)}'>to its {other}</a>" if link else ""
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>"
        f"<header><h1>{title}</h1>{to_other}</header><main>{body}</main></html>"
    )
