"""Log lines, made by code and always the same, with the characters that are client data.

All people are made up: SSNs of areas that are not assigned (734-749, 773-899), phones 555-01xx, mail of
example.com. Half of the lines hold a client's value in one of its written forms, the others none; these are
what a run really writes: ids, times, sizes, versions, statuses, tracebacks.
"""

from __future__ import annotations

import json
import random
import re
import urllib.parse
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailroom.privacy.client_data import KnownValue

GIVEN = (
    "ZOE", "JOHN", "MARÍA", "RENÉE", "MAY", "PATRICK", "LING", "AMINA", "SEÁN", "KATARZYNA", "GRACE",
    "WILL", "DOLORES", "BJÖRN",
)  # fmt: skip
FIRST_HALVES = (
    "QUILL", "FEATH", "BRAMB", "THORN", "WICK", "OAKS", "MERRI", "HOLLO", "PEMBER", "STARLI", "CRANMO",
    "DUNWI", "ELSING", "FARRA", "GOSSAM",
)  # fmt: skip
SECOND_HALVES = (
    "ERTON", "LEBY", "FIELDS", "HURSTE", "MOREAU", "BRIDGER", "STONER", "WELLS", "VARGAS", "LINGEN",
    "SHAWE", "TONEY",
)  # fmt: skip
# Surnames that are words, short, double, with an apostrophe, an accent, a particle.
SPECIAL = (
    "MAY", "PAGE", "LEVY", "NG", "X", "O'DUNWICK", "QUILL-MOREAU", "NÚÑEZ", "DE LA VARGAS", "McWICKE",
    "MÜLLERON",
)  # fmt: skip
STREETS = ["ELMWOOD", "BRAMBLE", "CRANMORE", "DUNWICH", "STARLING", "FARRAN", "GOSSAMER", "OAKSHAW"]
KINDS = ["TER", "RD", "AVE", "LN", "CT", "BLVD"]
CITIES = ["SPRINGHOLM/IL/62", "EASTMERE/OH/43", "PORT QUILLEN/NY/11", "DUNWICH FALLS/TX/75"]
HYPHENS = ["-", "\u2011", "\u2013", "\u2212"]


@dataclass(frozen=True)
class Person:
    """A made-up client: the names, numbers and addresses that a log may hold."""

    given: str
    surname: str
    ssn: str
    phone: str
    email: str
    street: str
    city: str
    state: str
    zip: str
    case: str
    control: str

    def known(self) -> list[KnownValue]:
        """Return what the reader and the CRM know of the client: ten values."""
        return [
            KnownValue("name", f"{self.given} Q {self.surname}"),
            KnownValue("name", f"{self.given} {self.surname}"),
            KnownValue("name", self.given),
            KnownValue("name", self.surname),
            KnownValue("ssn", self.ssn),
            KnownValue("phone", self.phone),
            KnownValue("email", self.email),
            KnownValue("address", f"{self.street}, {self.city}, {self.state} {self.zip}"),
            KnownValue("case", self.case),
            KnownValue("number", self.control),
        ]


@dataclass
class Line:
    """A log line, the spans to mask, the ``kind`` of value, and whether a ``pattern`` can know it."""

    text: str = ""
    secrets: list[tuple[int, int]] = field(default_factory=list)
    kind: str = "none"
    pattern: bool = False


