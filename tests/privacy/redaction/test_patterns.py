"""Patterns mask every written form of client data; what operators need stays."""

import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.privacy.client_data import KnownValue
from mailroom.privacy.redaction.client_values import ClientValues
from mailroom.privacy.redaction.masking import MASK, redact

AREAS = st.one_of(st.integers(734, 749), st.integers(773, 899))
GAPS = [
    "-",
    ".",
    " ",
    "/",
    " - ",
    "\u2011",
    "\u2013",
    "\u2212",
    "\u00a0",
    "\u202f",
    "%20",
    "%2D",
    "+",
    "\\u2011",
    "\\U00002011",
    "&ndash;",
    "&amp;nbsp;",
    "&shy;",
    "\x00",
    "\\x00",
    "\x1b[0m-\x1b[36m",
    "\\x1b[0m-\\x1b[36m",
    "\u2e3a",
    "",
]
AROUND = [
    "SSN: {}, next",
    "({})",
    "of {}.",
    '"{}"',
    "ssn={}&x=1",
    "[{},{}]",
    "{}",
    "x_{}_y",
    "<b>{}</b>",
    "SSN{}",
]


@given(
    area=AREAS,
    group=st.integers(1, 99),
    serial=st.integers(1, 9999),
    gap=st.sampled_from(GAPS),
    around=st.sampled_from(AROUND),
)
def test_every_written_form_of_an_ssn_is_masked(
    area: int, group: int, serial: int, gap: str, around: str
) -> None:
    """With hyphens of every kind, dots, spaces, slashes or none, encoded or not, at any position."""
    written = f"{area}{gap}{group:02}{gap}{serial:04}"
    masked = redact(around.replace("{}", written), ClientValues())
    assert f"{serial:04}" not in masked
    assert masked == around.replace("{}", MASK).replace(f"{MASK},{MASK}", MASK)


