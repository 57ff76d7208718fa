"""A labelled corpus of log lines, made by code and always the same: which characters of a line are a client's.

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

GIVEN = [
    "ZOE",
    "JOHN",
    "MARÍA",
    "RENÉE",
    "MAY",
    "PATRICK",
    "LING",
    "AMINA",
    "SEÁN",
    "KATARZYNA",
    "GRACE",
    "WILL",
    "DOLORES",
    "BJÖRN",
]
FIRST_HALVES = [
    "QUILL",
    "FEATH",
    "BRAMB",
    "THORN",
    "WICK",
    "OAKS",
    "MERRI",
    "HOLLO",
    "PEMBER",
    "STARLI",
    "CRANMO",
    "DUNWI",
    "ELSING",
    "FARRA",
    "GOSSAM",
]
SECOND_HALVES = [
    "ERTON",
    "LEBY",
    "FIELDS",
    "HURSTE",
    "MOREAU",
    "BRIDGER",
    "STONER",
    "WELLS",
    "VARGAS",
    "LINGEN",
    "SHAWE",
    "TONEY",
]
# Surnames that are words, short, double, with an apostrophe, an accent, a particle.
SPECIAL = [
    "MAY",
    "PAGE",
    "LEVY",
    "NG",
    "X",
    "O'DUNWICK",
    "QUILL-MOREAU",
    "NÚÑEZ",
    "DE LA VARGAS",
    "McWICKE",
    "MÜLLERON",
]
STREETS = ["ELMWOOD", "BRAMBLE", "CRANMORE", "DUNWICH", "STARLING", "FARRAN", "GOSSAMER", "OAKSHAW"]
KINDS = ["TER", "RD", "AVE", "LN", "CT", "BLVD"]
CITIES = ["SPRINGHOLM/IL/62", "EASTMERE/OH/43", "PORT QUILLEN/NY/11", "DUNWICH FALLS/TX/75"]
HYPHENS = ["-", "\u2011", "\u2013", "\u2212"]


@dataclass(frozen=True)
class Person:
    """A made-up client."""

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
        """What the reader and the CRM tell of the client: ten values."""
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
    """A log line, and the parts of it that must be masked; ``kind`` is of the value, ``pattern``: it has a form."""

    text: str = ""
    secrets: list[tuple[int, int]] = field(default_factory=list)
    kind: str = "none"
    pattern: bool = False


def people(count: int, seed: int = 4) -> list[Person]:
    """So many clients, every tenth with a special surname."""
    chance = random.Random(seed)  # noqa: S311 - made up, and the same each time
    made = []
    for number in range(count):
        surname = f"{chance.choice(FIRST_HALVES)}{chance.choice(SECOND_HALVES)}"
        if number % 10 == 0:
            surname = SPECIAL[number // 10 % len(SPECIAL)]
        given = chance.choice(GIVEN)
        city, state, digits = chance.choice(CITIES).split("/")
        area = chance.choice([*range(734, 750), *range(773, 900)])
        made.append(
            Person(
                given=given,
                surname=surname,
                ssn=f"{area}-{chance.randint(1, 99):02}-{chance.randint(1, 9999):04}",
                phone=f"(555) 555-01{chance.randint(0, 99):02}",
                email=f"{FIRST_HALVES[number % 15].lower()}.{number}@mail.example.com",
                street=f"{chance.randint(100, 9999)} {chance.choice(STREETS)} {chance.choice(KINDS)}",
                city=city,
                state=state,
                zip=f"{digits}{chance.randint(100, 999)}",
                case=str(chance.randint(1_000_000, 9_999_999)),
                control=f"{chance.randint(10_000, 99_999)}-{chance.randint(1000, 9999)}",
            )
        )
    return made


def ssn_forms(person: Person) -> Iterator[str]:
    """With every hyphen, dots, spaces, none; encoded."""
    area, group, serial = person.ssn.split("-")
    for gap in (*HYPHENS, ".", " ", "\u00a0", "", "%2D", "%20", "\\u2011", " - "):
        yield f"{area}{gap}{group}{gap}{serial}"
    yield f"XXX-XX-{serial}"
    yield f"***-**-{serial}"


def phone_forms(person: Person) -> Iterator[str]:
    """With and without brackets, country code, extension."""
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


def name_forms(person: Person) -> Iterator[str]:
    """In order and turned round, in every case, encoded."""
    given, surname = person.given, person.surname
    for shape in (f"{given} {surname}", f"{surname}, {given}", f"{given} Q {surname}"):
        yield from (shape, shape.title(), shape.lower(), urllib.parse.quote(shape), json.dumps(shape)[1:-1])
        yield shape.replace(" ", "+")


def surname_forms(person: Person) -> Iterator[str]:
    """The surname alone, where it is no word of every log."""
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


def address_forms(person: Person) -> Iterator[str]:
    """Whole, the street, city and ZIP; over two lines as JSON writes them."""
    whole = f"{person.street}, {person.city}, {person.state} {person.zip}"
    for form in (whole, person.street, f"{person.city}, {person.state} {person.zip}"):
        yield from (form, form.title(), urllib.parse.quote_plus(form))
    yield json.dumps(f"{person.street}\n{person.city}, {person.state}")[1:-1]


FORMS = {
    "ssn": (ssn_forms, True),
    "phone": (phone_forms, True),
    "email": (lambda one: [one.email, one.email.upper(), one.email.replace("@", "%40")], True),
    "ein": (lambda one: [f"{one.ssn[:2]}-{one.phone[-3:]}{one.case[:4]}"], True),
    "control number": (lambda one: [one.control, one.control.replace("-", "")], True),
    "name": (name_forms, False),
    "surname": (surname_forms, False),
    "address": (address_forms, False),
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


def lines_with_values(clients: list[Person]) -> list[Line]:
    """Each client in some written form of each value, in turn in other surroundings."""
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
                line.secrets = list(_words(form[: len(form) - kept], len(before)))
                made.append(line)
    return made


def _words(form: str, start: int) -> Iterator[tuple[int, int]]:
    """Where the parts of a value stand; a comma, a space or a line's end between them, encoded, is none."""
    at = 0
    for between in [*re.finditer(r"%2C|%20|\\n", form), None]:
        end = between.start() if between else len(form)
        if at < end:
            yield start + at, start + end
        at = between.end() if between else end


