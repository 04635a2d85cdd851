"""Entities: who, where, when and how much, in both languages, each with its place in the raw text.

Belongs here: the stage's faces. `tag` finds mentions document by document and links what the gazetteer
knows; `link` does what needs the other documents and makes the table of entities; `find_dates` and
`find_quantities` stand on their own. Does not belong here: how the gazetteer and the models are made
(`training`).
"""

from pipeline.entities.dates import find_dates
from pipeline.entities.linking import link
from pipeline.entities.quantities import find_quantities
from pipeline.entities.tagger import VERSION as _TAGGER
from pipeline.entities.tagging import tag

VERSION = f"5.{_TAGGER}"
"""Raised with every change of rules, gazetteer or models: rows made with another version are stale."""

__all__ = ["VERSION", "find_dates", "find_quantities", "link", "tag"]