@pytest.mark.parametrize(
    "text",
    [
        "(555) 555-0123",
        "555-555-0123",
        "555.555.0123",
        "555 555 0123",
        "555/555-0123",
        "(555)555-0123",
        "(555)5550123",
        "555 5550123",
        "555\u2011555\u20110123",
        "+1 555 555 0123",
        "+1-555-555-0123",
        "+1 (555) 555-0123",
        "+15555550123",
        "1-555-555-0123",
        "1 (555) 555-0123",
        "15555550123",
        "5555550123",
        "001 555 555 0123",
        "%2B1%20555%20555%200123",
        "(555)555-0123 ext. 12",
        "555-555-0123 x12",
        "555-555-0123, extension 1234",
        "+44 20 7946 0958",
        "555-555-\n0123",
        "(555) 555-\n    0123",
        "555--555--0123",
        "555\u00b7555\u00b70123",
        "0015555550123",
        "5555550123.0",
        "734-00-\n1234",
        "734 - 00 -\n    1234",
        "734--00--1234",
        "734\u202200\u20221234",
        "734001234.0",
        "734-001-234",
        "7 3 4 0 0 1 2 3 4",
        "7-3-4-0-0-1-2-3-4",
        "12-345-6789",
        "XXX-00-1234",
        "john.smith+tax@example.com",
        '"john smith"@example.com',
        "john\\@example\\.com",
        "\u0438\u0432\u0430\u043d@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
        "john!smith@example.com",
        "JOHN@EXAMPLE.COM",
        "john%40example.com",
        "john%2540example.com",
        "jos\u00e9@ex\u00e4mple.com",
        "o'brien@mail.example.co.uk",
        "12-3456789",
        "12\u20113456789",
        "59153-7775",
        "XXX-XX-1234",
        "xxx-xx-1234",
        "***-**-1234",
        "XXXXX1234",
        "*****1234",
        "***1234",
        "XXX XX 1234",
        "\u2022\u2022\u2022-\u2022\u2022-1234",
        "Bearer ya29.made-up-token",
        "Bearer made-up-token",
        "Basic bWFkZS11cDpzZWNyZXQ=",
        "ya29.a0Made_up-Token",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJtYWRlIn0.c2lnbmVk",
    ],
)
def test_other_forms_are_masked(text: str) -> None:
    """Phones, e-mails, EINs, AUR numbers, masked SSNs, credentials; all of each."""
    assert redact(f"of {text} y", ClientValues()) == f"of {MASK} y"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("('734', '00', '1234')", "('[redacted]')"),
        ('"555","555","0123"', '"[redacted]"'),
        ("734-00-1234Y", "[redacted]Y"),
        ("X734-00-1234_1.pdf", "X[redacted]_1.pdf"),
        ("734-00-1234-1", "[redacted]-1"),
        ("taxpayer734001234", "taxpayer[redacted]"),
        ("734001234L", "[redacted]L"),
        ("ID555-555-0123", "ID[redacted]"),
        ("555-555-0123Y", "[redacted]Y"),
    ],
)
def test_letters_beside_a_number_do_not_hide_it(text: str, masked: str) -> None:
    """Letters, quotes and brackets beside it or between its groups."""
    assert redact(text, ClientValues()) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("SSN 1234", "SSN [redacted]"),
        ("last4SSN: 1234", "last4SSN: [redacted]"),
        ('{"last4SSN": "1234"}', '{"last4SSN": "[redacted]"}'),
        ("ssn_last4='1234'", "ssn_last4='[redacted]'"),
        ("an SSN ending in 1234.", "an SSN ending in [redacted]."),
        ("Social Security number 12345678", "Social Security number [redacted]"),
        ("TIN: 12 345 6789", "TIN: [redacted]"),
        ("account number 00123456789", "account number [redacted]"),
        ("Account no. 12345678", "Account no. [redacted]"),
        ("AUR control number: 591537775", "AUR control number: [redacted]"),
        ("control number 5915 7775", "control number [redacted]"),
        ("Your caller ID: 123456", "Your caller ID: [redacted]"),
        ("phone: 555-0123", "phone: [redacted]"),
        ("ZIP 62701", "ZIP [redacted]"),
        ("CaseID=1234567&x=1", "CaseID=[redacted]4567&x=1"),
        ("case number 1234567", "case number [redacted]4567"),
        ('"CaseID": 12345', '"CaseID": [redacted]2345'),
        ("case 4567", "case 4567"),
        ("Case/CaseInfo/1234567", "Case/CaseInfo/[redacted]4567"),
        ("case number was 1234567", "case number was [redacted]4567"),
        ("caseID=b'1234567'", "caseID=b'[redacted]4567'"),
        ("ssn4=1234, SsnLast4: 1234", "ssn4=[redacted], SsnLast4: [redacted]"),
        ("last-4 1234, ends in 1234", "last-4 [redacted], ends in [redacted]"),
        ("last four digits are 1234", "last four digits are [redacted]"),
        ("TaxpayerID: 1234567", "TaxpayerID: [redacted]"),
        ("HomePhone: 5550123", "HomePhone: [redacted]"),
        ("Phone (home): 555-0123", "Phone (home): [redacted]"),
        ("AccountNumber: 1234567", "AccountNumber: [redacted]"),
        ("PostalCode=62701", "PostalCode=[redacted]"),
        ("734-00-****", "[redacted]****"),
        ("postgresql://user:secret@host:5432/db", "postgresql://[redacted]@host:5432/db"),
        ("https://user:pa%40ss:x@host/", "https://[redacted]@host/"),
        ("{'Authorization': 'Bearer abc'}", "{'Authorization': 'Bearer [redacted]'}"),
        ("Authorization: Basic abcdefgh", "Authorization: Basic [redacted]"),
        ("X-API-Key: made-up-key", "X-API-Key: [redacted]"),
        ("refresh_token=made%2Fup&x=1", "refresh_token=[redacted]&x=1"),
        ("api_key=None", "api_key=None"),
        ('{"lastName": "Page", "found": true}', '{"lastName": "[redacted]", "found": true}'),
        ('{\\"lastName\\": \\"O\'Page\\"}', '{\\"lastName\\": \\"[redacted]\\"}'),
        ("NoticeFields(last_name='PAGE', joint=None)", "NoticeFields(last_name='[redacted]', joint=None)"),
        ("GET https://host/Find?lastName=De%20Page&x=1", "GET https://host/Find?lastName=[redacted]&x=1"),
        (
            "IRS_CORR_CP2000_2023_DTD 01.02.2026_MAY.pdf sent",
            "IRS_CORR_CP2000_2023_DTD 01.02.2026_[redacted].pdf sent",
        ),
        (
            "IRS_CORR_CP%202000_2023_DTD%2001.02.2026_DE%20LA%20PAGE.pdf",
            "IRS_CORR_CP%202000_2023_DTD%2001.02.2026_[redacted].pdf",
        ),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nx", "[redacted]\nx"),
    ],
)
def test_digits_behind_a_label_are_masked(text: str, masked: str) -> None:
    """Digits behind a label, names behind one in quotes or a query, credentials; the label stays."""
    assert redact(text, ClientValues()) == masked


