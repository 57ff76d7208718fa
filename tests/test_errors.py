"""The tree of errors."""

import pytest

from mailroom.errors import ConfigError, FileFault, MailroomError, RunStop, Transient, Unclear


def test_an_error_shows_its_code_and_ids_only() -> None:
    """What is shown of an error is a code and opaque ids."""
    assert str(Transient("drive_unreachable")) == "drive_unreachable"
    assert str(FileFault("vanished", file="1AbC", tries=2)) == "vanished (file=1AbC, tries=2)"
    assert Transient("rate_limited", retry_after=3.0).retry_after == 3.0


def test_what_a_person_reads_says_what_and_how_to_fix_it() -> None:
    """Errors that a person must act on are two sentences."""
    said = str(ConfigError("code", what="It is missing.", fix="Put it there."))
    assert said == "It is missing. Put it there."
    stop = RunStop("daily_limit", what="The day's quota is used up.", fix="Start again tomorrow.")
    assert str(stop) == "The day's quota is used up. Start again tomorrow."
    assert str(RunStop("stopped")) == "stopped"


@pytest.mark.parametrize("kind", [Transient, Unclear, FileFault, RunStop])
def test_all_are_one_family(kind: type[MailroomError]) -> None:
    """Whoever catches the root catches them all."""
    with pytest.raises(MailroomError):
        raise kind("code")
