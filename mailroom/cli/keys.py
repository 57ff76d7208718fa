"""`mailroom keys rotate`: encrypt the ledger with a new key, while runs continue.

Where the key is in a file beside the ledger, the command creates the new one: first the file holds both keys,
then everything is encrypted with the new one, then the file holds only that. Where a setting holds the key, a
person puts the new one before the old one, and removes the old one when the command says so. A command that
was killed is started again and continues. Delivery markers do not change: their own key is encrypted again
like everything else.
"""

from __future__ import annotations

from mailroom.cli.ledger_settings import load_ledger_settings
from mailroom.cli.wrapping import write_line
from mailroom.config.settings import Settings
from mailroom.errors import ConfigError
from mailroom.ledger.key_rotation import RotationResult
from mailroom.ledger.ledger import Ledger
from mailroom.ledger.opening import find_key_file, name_ledger, open_existing_ledger
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
    write_line(f"Ledger: {name_ledger(settings)}")
    result, words = rotate(settings)
    write_line(f"{_count_values(result)}\n{words}")
    return 1 if result.undecryptable else 0


def rotate(settings: Settings) -> tuple[RotationResult, str]:
    """Encrypt everything with the new key; what was done, and what a person does next."""
    with open_existing_ledger(settings) as ledger:
        file = find_key_file(settings)
        return _by_setting(ledger, settings) if file is None else _by_file(ledger, file)


def _by_file(ledger: Ledger, file: KeyFile) -> tuple[RotationResult, str]:
    with file.changing():
        file.add_new_key()
        result = _reencrypt(ledger)
        if result.undecryptable:
            return result, f"Both keys stay in {file.path}. {_UNOPENED}"
        file.keep_first_key()
    wiped = ledger.wipe_traces()
    return (
        result,
        f"The new key is in {file.path}: back it up now. {_OLD_KEY}{'' if wiped else _TRACES}",
    )


def _by_setting(ledger: Ledger, settings: Settings) -> tuple[RotationResult, str]:
    assert settings.ledger_key is not None  # noqa: S101 - else there is a file
    if len(LedgerKey(settings.ledger_key.get_secret_value())) == 1:
        raise ConfigError(
            "no_new_ledger_key",
            what=f"{SETTING} holds only one key.",
            fix="Put a new one before it, separated by a comma (NEW,OLD; `openssl rand -hex 32` gives one), wherever the "
            "mail room runs; then repeat this command.",
        )
    result = _reencrypt(ledger)
    if result.undecryptable:
        return result, f"Keep both keys. {_UNOPENED}"
    wiped = ledger.wipe_traces()
    words = f"Remove every key but the first from {SETTING}, wherever it is set, and back up that one. "
    return result, words + _OLD_KEY + ("" if wiped else _TRACES)


def _reencrypt(ledger: Ledger) -> RotationResult:
    ledger.use_first_key()
    result = ledger.reencrypt_all()
    ledger.record_marker_key()
    return result


def _count_values(result: RotationResult) -> str:
    values = f"{result.values} value{'' if result.values == 1 else 's'}"
    if result.undecryptable:
        return f"{values} encrypted again, {result.undecryptable} left unchanged."
    return f"{values} encrypted again; the whole ledger is encrypted with the new key. Markers are unchanged."


_OLD_KEY = "The old key decrypts only older backups of the ledger: keep it with them, or destroy both."
_TRACES = " A run is active. When none is, repeat this command if others know the old key."
_UNOPENED = (
    "Some values cannot be decrypted and were left unchanged: they are damaged, or encrypted with a lost key."
)
