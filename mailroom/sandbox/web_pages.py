"""The sandbox's web pages: what a run left in its Drive and its CRM, for people.

Plain HTML without scripts, from the templates in ``pages``; everything is escaped, since names come from
people's own folders.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from mailroom.sandbox.store import FOLDER, TABLES, Store


def render_drive_page(store: Store, links: dict[str, str]) -> str:
    """Return the page with each folder and its files, without the subfolders that contain only folders."""
    files = list(store.list_files())
    folders = [item for item in files if item["mimeType"] == FOLDER]
    with_folders = {parent for item in folders for parent in item["parents"]}
    shown = []
    for folder in folders:
        inside = [f for f in files if folder["id"] in f["parents"] and f["mimeType"] != FOLDER]
        if inside or not folder["parents"] or folder["id"] not in with_folders:
            shown.append((_join_path(store, folder), inside))
    shown.sort(key=lambda pair: pair[0])
    return _render("drive.html", link=links.get("logiqs"), folders=shown, has_blob=store.has_blob)


def render_logiqs_page(store: Store, links: dict[str, str]) -> str:
    """Return the page with all tasks, documents, notes and cases."""
    rows = {name: store.list_rows(name) for name in TABLES}
    counts = {f"{name}_of": Counter(row["CaseID"] for row in rows[name]) for name in ("documents", "tasks")}
    return _render("logiqs.html", link=links.get("drive"), has_blob=store.has_blob, **rows, **counts)


def _join_path(store: Store, item: dict[str, Any]) -> str:
    names = [item["name"]]
    while item["parents"]:
        item = store.find_file(item["parents"][0])
        names.append(item["name"])
    return " / ".join(reversed(names))


def _render(page: str, **values: Any) -> str:
    # It takes a tenth of a second to import, and most sandboxes never show a page.
    from jinja2 import Environment, PackageLoader  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("mailroom.sandbox", "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(page).render(values)
