"""``python -m mailroom keys rotate``: the ledger sealed with a new key, while runs go on.

Where the key lies in a file beside the ledger, the command makes the new one: first both stand in the file, then
everything is sealed with the new one, then it stands there alone. Where a setting holds the key, a person puts the
new one before the old one, and takes the old one away when the command says so. Killed at any point, it is started
again and goes on. Delivery markers stay what they are: their own key is sealed anew like everything else.
"""

from __future__ import annotations

import sys

from mailroom.cli.ledger_settings import load_ledger_settings
from mailroom.config.settings import Settings
from mailroom.errors import ConfigError
from mailroom.ledger.deliveries import Ledger
from mailroom.ledger.key_rotation import Resealed
from mailroom.ledger.opening import key_file, name_ledger, open_existing_ledger
from mailroom.privacy.encryption import KeyFile, LedgerKey

SETTING = "MAILROOM_LEDGER_KEY (or the block secret/mailroom-ledger-key)"


def run_rotation(*, real: bool) -> int:
    """Rotate the key, and say what a person does next.

    Returns:
        0; 1 when the ledger holds values that no key opens: both keys are kept.

    Raises:
        ConfigError: there is no ledger, its key is another one, or no new key is set.
    """
    settings = load_ledger_settings(real=real)
    sys.stdout.write(f"Ledger: {name_ledger(settings)}\n")
    resealed, words = rotate(settings)
    sys.stdout.write(f"{_count_values(resealed)}\n{words}\n")
    return 1 if resealed.unopened else 0


def rotate(settings: Settings) -> tuple[Resealed, str]:
    """Seal everything with the new key; what was done, and what a person does next."""
    with open_existing_ledger(settings) as ledger:
        file = key_file(settings)
        return _by_setting(ledger, settings) if file is None else _by_file(ledger, file)


def _by_file(ledger: Ledger, file: KeyFile) -> tuple[Resealed, str]:
    with file.changing():
        file.add_new_key()
        resealed = _resealed(ledger)
        if resealed.unopened:
            return resealed, f"Both keys stay in {file.path}. {_UNOPENED}"
        file.keep_first_key()
    wiped = ledger.wipe_traces()
    return (
        resealed,
        f"The new key stands in {file.path}: back it up now. {_OLD_KEY}{'' if wiped else _TRACES}",
    )


def _by_setting(ledger: Ledger, settings: Settings) -> tuple[Resealed, str]:
    assert settings.ledger_key is not None  # noqa: S101 - else there is a file
    if len(LedgerKey(settings.ledger_key.get_secret_value())) == 1:
        raise ConfigError(
            "no_new_ledger_key",
            what=f"{SETTING} holds one key only.",
            mend="Put a new one before it, separated by a comma (NEW,OLD; `openssl rand -hex 32` gives one), wherever the "
            "mail room runs; then call this command again.",
        )
    resealed = _resealed(ledger)
    if resealed.unopened:
        return resealed, f"Keep both keys. {_UNOPENED}"
    wiped = ledger.wipe_traces()
    words = f"Take every key but the first out of {SETTING}, wherever it is set, and back that one up. "
    return resealed, words + _OLD_KEY + ("" if wiped else _TRACES)


def _resealed(ledger: Ledger) -> Resealed:
    ledger.seal_with_first_key()
    return ledger.reseal()


def _count_values(resealed: Resealed) -> str:
    values = f"{resealed.values} value{'' if resealed.values == 1 else 's'}"
    if resealed.unopened:
        return f"{values} sealed again, {resealed.unopened} left as they were."
    return f"{values} sealed again; the whole ledger is sealed with the new key. Markers are what they were."


_OLD_KEY = "The old key opens only backups of the ledger made before now: keep it with them, or destroy both."
_TRACES = " A run is at work; when none is, call this command again if the old key is known to others."
_UNOPENED = (
    "Some values are open to no key and were left as they are: they were damaged, or sealed with a lost one."
)
