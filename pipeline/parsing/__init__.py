"""Parsing: any file of Persian or Arabic news becomes documents and segments, or is rejected with a reason.

Belongs here: the stage's face. Does not belong here: everything else, which is private to this folder. The
stages after this one read its tables.
"""

from __future__ import annotations

from typing import Final

from pipeline.parsing.settings import ParsingSettings, configuration_key
from pipeline.parsing.stage import Parsed, read, read_many

VERSION: Final = "1"
"""Raised with every change that gives other rows for the same file."""

__all__ = ["VERSION", "Parsed", "ParsingSettings", "configuration_key", "read", "read_many"]
