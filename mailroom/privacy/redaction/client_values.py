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

from mailroom.privacy.client_data import ClientData, KnownValue
from mailroom.privacy.redaction.common_words import is_common_word
from mailroom.privacy.redaction.variants import KEPT, Variant, Variants

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


class InFlightClient(ClientData):
    """One client in flight: a name for the owner of registered variants, compared by identity."""

    __slots__ = ("until", "variants")

    def __init__(self) -> None:
        self.variants = Variants()
        self.until = 0.0


class ClientValues:
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
        self._owners: dict[Variant, set[InFlightClient]] = {}
        self._numbers: dict[str, set[InFlightClient]] = {}
        self._cases: dict[Variant, set[InFlightClient]] = {}
        # By first run, how long the variants are that begin with it, and how many of each length.
        self._lengths: dict[str, Counter[int]] = {}
        # The run of each variant that other texts are least likely to have.
        self._anchors: Counter[str] = Counter()
        # Ordinary words that are names too: looked for only beside a label or another name.
        self._common_words: Counter[str] = Counter()
        self._done: deque[InFlightClient] = deque()
        self._current: ContextVar[InFlightClient | None] = ContextVar("client", default=None)

    def __len__(self) -> int:
        """How many variants are known."""
        return len(self._owners) + len(self._numbers) + len(self._cases)

    @contextmanager
    def in_flight(self, values: Iterable[KnownValue] = ()) -> Iterator[None]:
        """What is added within the block, by this thread, is one client's, and stays for its length and the grace."""
        client = InFlightClient()
        before = self._current.set(client)
        try:
            self.add(values)
            yield
        finally:
            self._current.reset(before)
            self._retire(client)

    def add(self, values: Iterable[KnownValue]) -> None:
        """Take in values of the client in flight; without one, as of a client whose file is just done."""
        client = self._current.get()
        variants = Variants()
        for value in values:
            variants.add(value)
        owner = client or InFlightClient()
        with self.lock:
            self._register(owner, variants)
        if client is None:
            self._retire(owner)

    def _register(self, client: InFlightClient, variants: Variants) -> None:
        for variant in variants.sequences - client.variants.sequences:
            self._add_owner(self._owners, variant, client)
        for variant in variants.cases - client.variants.cases:
            self._add_owner(self._cases, variant, client)
        for number in variants.numbers - client.variants.numbers:
            self._numbers.setdefault(number, set()).add(client)
        client.variants.sequences |= variants.sequences
        client.variants.cases |= variants.cases
        client.variants.numbers |= variants.numbers
        client.variants.amounts |= variants.amounts

    def _add_owner(
        self, table: dict[Variant, set[InFlightClient]], variant: Variant, client: InFlightClient
    ) -> None:
        owners = table.setdefault(variant, set())
        if not owners:
            self._lengths.setdefault(variant[0], Counter())[len(variant)] += 1
            counts, run = self._find_anchor_count(variant)
            counts[run] += 1
        owners.add(client)

    def _retire(self, client: InFlightClient) -> None:
        with self.lock:
            now = self._clock()
            client.until = now + self._grace
            self._done.append(client)
            while self._done and (self._done[0].until <= now or len(self._done) > self._most_done):
                self._forget(self._done.popleft())

    def _forget(self, client: InFlightClient) -> None:
        for variant in client.variants.sequences:
            self._remove_owner(self._owners, variant, client)
        for variant in client.variants.cases:
            self._remove_owner(self._cases, variant, client)
        for number in client.variants.numbers:
            self._numbers[number].discard(client)
            if not self._numbers[number]:
                del self._numbers[number]

    def _remove_owner(
        self, table: dict[Variant, set[InFlightClient]], variant: Variant, client: InFlightClient
    ) -> None:
        table[variant].discard(client)
        if table[variant]:
            return
        del table[variant]
        lengths = self._lengths[variant[0]]
        _decrement(lengths, len(variant))
        if not lengths:
            del self._lengths[variant[0]]
        _decrement(*self._find_anchor_count(variant))

    def _find_anchor_count(self, variant: Variant) -> tuple[Counter[str], str]:
        """Where the variant's anchor is counted, and the anchor."""
        if len(variant) == 1 and is_common_word(variant[0]):
            return self._common_words, variant[0]
        return self._anchors, choose_anchor(variant)

    def may_match(self, words: AbstractSet[str]) -> bool:
        """Whether a text of these runs may hold a known variant; the look that most lines end with."""
        if not self._anchors.keys().isdisjoint(words):
            return True
        return not LABELS.isdisjoint(words) and not self._common_words.keys().isdisjoint(words)

    def has_numbers(self) -> bool:
        """Whether any number is known."""
        return bool(self._numbers)

    def find_longest_at(
        self, words: list[str], start: int
    ) -> tuple[int, AbstractSet[InFlightClient], int] | None:
        """The longest variant that begins with this run: how many runs, whose it is, and how many digits it keeps."""
        lengths = self._lengths.get(words[start])
        for length in sorted(lengths, reverse=True) if lengths else ():
            variant = tuple(words[start : start + length])
            if len(variant) < length:
                continue  # the text ends before
            if (owners := self._owners.get(variant)) is not None:
                return length, owners, 0
            if (owners := self._cases.get(variant)) is not None:
                return length, owners, KEPT
        return None

    def find_owners_of_number(self, digits: str) -> AbstractSet[InFlightClient]:
        """Whose number that is, however it is grouped."""
        return self._numbers.get(digits, frozenset())


def choose_anchor(variant: Variant) -> str:
    """The run by which a variant is looked for first."""
    return max(variant, key=lambda run: (not is_common_word(run) and run.isalpha(), len(run), run))


def _decrement(counts: Counter[Any], key: object) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


# What this process knows; redaction looks here.
CLIENT_VALUES = ClientValues()


def register(data: Data) -> Data:
    """The same, with its values registered: for each place where a client's data comes in."""
    CLIENT_VALUES.add(data.known_values())
    return data
