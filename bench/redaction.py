"""Measure redaction: recall, precision and microseconds for each line, compared with two others.

    uv run python bench/redaction.py [--known N] [--lines N]

    patterns      the mail room without known values, as for text about clients that nobody registered known
    values  the mail room with N registered values of the corpus's clients old scripts   the three patterns of
    the scripts that this project replaces: SSNs with hyphens, nine digits,
                  and e-mail addresses, applied to each log line as in the scripts
    presidio      the regex recognisers of presidio-analyzer for SSN, ITIN, phone and e-mail, at any score,
    without its
                  language models; only if it is installed: it needs spaCy, 300 MB, so it is in a separate
                  group (`uv run --group bench python bench/redaction.py`)

Recall: planted values of which no character is left (except the last four digits of a case number), of the forms
that patterns can find (SSN, phone, e-mail, EIN, control number) and of all. Precision: masks that touch a planted
value, of all masks. Time: CPU time of the best of five passes over lines of about 120 characters, without and with
a value. The exit code does not depend on the results.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from log_corpus import Line, lines_with_values, people, usual_lines

from mailroom.privacy.redaction.client_values import ClientValues
from mailroom.privacy.redaction.masking import MASK, redact

Span = tuple[int, int]
Finder = Callable[[str], list[Span]]
OLD = [
    re.compile(r"\d{3}-\d{2}-\d{4}"),
    re.compile(r"\d{9}"),
    re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"),
]
VALUES_A_CLIENT = 10


def main() -> None:
    """Measure and print a table as docs/privacy.md has it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--known", type=int, default=1000, help="known values")
    parser.add_argument("--lines", type=int, default=3000, help="lines without a value")
    args = parser.parse_args()
    clients = people(args.known // VALUES_A_CLIENT)
    planted, usual = lines_with_values(clients), usual_lines(args.lines)
    print(f"{len(planted)} lines with a value, {len(usual)} without, {args.known} known values\n")
    print(
        "| | recall, forms of patterns | recall, all | precision | µs a usual line | µs a line with a value |"
    )
    print("|---|---|---|---|---|---|")
    with ExitStack() as flight:
        known = ClientValues()
        for client in clients:
            flight.enter_context(known.in_flight(client.known()))
        rows: list[tuple[str, Callable[[str], object], Finder]] = [
            ("mail room, patterns only", *_ours(ClientValues())),
            (f"mail room, with {args.known:,} known values", *_ours(known)),
            ("three patterns of the old scripts", _old, _old),
        ]
        if presidio := _presidio():
            rows.append(("regex recognisers of presidio-analyzer", presidio, presidio))
        for name, timed, finder in rows:
            print(f"| {name} | {_row(timed, finder, planted, usual)} |", flush=True)


def _row(
    timed: Callable[[str], object], finder: Finder, planted: Sequence[Line], usual: Sequence[Line]
) -> str:
    found = [(line, finder(line.text)) for line in (*planted, *usual)]
    hit = [_whole(line, spans) for line, spans in found if line.secrets]
    of_patterns = [_whole(line, spans) for line, spans in found if line.pattern]
    masks = [any(_touch(span, secret) for secret in line.secrets) for line, spans in found for span in spans]
    clean, full = _microseconds(timed, usual), _microseconds(timed, planted)
    return f"{_share(of_patterns)} | {_share(hit)} | {_share(masks)} | {clean:.0f} | {full:.0f}"


def _share(found: Sequence[bool]) -> str:
    return f"{sum(found) / len(found):.2%}"


def _whole(line: Line, spans: Sequence[Span]) -> bool:
    """Whether each letter and digit of each planted value lies in a mask."""
    return all(
        any(start <= at < end for start, end in spans)
        for first, last in line.secrets
        for at in range(first, last)
        if line.text[at].isalnum()
    )


def _touch(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _microseconds(timed: Callable[[str], object], lines: Sequence[Line]) -> float:
    texts = [line.text for line in lines][:1000]
    passes = []
    for _ in range(5):
        began = time.thread_time()
        for text in texts:
            timed(text)
        passes.append(time.thread_time() - began)
    return min(passes) / len(texts) * 1e6


def _ours(known: ClientValues) -> tuple[Callable[[str], object], Finder]:
    """The call that is timed, and one that tells from its answer what was masked."""

    def masked(text: str) -> list[Span]:
        spans, at = [], 0
        pieces = redact(text, known).split(MASK)
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            found = (
                len(text) - len(piece) if last and number else text.index(piece, at + (1 if number else 0))
            )
            if number:
                spans.append((at, found))
            at = found + len(piece)
        return spans

    return lambda text: redact(text, known), masked


def _old(text: str) -> list[Span]:
    return [match.span() for pattern in OLD for match in pattern.finditer(text)]


def _presidio() -> Finder | None:
    try:
        import tldextract  # noqa: PLC0415 - a group of its own
        from presidio_analyzer import predefined_recognizers as known_ones  # noqa: PLC0415 - likewise
    except ImportError:
        return None
    # Its mail recogniser would fetch a list of domains from the web.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())
    names = ("UsSsnRecognizer", "UsItinRecognizer", "PhoneRecognizer", "EmailRecognizer")
    recognizers = [getattr(known_ones, name)() for name in names]

    def find(text: str) -> list[Span]:
        return [
            (each.start, each.end)
            for one in recognizers
            for each in one.analyze(text, one.supported_entities, None) or []
        ]

    return find


if __name__ == "__main__":
    main()
