"""Patterns of client data and credentials, for values that nobody has registered.

They find SSN and ITIN in every written form, EIN, phone numbers, e-mail addresses, credentials, and digits
behind a label that says what they are. They do not mask what operators need: Drive ids, run ids, UUIDs,
dates, amounts, ports, versions, durations, statuses and byte counts. The input is plain text (`normalize`),
as it is and in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from mailroom.privacy.identifiers import MASK_SIGNS, five_four_shape, ssn_shape

Span = tuple[int, int]


def _compile(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, patterns))


# Between groups of digits: a hyphen, dot or slash with or without spaces, or white space alone; a long line
# may be wrapped after a hyphen.
_GAP = r"(?:[^\S\n]{0,2}[-./_+·•]{1,2}[^\S\n]{0,2}|[^\S\n]?-\s{1,8}|[^\S\n]{1,2})"
_HYPHEN = r"(?:[^\S\n]{0,2}[-_·•]{1,2}[^\S\n]{0,2}|[^\S\n]?-\s{1,8})"
_QUOTES = r"['\"],\s?['\"]"
# Not inside a longer number, word or id. A dot or hyphen may end a sentence, but may not continue a number.
_LEFT = r"(?<![0-9a-z])(?<![0-9][-.])"
_RIGHT = r"(?![0-9a-z]|[-.][0-9])"
# A number as a spreadsheet exports it.
_AS_FLOAT = r"(?:\.0(?![0-9.]))?"
# Nine or ten digits without separators are an SSN or a phone number, unless a unit or a name shows that they
# are a count.
_COUNTED = (
    r"(?<!size[=:])(?<!size[=:]\s)(?<!bytes[=:])(?<!bytes[=:]\s)(?<!length[=:])(?<!length[=:]\s)(?<!rss[=:])"
    r"(?<!offset[=:])(?<!offset[=:]\s)(?<!range:\s)(?<!size\s)(?<!length\s)(?<!offset\s)"
)
# Normalizing turns the micro sign into the Greek letter.
_UNIT = r"(?!\s?(?:bytes|byte|kb|kib|mb|mib|b|ns|us|µs|μs|ms|s|seconds|rows|lines|calls|files|tokens|times|of\s\d+)\b)"

# All number patterns need nine digits close together, or a plus sign. Date and hour of a time stamp do not
# count, so most lines need no other search.
_ENOUGH_DIGITS = re.compile(
    r"[\d+](?<!\d\d)(?!\d{3}-\d\d-\d\d[t ]\d\d:)(?:(?:[^\w:,\n]{0,6}|__?|[^\S\n]?-\s{1,8}|['\"],\s?['\"])\d){8}"
)
# Each pattern begins with a digit and looks behind it afterwards, which is the fastest search.
_FIRST = r"\d(?<!\d\d)(?<!\d[-.]\d)"
# Behind the first digit.
_FOUR_FOUR = five_four_shape(r"\s?-\s?", first=r"(?<![a-z]\d)\d{4}")
_IN_GROUPS = _compile(
    # SSN, ITIN: 3-2-4. With hyphens it cannot be anything else, even if letters touch it.
    ssn_shape(_HYPHEN, first=r"\d(?<!\d\d)\d\d") + "(?![0-9])",
    ssn_shape(_GAP, _QUOTES, first=rf"{_FIRST}\d\d") + _RIGHT,
    rf"{_FIRST}(?<![a-z]\d)(?:\d\d-\d{{3}}-\d{{3}}|\d-\d{{3}}-\d{{4}}){_RIGHT}",
    r"\d(?<![\d.,:-]\d)(?<!\d \d)(?:(?: \d){8}(?! ?\d)|(?:-\d){8}(?!-?\d))",
    # EIN 2-7, but not the end of a UUID; AUR control number and ZIP+4: 5-4.
    rf"{_FIRST}(?:\d\s{{0,2}}-\s{{0,2}}\d{{7}}|{_FOUR_FOUR}){_RIGHT}",
    # Phone numbers of other countries, with a plus sign.
    r"\+(?<![\w+]\+)[1-9](?:[\s.()-]{0,2}\d){7,14}(?![0-9])",
)
_PHONE_END = re.compile(r"\d{3}(?:[^\w]{1,9}|_{0,2})\d{4}(?!\d)")
_COUNTRY = rf"(?:(?:\+|\b00)?1{_GAP}?)?"
_PHONES = _compile(
    # (555) 555-0100, +1.555.555.0100, 1-555-555-0100; in three groups, even if letters touch them.
    (
        rf"(?<![0-9])(?<![0-9][-.]){_COUNTRY}(?:\(\s?\d{{3}}\s?\)(?:{_GAP}|\s{{1,8}})?|\d{{3}}(?:{_GAP}|{_QUOTES}))"
        rf"\d{{3}}(?:{_GAP}|{_QUOTES})\d{{4}}(?![0-9])"
    ),
    # 555 5550100, (555)5550100
    rf"{_LEFT}{_COUNTRY}(?:\(\s?\d{{3}}\s?\){_GAP}?|\d{{3}}{_GAP})\d{{7}}(?![0-9]|-[0-9]|[a-wyz])",
)
_BARE = re.compile(r"\d{9}")
_IN_ONE = _compile(
    # 5550100123 and 15550100123: area and exchange begin with 2 to 9; no Unix time of these years
    # matches.
    rf"{_LEFT}{_COUNTED}(?:00(?=1))?1?[2-9]\d\d[2-9]\d{{6}}{_AS_FLOAT}(?![0-9]|[-.][0-9]|[a-wyz]){_UNIT}",
    rf"{_LEFT}{_COUNTED}\d{{9}}{_AS_FLOAT}{_RIGHT}{_UNIT}",
    # Both, with letters that touch them, unless these could be hexadecimal digits.
    r"(?<![0-9a-z])(?=[a-z]{0,12}[g-z])[a-z]{1,13}(\d{9}|1?[2-9]\d\d[2-9]\d{6})(?![0-9a-z])",
    rf"(?<![0-9a-z])(\d{{9}}|1?[2-9]\d\d[2-9]\d{{6}})(?=[a-z]{{0,12}}[g-z]){_UNIT}(?![a-z]*\d)",
)
# Behind a phone number, which is masked already.
_EXTENSION = re.compile(r"[\s,;]{0,2}(?:x|ext\.?|extension|#)\s{0,2}#?\s?\d{1,6}(?![0-9a-z])")
_SIGN, _SIGN_BUT_HASH = f"[{MASK_SIGNS}]", f"[{MASK_SIGNS.replace('#', '')}]"
_MASKED_SSN = re.compile(
    rf"(?<![\w*•●·#])(?:{_SIGN}{{3}}[\s.-]{{0,3}}(?:{_SIGN}{{2}}[\s.-]{{0,3}}|\d\d[\s.-]{{1,3}})|{_SIGN_BUT_HASH}{{3,12}})"
    rf"\d{{4}}(?![0-9a-z])|(?<![0-9])\d{{3}}[\s.-]\d\d[\s.-]{{1,3}}(?={_SIGN}{{4}})"
)
_MASK_SIGNS = re.compile(
    rf"{_SIGN}{{2}}[\s.-]{{0,3}}(?:\d\d[\s.-]{{1,3}})?\d{{4}}|\d\d[\s.-]{{1,3}}{_SIGN}{{4}}"
)

_LABELS = frozenset(
    "ssn ssns itin tin ein spousessn sssn social last account acct case caseid caseno casenumber aur auraccount control "  # noqa: SIM905 - shorter than a list
    "caseinfo caseids casenum ssnlast accountno acctno accountnumber accountnum caller tel telephone phone cell mobile "
    "fax cellphone homephone workphone mobilephone phonenumber phoneno faxnumber faxno zip zipcode postal postalcode "
    "ending ends taxpayer taxpayerid ph".split()
)
# Between a label and its value: punctuation, brackets, quotes, "number", "is".
_TO_VALUE = (
    r"(?:[\W_]{0,3}(?:number|num|no|nr|id|is|was|are|of|digits|home|work|cell|mobile|day|evening)s?\b){0,2}"
    r"[^0-9a-z\n]{0,6}(?:b['\"])?"
)
_DIGITS = r"\d(?:[-.\s/]?\d)"
# Of the digits behind a label those of the group are masked: a case number's last four stay readable.
_LABELLED = _compile(
    rf"(?:ssns?|itin|\btin|\bein|social(?:[\s_]security)?|taxpayer[\s_]?id|last[\s_-]?4(?:[\s_]?ssn)?|"
    rf"last[\s_]four(?:\sdigits)?|end(?:ing|s)[\s_]in)(?:[\s_]?(?:last)?[\s_]?4\b)?{_TO_VALUE}"
    rf"({_DIGITS}{{3,10}})(?![0-9])",
    rf"(?:account|acct|\baur|control|caller[\s_]id|\btel|phone|\bph\b|\bcell|mobile|\bfax|(?<!\.)\bzip(?:[\s_]?code)?|"
    rf"postal[\s_]?code)(?:[\s_]?(?:control|number|num|no))?{_TO_VALUE}({_DIGITS}{{4,16}})(?![0-9]){_UNIT}",
    rf"\bcase(?:info)?(?:s?[\s_]?(?:id|no|number|num)s?)?{_TO_VALUE}(\d{{1,8}})\d{{4}}(?![0-9]){_UNIT}",
)

# Also escaped as in a regular expression, and with a name in quotes before the @.
_MAIL = re.compile(
    r"(?:\"[^\"\n@]{1,64}\"|(?<![\w.%+!#$^~*-])(?:[\w.%+!#$^~*-]++'?)?[\w.%+!#$^~*-]++)"
    r"\\{0,4}@[\w-]++(?:\\{0,4}\.[\w-]++)*\\{0,4}\.[^\W\d_]{2,}(?![^\W\d_])"
)
_USER = re.compile(r"(?<=://)[^/\s:@]{1,200}:[^/\s]{1,200}(?=@)")
_SECRET_WORDS = frozenset(
    "bearer basic authorization ya29 eyj key apikey secret password passwd pwd token gocspx aiza".split()  # noqa: SIM905 - shorter than a list
)
_SECRETS = _compile(
    r"(?i)\bauthorization['\"]?\s*[:=]\s*['\"]?(?:bearer|basic)\s+([^\s'\",}]+)",
    # A plain word behind it ("basic settings") has no digit, no punctuation and no capital inside.
    r"\b(?i:bearer|basic)\s+(?=[\w.~+/-]*(?:[0-9_.=]|[a-z][A-Z]|[\w]-))[A-Za-z0-9._~+/-]{8,}=*(?<!\.)",
    r"\bya29\.[A-Za-z0-9._-]+|\beyJ[\w-]{8,1000}\.[\w-]+(?:\.[\w-]+)?|\bGOCSPX-[\w-]+|\bAIza[\w-]{30,}",
    r"(?i)(?:api[_-]?key|secret|passw(?:or)?d|pwd|(?:access|refresh|secret|id)[_-]?token)"
    r"['\"]?\s*[:=]\s*['\"]?(?!none\b|null\b|true\b|false\b|secretstr|\[redacted)([^\s'\"&,;)}\]]{6,})",
    r"(?s)-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)",
)
# A name behind a label, in quotes or in the query of a URL: as JSON, a repr and httpx write it.
_NAME_LABEL = (
    r"(?:(?:spouse|taxpayer|first|last|middle|full|client|[sf])[_ ]?names?|surname|name_line|taxpayer_names|"
    r"addresse?s?|street|city)"
)
# Not the address of a machine.
_NO_HOST = r"(?!['\"](?:\d{1,3}(?:\.\d{1,3}){3}|localhost|[0-9a-f]{0,4}::?[0-9a-f:]*)\\*['\"])"
_NAMED = _compile(
    rf"{_NAME_LABEL}\\*['\"]?\s{{0,2}}[:=]\s{{0,2}}[\[(]?\\*{_NO_HOST}(?:\"((?:[^\"\\\n]|\\.){{1,200}})\"|'((?:[^'\\\n]|\\.){{1,200}})')",
    # An encoded space does not end the value (`normalize.ENCODED_SPACE`).
    rf"[?&]{_NAME_LABEL}=([^& \t\n#'\"]{{1,200}})",
)
_NAME_WORDS = frozenset(
    "name names surname lastname firstname middlename fullname spousename clientname taxpayername sname fname "  # noqa: SIM905 - shorter than a list
    "address addresses street city spouselastname spousefirstname slastname sfirstname".split()
)
# The name of a filed document ends with the surname.
_DOCUMENT = re.compile(
    r"irs_corr_[^\n/]{0,80}?dtd.{0,3}[^\n/_]{1,10}_([^\n/\"<>|]{1,80}?)(?=\.(?:pdf|jpg|png|tif)\b)"
)


def find_spans(text: str, low: str, words: AbstractSet[str], *, numbers: bool) -> Iterator[Span]:
    """Yield the spans of a text to mask, as start and end; they may overlap.

    Args:
        text: plain text.
        low: the text in lower case, of the same length.
        words: the runs of letters and of digits in ``low``.
        numbers: the result of `has_numbers`.
    """
    if numbers:
        yield from _find_numbers(low)
    if _MASK_SIGNS.search(low):
        yield from _find_all(_MASKED_SSN, low)
    if not words.isdisjoint(_LABELS):
        for pattern in _LABELLED:
            yield from _find_all(pattern, low)
    if not words.isdisjoint(_NAME_WORDS):
        for pattern in _NAMED:
            yield from _find_all(pattern, low)
    if "irs_corr_" in low:
        yield from _find_all(_DOCUMENT, low)
    yield from _find_addresses_and_secrets(text, low, words)


def has_numbers(low: str) -> bool:
    """Return whether nine digits that are not a time stamp are close together; most lines have none."""
    return bool(_ENOUGH_DIGITS.search(low))


def _find_addresses_and_secrets(text: str, low: str, words: AbstractSet[str]) -> Iterator[Span]:
    if "@" in low:
        yield from _find_all(_MAIL, low)
        if "://" in low:
            yield from _find_all(_USER, text)
    if not words.isdisjoint(_SECRET_WORDS) or "-----BEGIN" in text or "eyJ" in text:
        for pattern in _SECRETS:
            yield from _find_all(pattern, text)


def _find_numbers(low: str) -> Iterator[Span]:
    phones = _PHONES if _PHONE_END.search(low) else ()
    bare = _IN_ONE if _BARE.search(low) else ()
    for pattern in (*_IN_GROUPS, *phones, *bare):
        for match in pattern.finditer(low):
            start, end = match.span(match.lastindex or 0)
            more = _EXTENSION.match(low, end)
            yield start, more.end() if more else end


def _find_all(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """Yield the span of each match, or of the group in it that matched."""
    for match in pattern.finditer(text):
        yield match.span(match.lastindex or 0)
