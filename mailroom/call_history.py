"""How many calls were sent when, in so few numbers that memory stays flat however long a run is."""

from __future__ import annotations

MOST_COUNTS = 256


class CallHistory:
    """Counts of the calls in equal spans of time: a second each at first, twice as long when they run out.

    Args:
        began: when the first span begins, in seconds of the clock that gives the times of the calls.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._span = 1.0
        self._counts: list[int] = []
        self._newest = 0.0

    def count(self, now: float, calls: int = 1) -> None:
        """Count so many calls that are sent now, not before the first span."""
        while (place := int((now - self._began) / self._span)) >= MOST_COUNTS:
            pairs = zip(self._counts[::2], [*self._counts[1::2], 0], strict=False)
            self._counts = [first + second for first, second in pairs]
            self._span *= 2
        self._counts += [0] * (place + 1 - len(self._counts))
        self._counts[place] += calls
        self._newest = now - self._began

    def split(self, seconds: float, parts: int) -> list[float]:
        """Return how many calls each of so many equal parts of the first ``seconds`` had.

        Calls of a span of time that is partly in two parts are divided in proportion.
        """
        return [
            self._count_until(seconds * (one + 1) / parts) - self._count_until(seconds * one / parts)
            for one in range(parts)
        ]

    def _count_until(self, seconds: float) -> float:
        if seconds >= self._newest:
            return sum(self._counts)
        whole = int(seconds / self._span)
        begins = whole * self._span
        # The last span ends with the newest call.
        length = min(self._span, self._newest - begins)
        return sum(self._counts[:whole]) + self._counts[whole] * (seconds - begins) / length
