"""Parsing: any file of Persian or Arabic news becomes documents and segments, or is rejected with a reason.

Belongs here: the stage's face. Does not belong here: everything else, which is private to this folder. The
stages after this one read its tables.

`read` and `read_many` look at one file at a time. `line_evidence`, `REPEATED_SQL` and `settle` add what the other
documents of a source say: the evidence of every document is stored, counted by the query, and taken in.
"""

from __future__ import annotations

from typing import Final

from pipeline.parsing.evidence import LINES_SCHEMA, REPEATED_SQL, Settled, line_evidence, settle
from pipeline.parsing.settings import ParsingSettings, configuration_key
from pipeline.parsing.stage import Parsed, read, read_many

VERSION: Final = "3"
"""Raised with every change that gives other rows for the same file."""

__all__ = [
    "LINES_SCHEMA",
    "REPEATED_SQL",
    "VERSION",
    "Parsed",
    "ParsingSettings",
    "Settled",
    "configuration_key",
    "line_evidence",
    "read",
    "read_many",
    "settle",
]
