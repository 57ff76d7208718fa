"""Reading bytes as a file, in the tests' own process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mailroom.notices import Reading
from mailroom.notices.reader import read_file

Read = Callable[[bytes], Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads bytes as a file."""

    def read_bytes(content: bytes) -> Reading:
        path = tmp_path / "a file"
        path.write_bytes(content)
        return read_file(path)

    return read_bytes