@pytest.mark.parametrize(
    "text",
    [
        "1AbCdEfGhIjKlMnOpQrStUvWxYz012345678",
        "file 1-7Kz_0123456789abcdefXYZ-aB3 was moved",
        "2026-11-24T06:00:01.123Z",
        "2026-11-24T06:00:01.123456789+00:00",
        "2026-11-24 06:00:01,123",
        "2026-11-24",
        "11/24/2026 and 11.24.2026 and 20261124",
        "http://127.0.0.1:38629/runs/flow-run/9220a989-d209-4da2-b846-15d3e1ed951b",
        "prefect 3.8.8, 12.345 s, 1048576 bytes, port 8080, pid 123456",
        "Batch 3: 11 matched, 1 review.",
        "MR-ZXFVEYLXAFZDHZTPKLQCAEKHOV",
        "$1,234.56 and $12,345,678.90",
        '"GET /drive/v3/files?pageSize=1000 HTTP/1.1" 200 104857600 bytes',
        "size=104857600, rss 734003200 bytes, 123456789 ns",
        "epoch 1764050400 and 1764050400.123456",
        "line 120 of /srv/mailroom/mailroom/run/file_pipeline.py:118, in _whole_way",
        "basic settings and bearer tokens are checked",
        "a password is missing; the token: expired",
        "case 12 of 100; account 200 OK; notice CP2000 of tax year 2023",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "retry 2 of 3 after 4.0 s; 503 Service Unavailable",
        "10.20.30.40:5432, 192.168.100.200, ::1",
        "mailroom==0.1.0 python 3.11.2 httpx/0.28.1",
        "no last_name, surname or address was read",
        "100% of %d files, C:\\temp\\notes",
        "123456789 \u00b5s, size 104857600",
        "notices.zip 104857 bytes, in this case 123456 bytes",
        "server_address=('127.0.0.1', 41234), address='::1'",
    ],
)
def test_what_operators_need_stays_readable(text: str) -> None:
    """Drive ids, run ids, dates, addresses of machines, sizes, versions, places in the code."""
    assert redact(text, ClientValues()) == text


@given(st.uuids())
def test_every_uuid_stays_readable(value: uuid.UUID) -> None:
    """Run ids are what people look for."""
    assert redact(f"run {value} ended", ClientValues()) == f"run {value} ended"


@given(st.datetimes(), st.sampled_from([" ", "T"]))
def test_every_time_stamp_stays_readable(moment: object, between: str) -> None:
    """As ISO 8601 writes it, with any fraction of a second."""
    written = str(moment).replace(" ", between)
    assert redact(f"{written} | INFO", ClientValues()) == f"{written} | INFO"


@given(st.text(alphabet="abXY01 -_.@%\\/&+;:'\"(){}x*$", max_size=80))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    """The text beside a mask is searched again."""
    once = redact(text, ClientValues())
    assert redact(once, ClientValues()) == once


# Between four times as long, as the text is, and sixteen times; processor time is noisy.
QUADRATIC = 11


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1",
        "a@",
        "%41",
        "\\u0041",
        "(555",
        "1-",
        "x*",
        " 1",
        "name='",
        "é",
        "&amp;",
        "%",
        "%25",
        "\\",
        "0.",
        "12-eyJ",
    ],
)
def test_long_texts_take_time_by_their_length_only(unit: str) -> None:
    """No pattern searches the same characters repeatedly."""
    assert _find_growth(unit, ClientValues()) < QUADRATIC


def test_long_rows_of_numbers_take_time_by_their_length_only() -> None:
    """Where a number is known, too."""
    registry = ClientValues()
    registry.add([KnownValue("ssn", "734-00-9876")])
    assert _find_growth("12-", registry) < QUADRATIC


def _find_growth(unit: str, registry: ClientValues) -> float:
    """How many times as long a text of four times the length takes: four times, or sixteen."""
    short, long = (unit * (length // len(unit)) for length in (15_000, 60_000))
    # The first redaction of a kind compiles its patterns.
    _seconds(short, registry)
    times = [(_seconds(short, registry), _seconds(long, registry)) for _ in range(2)]
    return min(long for _, long in times) / min(short for short, _ in times)


def _seconds(text: str, registry: ClientValues) -> float:
    """CPU time for a long text with an SSN at its end, which is masked."""
    began = time.thread_time()
    assert "1234" not in redact(f"x {text} @ 734-00-1234", registry)
    return time.thread_time() - began
