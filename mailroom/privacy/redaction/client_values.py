"""The registry of client values that redaction masks: those of the files that this process works on.

A value is registered as soon as it is read, and kept while its file is processed and for two more minutes,
until the log records of that time are sent. The number of clients is limited, so that memory use stays
constant and old surnames do not mask common words. The registry is safe for threads; a text without any known
run takes no lock.
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
# The most clients that are kept after their files are done.
MOST_DONE = 1000
# In a line with one of these words, a common word may be a name.
LABELS = frozenset(
    "name names surname lastname firstname middlename taxpayer taxpayers spouse client customer sname fname "  # noqa: SIM905 - shorter than a list
    "spouselastname spousefirstname slastname sfirstname fullname taxpayername clientname mr mrs ms miss dr dear".split()
)

Data = TypeVar("Data", bound=ClientData)


class InFlightClient(Variants):
    """The owner of registered variants: the client of one file in work. Compared by identity.

    ``until``: when to forget the client, in seconds of the registry's clock.
    """

    until = 0.0


Owners = dict[Variant, set[InFlightClient]]


class ClientValues:
    """A registry of client values; `CLIENT_VALUES` is the one that logging uses.

    Args:
        grace: seconds for which the values of a client are kept after its file is done.
        most_done: the most clients that are kept after their files are done.
        clock: returns monotonic seconds.
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
        # Reentrant: a destructor may log while this thread registers a value.
        self.lock = threading.RLock()
        self._owners: Owners = {}
        self._numbers: dict[str, set[InFlightClient]] = {}
        self._cases: Owners = {}
        # First run of the known variants -> their lengths, and how many there are of each length.
        self._lengths: dict[str, Counter[int]] = {}
        # The run of each variant that is least likely in other texts.
        self._anchors: Counter[str] = Counter()
        # Names that are common words: they count only behind a label or beside another name.
        self._common_words: Counter[str] = Counter()
        self._done: deque[InFlightClient] = deque()
        self._current: ContextVar[InFlightClient | None] = ContextVar("client", default=None)

    def __len__(self) -> int:
        """Return how many variants are known."""
        return len(self._owners) + len(self._numbers) + len(self._cases)

    @contextmanager
    def in_flight(self, values: Iterable[KnownValue] = ()) -> Iterator[None]:
        """Assign the values that this thread adds in the block to one client, which then has its grace."""
        client = InFlightClient()
        before = self._current.set(client)
        try:
            self.add(values)
            yield
        finally:
            self._current.reset(before)
            self._retire(client)

    def add(self, values: Iterable[KnownValue]) -> None:
        """Add values of the current client; outside of `in_flight`, of a client whose file is just done."""
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
        for variant in variants.sequences - client.sequences:
            self._add_owner(self._owners, variant, client)
        for variant in variants.cases - client.cases:
            self._add_owner(self._cases, variant, client)
        for number in variants.numbers - client.numbers:
            self._numbers.setdefault(number, set()).add(client)
        client.sequences |= variants.sequences
        client.cases |= variants.cases
        client.numbers |= variants.numbers
        client.amounts |= variants.amounts

    def _add_owner(self, table: Owners, variant: Variant, client: InFlightClient) -> None:
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
        for variant in client.sequences:
            self._remove_owner(self._owners, variant, client)
        for variant in client.cases:
            self._remove_owner(self._cases, variant, client)
        for number in client.numbers:
            self._numbers[number].discard(client)
            if not self._numbers[number]:
                del self._numbers[number]

    def _remove_owner(self, table: Owners, variant: Variant, client: InFlightClient) -> None:
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
        """Return the counter of the variant's anchor, and the anchor."""
        if len(variant) == 1 and is_common_word(variant[0]):
            return self._common_words, variant[0]
        return self._anchors, choose_anchor(variant)

    def may_match(self, words: AbstractSet[str]) -> bool:
        """Return whether a text with these runs may hold a known variant; false for most log lines."""
        if not self._anchors.keys().isdisjoint(words):
            return True
        return not LABELS.isdisjoint(words) and not self._common_words.keys().isdisjoint(words)

    def has_numbers(self) -> bool:
        """Return whether any number is known."""
        return bool(self._numbers)

    def find_longest_at(
        self, words: list[str], start: int
    ) -> tuple[int, AbstractSet[InFlightClient], int] | None:
        """Find the longest known variant that begins at ``start``.

        Returns:
            Its number of runs, its owners, and how many of its last digits stay readable; None if there is
            none.
        """
        lengths = self._lengths.get(words[start])
        for length in sorted(lengths, reverse=True) if lengths else ():
            variant = tuple(words[start : start + length])
            if len(variant) < length:
                continue  # the text ends earlier
            if (owners := self._owners.get(variant)) is not None:
                return length, owners, 0
            if (owners := self._cases.get(variant)) is not None:
                return length, owners, KEPT
        return None

    def find_owners_of_number(self, digits: str) -> AbstractSet[InFlightClient]:
        """Return the clients with this number; ``digits`` are its digits without separators."""
        return self._numbers.get(digits, frozenset())


def choose_anchor(variant: Variant) -> str:
    """Return the run of a variant that is searched for first: the longest that is not a common word."""
    return max(variant, key=lambda run: (not is_common_word(run) and run.isalpha(), len(run), run))


def _decrement(counts: Counter[Any], key: object) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


# The registry of this process, which the log formatter uses.
CLIENT_VALUES = ClientValues()


def register(data: Data) -> Data:
    """Register the values of ``data`` in this process and return it; call it where client data comes in."""
    CLIENT_VALUES.add(data.known_values())
    return data
