"""Measure redaction: recall, precision and microseconds per line, compared with two others.

    uv run python bench/redaction.py [--known N] [--lines N]

    patterns      ours without any known value, as for text about clients that are not registered
    known values  ours with N registered values of the corpus's clients
    old scripts   the three patterns of the scripts that this project replaces: SSNs with hyphens, nine bare
                  digits, and what looks like an e-mail address; applied to each log line, as there
    presidio      the regex recognizers of presidio-analyzer for SSN, ITIN, phone and e-mail, at any score,
                  without its language models; only if it is installed: it brings spaCy, 300 MB, so it is in
                  a group of its own (`uv run --group bench python bench/redaction.py`)

Recall: planted values of which no character is left (except a case number's last four), of those in forms
that patterns can know (SSN, phone, e-mail, EIN, control number) and of all. Precision: masks that touch a
planted value, of all masks. Time: CPU time of the best of five passes over lines of about 120 characters,
without and with a value. The exit code does not depend on the results.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from log_corpus import Line, make_lines_with_values, make_people, make_usual_lines

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
    clients = make_people(args.known // VALUES_A_CLIENT)
    planted, usual = make_lines_with_values(clients), make_usual_lines(args.lines)
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
            ("mail room, patterns only", *_make_ours(ClientValues())),
            (f"mail room, with {args.known:,} known values", *_make_ours(known)),
            ("three patterns of the old scripts", _old, _old),
        ]
        if presidio := _load_presidio():
            rows.append(("regex recognizers of presidio-analyzer", presidio, presidio))
        for name, timed, finder in rows:
            print(f"| {name} | {_format_row(timed, finder, planted, usual)} |", flush=True)


def _format_row(
    timed: Callable[[str], object], finder: Finder, planted: Sequence[Line], usual: Sequence[Line]
) -> str:
    found = [(line, finder(line.text)) for line in (*planted, *usual)]
    hit = [_is_masked(line, spans) for line, spans in found if line.secrets]
    of_patterns = [_is_masked(line, spans) for line, spans in found if line.pattern]
    masks = [
        any(_overlap(span, secret) for secret in line.secrets) for line, spans in found for span in spans
    ]
    clean, full = _measure_microseconds(timed, usual), _measure_microseconds(timed, planted)
    return f"{_format_share(of_patterns)} | {_format_share(hit)} | {_format_share(masks)} | {clean:.0f} | {full:.0f}"


def _format_share(found: Sequence[bool]) -> str:
    return f"{sum(found) / len(found):.2%}"


def _is_masked(line: Line, spans: Sequence[Span]) -> bool:
    """Return whether each char and digit of each planted value is in a mask."""
    return all(
        any(start <= at < end for start, end in spans)
        for first, last in line.secrets
        for at in range(first, last)
        if line.text[at].isalnum()
    )


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _measure_microseconds(timed: Callable[[str], object], lines: Sequence[Line]) -> float:
    texts = [line.text for line in lines][:1000]
    passes = []
    for _ in range(5):
        began = time.thread_time()
        for text in texts:
            timed(text)
        passes.append(time.thread_time() - began)
    return min(passes) / len(texts) * 1e6


def _make_ours(known: ClientValues) -> tuple[Callable[[str], object], Finder]:
    """Return the call to time, and a function that returns the masked spans."""

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


def _load_presidio() -> Finder | None:
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