def usual_lines(count: int, seed: int = 4) -> list[Line]:
    """What a run writes that holds nothing of a client, about 120 characters each."""
    chance = random.Random(seed)  # noqa: S311 - made up, and the same each time
    return [Line(_usual(chance)) for _ in range(count)]


def _usual(chance: random.Random) -> str:
    drive = "1" + "".join(
        chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", k=32)
    )
    run = uuid.UUID(int=chance.getrandbits(128), version=4)
    number, size = chance.randint(1, 999), chance.randint(10_000, 6_000_000)
    stamp = f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    at = f"{stamp} {chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02},{chance.randint(0, 999):03}"
    seconds = chance.random() * 20
    return chance.choice(
        [
            f"{at} | INFO    | mailroom.run.batch - Batch {number}: 71 matched, 3 unmatched, 26 in review, in {seconds:.2f} s, run {run}",
            f"{at} | INFO    | prefect.flow_runs - Finished in state Completed() for flow run '{stamp} {number} files' of {run}",
            f"{at} | WARNING | mailroom.drive.client - drive_429 (file={drive}); repeated after {seconds:.1f} s, call 2 of 4",
            f'{at} | INFO    | uvicorn.access - 127.0.0.1:{40000 + number} - "POST /api/task_runs/{run}/set_state HTTP/1.1" 201',
            f"{at} | DEBUG   | mailroom.drive.download - {drive}: chunk 1 of 3, {size} bytes of {size * 3}, md5 {chance.getrandbits(128):032x}",
            f'  File "/srv/mailroom/.venv/lib/python3.11/site-packages/httpx/_client.py", line {number}, in _send_single_request (pid {size})',
            f"{at} | ERROR   | mailroom.run.file_pipeline - A file met a bug in the mail room: KeyError at pipeline.py:{number}, notice CP2000 of 2023",
            f"{stamp}T06:00:01.{size:07d}+00:00 prefect 3.8.8, httpx 0.28.1, python 3.11.2, worker on port {8000 + number}, peak rss {size * 40} bytes",
            f"{at} | INFO    | mailroom.run.report - $1,{number:03}.50 in dues; 4.1 calls a second, most in 100 s: {number}; may run to page {number}",
            f"{at} | INFO    | mailroom.delivery - MR-ZXFVEYLXAFZDHZTPKLQCAEKHOV-D confirmed, document {size}, task {size + 7}, due {stamp}",
        ]
    )
