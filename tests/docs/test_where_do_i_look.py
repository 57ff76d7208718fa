"""The table "Where do I look?" of docs/architecture.md answers each question with files that exist."""

import re
from pathlib import Path

QUESTIONS = (
    "the retry delay",
    "the words of a reason code",
    "adding a letter type",
    "adding another CRM",
    "adding a field",
    "quota shares",
    "the decision to move a file",
    "a file's states and transitions",
    "the OCR threshold",
    "the reader's time limit",
    "exit codes",
    "the batch size",
    "a task's due date and priority",
    "the filed document's name",
    "sandbox or real systems",
    "which surnames are searched",
    "which of several SSNs wins",
    "the doctor's check of blocks",
    "redaction on log handlers",
    "the page limit",
)


def rows(project: Path) -> dict[str, str]:
    """The table's questions with their answers."""
    page = (project / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.partition("## Where do I look?")[2].partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ", 1) for line in section.splitlines() if line.startswith("| ")]
    return {question: answer for question, answer in cells[1:] if answer}


def test_every_question_is_answered_with_files_that_exist(project: Path) -> None:
    """Each question has a row, and each row names at least one file, and none that does not exist."""
    table = rows(project)
    assert set(QUESTIONS) <= set(table)
    for question, answer in table.items():
        named = re.findall(r"`([\w.-]+/[\w./-]*)`", answer)
        assert named, question
        assert [path for path in named if not (project / path).exists()] == [], question


def test_named_functions_are_in_the_named_file(project: Path) -> None:
    """A row that also names a function, class or constant names the one of its file."""
    for question, answer in rows(project).items():
        for path, name in re.findall(r"`([\w.-]+/[\w./-]*\.\w+)`: `([\w.]+)`", answer):
            text = (project / path).read_text(encoding="utf-8")
            assert name.rpartition(".")[2] in text, (question, path, name)
