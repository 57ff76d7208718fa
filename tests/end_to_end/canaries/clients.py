"""The clients that are planted: names that occur nowhere else, and every kind of value that a client has.

Drawn by lot, so that tests that run beside each other look for clients of their own. Everybody is made up;
SSNs are from areas that were never issued, phones from 555-01xx.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from mailroom.sandbox import seeding
from mailroom.sandbox.generator.scans import Scanner, scan
from mailroom.sandbox.store import Store
from tests.corpora.handmade.blocks import IRS, put_rows, put_summary
from tests.corpora.handmade.pages import Page, build_pdf

SYLLABLES = "quax zil wup dro fyx gwen jool kvo plox mirg zab hux tov yerk brim".split()  # noqa: SIM905 - a list to be read
# As people and systems write the nine digits.
SSN_FORMS = (
    "{0}-{1}-{2}",
    "{0}{1}{2}",
    "{0} {1} {2}",
    "{0}.{1}.{2}",
    "{0}\N{NON-BREAKING HYPHEN}{1}\N{NON-BREAKING HYPHEN}{2}",
    "{0}\N{EN DASH}{1}\N{EN DASH}{2}",
    "{0}\N{NO-BREAK SPACE}{1}\N{NO-BREAK SPACE}{2}",
    "{0}/{1}/{2}",
)
PHONE_FORMS = ("({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "+1 {0} {1} {2}", "1-{0}-{1}-{2} x17")


@dataclass(frozen=True)
class Client:
    """One client, a second taxpayer on the same return, and who else the notice names: a payer of income, and
    the client's representative.
    """

    first: str
    last: str
    spouse_first: str
    spouse_last: str
    ssn: str
    spouse_ssn: str
    street: str
    city: str
    zip: str
    phone: str
    email: str
    case_id: int
    aur: str
    payer: str
    representative: str

    @classmethod
    def by_lot(cls, lot: Random) -> Client:
        """A client by lot, with data that occurs nowhere else."""
        last, city = _word(lot, 4), _word(lot, 3)
        first, spouse_first = _word(lot, 3), _word(lot, 3)
        return cls(
            first,
            last,
            spouse_first,
            _word(lot, 4),
            f"{lot.randrange(773, 900)}{lot.randrange(10, 100)}{lot.randrange(1000, 10000)}",
            f"{lot.randrange(734, 750)}{lot.randrange(10, 100)}{lot.randrange(1000, 10000)}",
            f"{lot.randrange(1000, 10000)} {_word(lot, 3)} Lane",
            city,
            f"{lot.randrange(10000, 100000)}",
            f"{lot.randrange(201, 990)}55501{lot.randrange(10, 100)}",
            f"{first}.{last}@{city}.example".lower(),
            lot.randrange(10_000_000, 100_000_000),
            f"{lot.randrange(10000, 100000)}-{lot.randrange(1000, 10000)}",
            f"{_word(lot, 3)} Savings",
            f"{_word(lot, 3)} {_word(lot, 3)}",
        )

    def ssn_forms(self) -> list[str]:
        """Every written form of the SSN."""
        return [form.format(self.ssn[:3], self.ssn[3:5], self.ssn[5:]) for form in SSN_FORMS]

    def phone_forms(self) -> list[str]:
        """Every written form of the phone number."""
        return [form.format(self.phone[:3], self.phone[3:6], self.phone[6:]) for form in PHONE_FORMS]

    def forms(self) -> Iterator[str]:
        """Whatever of this client may be written somewhere, in each form."""
        yield from (f"{self.first} {self.last}", self.last.upper(), f"{self.last}, {self.first}")
        yield from (f"{self.spouse_first} {self.spouse_last}", self.email)
        yield f"{self.street}, {self.city}, OH {self.zip}"
        yield from (*self.ssn_forms(), *self.phone_forms())
        yield from (f"case {self.case_id}", f"AUR control number {self.aur}")

    def text(self) -> str:
        """All of it in one line, as an exception or a careless log call would say it."""
        return " | ".join(self.forms())

    def case(self) -> dict[str, object]:
        """The client's case, as the CRM has it."""
        return {
            "CaseID": self.case_id,
            "FirstName": self.first,
            "LastName": self.last,
            "SpouseFirstName": self.spouse_first,
            "SpouseLastName": self.spouse_last,
            "SSN": self.ssn_forms()[0],
            "SpouseSSN": self.spouse_ssn,
            "SetOfficerID": 7001,
            "StatusName": "Active",
            "Address": self.street,
            "City": self.city,
            "State": "OH",
            "Zip": self.zip,
            "CellPhone": self.phone_forms()[0],
            "Email": self.email,
        }

    def notice(self, kind: str = "CP2000") -> bytes:
        """A notice to this client, which says everything about them; not compressed, so that a copy is
        found.
        """
        page = Page()
        page.put(36, 40, IRS)
        block = (("Notice", kind), ("Tax year", "2022"), ("Notice date", "October 7, 2024"))
        numbers = (("Social Security number", self.ssn_forms()[0]), ("AUR control number", self.aur))
        put_rows(page, 360, 40, (*block, *numbers), 490)
        page.put(60, 180, f"{self.first} {self.last}\n{self.street}\n{self.city}, OH {self.zip}".upper())
        headline = (
            "Proposed changes to your 2022 Form 1040" if kind == "CP2000" else "Notice of intent to levy"
        )
        page.put(36, 300, headline, 15)
        page.put(36, 320, "Please respond by November 6, 2024, whether you agree or not.")
        below = put_summary(page, 345)
        answer = Page()
        answer.put(36, 40, f"Response form {kind}   Page 2 of 2")
        lines = [f"Reach me: {text}" for text in (*self.ssn_forms(), *self.phone_forms(), self.email)]
        lines += [f"{self.payer.upper()}   Form 1099-INT   $0   $3,217"]
        lines += [f"We are sending a copy of this notice to your representative, {self.representative}, CPA."]
        for row, line in enumerate(lines):
            answer.put(36, below + 14 * row, line)
        return build_pdf([page, answer], compressed=False)