def make_people(count: int, seed: int = 4) -> list[Person]:
    """Return ``count`` clients, every tenth with a special surname."""
    rng = random.Random(seed)  # noqa: S311 - must be the same in every run
    made = []
    for number in range(count):
        surname = f"{rng.choice(FIRST_HALVES)}{rng.choice(SECOND_HALVES)}"
        if number % 10 == 0:
            surname = SPECIAL[number // 10 % len(SPECIAL)]
        given = rng.choice(GIVEN)
        city, state, digits = rng.choice(CITIES).split("/")
        area = rng.choice([*range(734, 750), *range(773, 900)])
        made.append(
            Person(
                given=given,
                surname=surname,
                ssn=f"{area}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}",
                phone=f"(555) 555-01{rng.randint(0, 99):02}",
                email=f"{FIRST_HALVES[number % 15].lower()}.{number}@mail.example.com",
                street=f"{rng.randint(100, 9999)} {rng.choice(STREETS)} {rng.choice(KINDS)}",
                city=city,
                state=state,
                zip=f"{digits}{rng.randint(100, 999)}",
                case=str(rng.randint(1_000_000, 9_999_999)),
                control=f"{rng.randint(10_000, 99_999)}-{rng.randint(1000, 9999)}",
            )
        )
    return made


def spell_ssn(person: Person) -> Iterator[str]:
    """Yield the SSN with every hyphen, dots, spaces and none; encoded; masked."""
    area, group, serial = person.ssn.split("-")
    for gap in (*HYPHENS, ".", " ", "\u00a0", "", "%2D", "%20", "\\u2011", " - "):
        yield f"{area}{gap}{group}{gap}{serial}"
    yield f"XXX-XX-{serial}"
    yield f"***-**-{serial}"


def spell_phone(person: Person) -> Iterator[str]:
    """Yield the phone number with and without brackets, country code and extension."""
    last = person.phone[-4:]
    for form in (
        "(555) 555-{}",
        "555-555-{}",
        "555.555.{}",
        "555 555 {}",
        "(555)555-{}",
        "555555{}",
        "+1 555 555 {}",
    ):
        yield form.format(last)
    for form in (
        "+1-555-555-{}",
        "+1555555{}",
        "1-555-555-{}",
        "1 (555) 555-{}",
        "555-555-{} x12",
        "(555) 555-{} ext. 7",
    ):
        yield form.format(last)


def spell_name(person: Person) -> Iterator[str]:
    """Yield the name in both orders, in every case, encoded."""
    given, surname = person.given, person.surname
    for shape in (f"{given} {surname}", f"{surname}, {given}", f"{given} Q {surname}"):
        yield from (shape, shape.title(), shape.lower(), urllib.parse.quote(shape), json.dumps(shape)[1:-1])
        yield shape.replace(" ", "+")


def spell_surname(person: Person) -> Iterator[str]:
    """Yield the surname alone, unless it is a word that every log contains."""
    if person.surname not in SPECIAL[:5]:
        surname = person.surname
        yield from (
            surname,
            surname.title(),
            surname.lower(),
            urllib.parse.quote(surname),
            json.dumps(surname)[1:-1],
        )
        yield surname.replace("-", "").replace("'", "").replace(" ", "")


def spell_address(person: Person) -> Iterator[str]:
    """Yield the whole address, the street, city and ZIP; on two lines as JSON writes them."""
    whole = f"{person.street}, {person.city}, {person.state} {person.zip}"
    for form in (whole, person.street, f"{person.city}, {person.state} {person.zip}"):
        yield from (form, form.title(), urllib.parse.quote_plus(form))
    yield json.dumps(f"{person.street}\n{person.city}, {person.state}")[1:-1]


FORMS = {
    "ssn": (spell_ssn, True),
    "phone": (spell_phone, True),
    "email": (lambda one: [one.email, one.email.upper(), one.email.replace("@", "%40")], True),
    "ein": (lambda one: [f"{one.ssn[:2]}-{one.phone[-3:]}{one.case[:4]}"], True),
    "control number": (lambda one: [one.control, one.control.replace("-", "")], True),
    "name": (spell_name, False),
    "surname": (spell_surname, False),
    "address": (spell_address, False),
    "case number": (lambda one: [one.case], False),
}
AROUND = [
    "ValueError: could not read {}",
    "mailroom.notices - of {} on page 1 of 6",
    '{{"value": "{}", "found": true}}',
    "HTTP Request: GET https://crm.example.com/api/Find?value={}&details=true",
    "    value = '{}'",
    "DEBUG | pdfminer.psparser - nexttoken: ({},)",
    "Case of {}: 1 task, 2 documents in 1.25 s",
]


def make_lines_with_values(clients: list[Person]) -> list[Line]:
    """Return each client's values in some of their forms, each in another kind of line."""
    made = []
    for number, person in enumerate(clients):
        for at, (kind, (forms, pattern)) in enumerate(FORMS.items()):
            every = list(forms(person))
            for form in every[number % 3 :: 3] if len(every) > 3 else every:
                before, after = (
                    AROUND[(number + at + len(made)) % len(AROUND)]
                    .replace("{{", "{")
                    .replace("}}", "}")
                    .split("{}")
                )
                line = Line(before + form + after, kind=kind, pattern=pattern)
                kept = 4 if kind == "case number" else 0
                line.secrets = list(_split_value(form[: len(form) - kept], len(before)))
                made.append(line)
    return made


def _split_value(form: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of a value's parts, without encoded commas, spaces and line ends."""
    at = 0
    for between in [*re.finditer(r"%2C|%20|\\n", form), None]:
        end = between.start() if between else len(form)
        if at < end:
            yield start + at, start + end
        at = between.end() if between else end


def make_usual_lines(count: int, seed: int = 4) -> list[Line]:
    """Return lines of a run without client data, about 120 characters each."""
    rng = random.Random(seed)  # noqa: S311 - must be the same in every run
    return [Line(_make_usual_line(rng)) for _ in range(count)]


def _make_usual_line(rng: random.Random) -> str:
    drive = "1" + "".join(
        rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", k=32)
    )
    run = uuid.UUID(int=rng.getrandbits(128), version=4)
    number, size = rng.randint(1, 999), rng.randint(10_000, 6_000_000)
    stamp = f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    at = f"{stamp} {rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02},{rng.randint(0, 999):03}"
    seconds = rng.random() * 20
    return rng.choice(
        [
            f"{at} | INFO    | mailroom.run.batch - Batch {number}: 71 matched, 3 unmatched, 26 in review, in {seconds:.2f} s, run {run}",
            f"{at} | INFO    | prefect.flow_runs - Finished in state Completed() for flow run '{stamp} {number} files' of {run}",
            f"{at} | WARNING | mailroom.drive.client - drive_429 (file={drive}); repeated after {seconds:.1f} s, call 2 of 4",
            f'{at} | INFO    | uvicorn.access - 127.0.0.1:{40000 + number} - "POST /api/task_runs/{run}/set_state HTTP/1.1" 201',
            f"{at} | DEBUG   | mailroom.drive.download - {drive}: chunk 1 of 3, {size} bytes of {size * 3}, md5 {rng.getrandbits(128):032x}",
            f'  File "/srv/mailroom/.venv/lib/python3.11/site-packages/httpx/_client.py", line {number}, in _send_single_request (pid {size})',
            f"{at} | ERROR   | mailroom.run.file_pipeline - A file met a bug in the mail room: KeyError at pipeline.py:{number}, notice CP2000 of 2023",
            f"{stamp}T06:00:01.{size:07d}+00:00 prefect 3.8.8, httpx 0.28.1, python 3.11.2, worker on port {8000 + number}, peak rss {size * 40} bytes",
            f"{at} | INFO    | mailroom.run.report - $1,{number:03}.50 in dues; 4.1 calls a second, most in 100 s: {number}; may run to page {number}",
            f"{at} | INFO    | mailroom.delivery - MR-ZXFVEYLXAFZDHZTPKLQCAEKHOV-D confirmed, document {size}, task {size + 7}, due {stamp}",
        ]
    )
