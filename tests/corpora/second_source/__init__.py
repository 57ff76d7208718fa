"""Letters and documents from a second source, so that the reader does not fit one generator only."""

from tests.corpora.second_source import official_documents, private_documents
from tests.corpora.second_source.draft import SECOND_SOURCE_DOCUMENTS, make_second_source_document
from tests.corpora.second_source.letter_templates import CP2000, LETTERS, UNLISTED_LETTERS, SecondSourceLetter
from tests.corpora.second_source.letters import make_second_source_letter

# The modules register their documents when they are imported.
__all__ = [
    "CP2000",
    "LETTERS",
    "SECOND_SOURCE_DOCUMENTS",
    "UNLISTED_LETTERS",
    "SecondSourceLetter",
    "make_second_source_document",
    "make_second_source_letter",
    "official_documents",
    "private_documents",
]