def _word(lot: Random, syllables: int) -> str:
    return "".join(lot.choices(SYLLABLES, k=syllables)).capitalize()


@dataclass(frozen=True)
class Clients:
    """A day's clients, and what is in the inbox for each of them.

    Attributes:
        everyone: the clients.
        scanned: whether one of their notices is a scan; each run then takes seconds of CPU time to read it.
    """

    everyone: list[Client] = field(default_factory=list)
    scanned: bool = False

    @classmethod
    def of(cls, seed: str, number: int = 12, *, scanned: bool = False) -> Clients:
        """So many, always the same for a seed."""
        lot = Random(seed)
        return cls([Client.by_lot(lot) for _ in range(number)], scanned)

    def mail(self) -> Iterator[tuple[str, str, bytes]]:
        """Subfolder, file name and content: of each outcome something."""
        for number, client in enumerate(self.everyone):
            name = f"{client.last} {client.first} {client.ssn_forms()[0]} CP2000.pdf"
            folder = f"{client.last}, {client.first}" if number % 2 else ""
            paper = client.notice("CP504" if number == 9 else "CP2000")
            if self.scanned and number == 5:
                paper = scan(paper, Scanner(dpi=150, quality=70), Random(0))
            yield folder, name, paper
        one, other = self.everyone[0], self.everyone[10]
        yield "", f"again {one.last}.pdf", one.notice()
        yield "", f"{other.last} broken.pdf", f"%PDF-1.4 {other.text()}".encode()
        yield "", f"{other.last} empty.pdf", b""

    def cases(self) -> Iterator[dict[str, object]]:
        """All but two have a case; one case has the SSN of another client under its own surname."""
        for number, client in enumerate(self.everyone):
            if number == 8:
                yield {**client.case(), "LastName": self.everyone[10].last}
            elif number not in (6, 7):
                yield client.case()

    def seed_state(self, state: Path) -> None:
        """Fill a sandbox's state with all of it."""
        store = Store(state)
        store.begin()
        inbox = seeding.ensure_inbox(store)
        folders = {"": inbox}
        for folder, name, content in self.mail():
            if folder not in folders:
                folders[folder] = store.add_folder(folder, inbox)
            store.add_file(name, folders[folder], content, created="2026-11-02T08:15:30.000Z")
        for case in self.cases():
            seeding.add_case(store, case)
        store.commit()
        store.close()

    def gossip(self) -> str:
        """What a system's answer to a failed call may say about somebody."""
        return self.everyone[0].text()
