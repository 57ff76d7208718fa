"""What is known of a file while it goes through the stages of `mailroom.notices.pipeline`."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailroom.document.pages import Pages
from mailroom.notices.classification.document_type import DocumentType
from mailroom.notices.confidence.field_choices import ChosenFields
from mailroom.notices.extraction.evidence import Evidence
from mailroom.notices.reading import Reading
from mailroom.privacy.client_data import ClientData

UNKNOWN = DocumentType(None, from_irs=False)


@dataclass(frozen=True, repr=False)
class Findings(ClientData):
    """What is known of a file so far: a stage returns new findings that know more.

    ``confidence`` is how clear the least clear char of a scan's value must be (0 to 1), ``fault`` the code of
    why a person has to look at the file as a whole. The stages end with the one that gives the ``reading``.
    """

    pages: Pages
    confidence: float
    evidence: Evidence = field(default_factory=Evidence)
    document: DocumentType = UNKNOWN
    chosen_fields: ChosenFields = field(default_factory=ChosenFields)
    fault: str | None = None
    reading: Reading | None = None

    @property
    def first_index(self) -> int:
        """The index of the notice's first page in the file, counted from 0."""
        return self.evidence.first.number - 1

    @property
    def has_scans(self) -> bool:
        """Whether anything was read off a scan so far: such values have to be held against its clarity."""
        return bool(self.pages.scanned_layouts)
