"""The values of the clients whose files are in flight, and where they turn up in a text.

Registered as soon as they are read, kept while the file is worked on and a while longer, until the log records
of that time are flushed. Bounded in number, so that memory stays flat and surnames do not come to mask ordinary
words. Safe for threads: lines without a known run of letters or digits take no lock.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from mailroom.privacy.forms import KEPT, Form, Forms, Known
from mailroom.privacy.ordinary_words import is_ordinary
from mailroom.privacy.private import ClientData

# Prefect sends its log records every two seconds, and again after a failure.
GRACE_SECONDS = 120.0
# Clients whose files are done and that are kept for that time.
MOST_DONE = 1000
# A line with one of these may name somebody by an ordinary word.
LABELS = frozenset(
    "name names surname lastname firstname middlename taxpayer taxpayers spouse client customer sname fname "  # noqa: SIM905 - a list to be read
    "spouselastname spousefirstname slastname sfirstname fullname taxpayername clientname mr mrs ms miss dr dear".split()
)

Data = TypeVar("Data", bound=ClientData)


class Client(ClientData):
    """One client in flight: a name for the owner of registered forms, compared by identity."""

    __slots__ = ("forms", "until")

    def __init__(self) -> None:
        self.forms = Forms()
        self.until = 0.0


class KnownValues:
    """A registry of values.

    Args:
        grace: seconds that a client's values stay when its file is done.
        most_done: clients at most that are kept for that reason.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        grace: float = GRACE_SECONDS,
        most_done: int = MOST_DONE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._grace = grace
        self._most_done = most_done
        self._clock = clock
        # A log call in a destructor may come while this thread registers something.
        self.lock = threading.RLock()
        self._owners: dict[Form, set[Client]] = {}
        self._numbers: dict[str, set[Client]] = {}
        self._cases: dict[Form, set[Client]] = {}
        # By first run, how long the forms are that begin with it, and how many of each length.
        self._lengths: dict[str, Counter[int]] = {}
        # The run of each form that other texts are least likely to have.
        self._anchors: Counter[str] = Counter()
        # Ordinary words that are names too: looked for only beside a label or another name.
        self._ordinary: Counter[str] = Counter()
        self._done: deque[Client] = deque()
        self._current: ContextVar[Client | None] = ContextVar("client", default=None)

    def __len__(self) -> int:
        """How many forms are known."""
        return len(self._owners) + len(self._numbers) + len(self._cases)

    @contextmanager
    def in_flight(self, values: Iterable[Known] = ()) -> Iterator[None]:
        """What is added within the block, by this thread, is one client's, and stays for its length and the grace."""
        client = Client()
        before = self._current.set(client)
        try:
            self.add(values)
            yield
        finally:
            self._current.reset(before)
            self._retire(client)

    def add(self, values: Iterable[Known]) -> None:
        """Take in values of the client in flight; without one, as of a client whose file is just done."""
        client = self._current.get()
        forms = Forms()
        for value in values:
            forms.add(value)
        owner = client or Client()
        with self.lock:
            self._register(owner, forms)
        if client is None:
            self._retire(owner)

    def _register(self, client: Client, forms: Forms) -> None:
        for form in forms.sequences - client.forms.sequences:
            self._own(self._owners, form, client)
        for form in forms.cases - client.forms.cases:
            self._own(self._cases, form, client)
        for number in forms.numbers - client.forms.numbers:
            self._numbers.setdefault(number, set()).add(client)
        client.forms.sequences |= forms.sequences
        client.forms.cases |= forms.cases
        client.forms.numbers |= forms.numbers
        client.forms.sums |= forms.sums

    def _own(self, table: dict[Form, set[Client]], form: Form, client: Client) -> None:
        owners = table.setdefault(form, set())
        if not owners:
            self._lengths.setdefault(form[0], Counter())[len(form)] += 1
            counts, run = self._anchored(form)
            counts[run] += 1
        owners.add(client)

    def _retire(self, client: Client) -> None:
        with self.lock:
            now = self._clock()
            client.until = now + self._grace
            self._done.append(client)
            while self._done and (self._done[0].until <= now or len(self._done) > self._most_done):
                self._forget(self._done.popleft())

    def _forget(self, client: Client) -> None:
        for form in client.forms.sequences:
            self._disown(self._owners, form, client)
        for form in client.forms.cases:
            self._disown(self._cases, form, client)
        for number in client.forms.numbers:
            self._numbers[number].discard(client)
            if not self._numbers[number]:
                del self._numbers[number]

    def _disown(self, table: dict[Form, set[Client]], form: Form, client: Client) -> None:
        table[form].discard(client)
        if table[form]:
            return
        del table[form]
        lengths = self._lengths[form[0]]
        _count_down(lengths, len(form))
        if not lengths:
            del self._lengths[form[0]]
        _count_down(*self._anchored(form))

    def _anchored(self, form: Form) -> tuple[Counter[str], str]:
        """Where the form's anchor is counted, and the anchor."""
        if len(form) == 1 and is_ordinary(form[0]):
            return self._ordinary, form[0]
        return self._anchors, anchor(form)

    def may_be_in(self, words: AbstractSet[str]) -> bool:
        """Whether a text of these runs may hold a known form; the look that most lines end with."""
        if not self._anchors.keys().isdisjoint(words):
            return True
        return not LABELS.isdisjoint(words) and not self._ordinary.keys().isdisjoint(words)

    def has_numbers(self) -> bool:
        """Whether any number is known."""
        return bool(self._numbers)

    def longest_at(self, words: list[str], start: int) -> tuple[int, AbstractSet[Client], int] | None:
        """The longest form that begins with this run: how many runs, whose it is, and how many digits it keeps."""
        lengths = self._lengths.get(words[start])
        for length in sorted(lengths, reverse=True) if lengths else ():
            form = tuple(words[start : start + length])
            if len(form) < length:
                continue  # the text ends before
            if (owners := self._owners.get(form)) is not None:
                return length, owners, 0
            if (owners := self._cases.get(form)) is not None:
                return length, owners, KEPT
        return None

    def owners_of_number(self, digits: str) -> AbstractSet[Client]:
        """Whose number that is, however it is grouped."""
        return self._numbers.get(digits, frozenset())


def anchor(form: Form) -> str:
    """The run by which a form is looked for first."""
    return max(form, key=lambda run: (not is_ordinary(run) and run.isalpha(), len(run), run))


def _count_down(counts: Counter[Any], key: object) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


# What this process knows; redaction looks here.
KNOWN = KnownValues()


def noted(data: Data) -> Data:
    """The same, with its values registered: for each place where a client's data comes in."""
    KNOWN.add(data.known_values())
    return data
