"""Entities: who, where, when and how much, in both languages, each with its place in the raw text.

Belongs here: the stage's faces. `tag` finds mentions document by document and links what the gazetteer
knows; `link` does what needs the other documents and makes the table of entities; `find_dates` and
`find_quantities` stand on their own. Does not belong here: how the gazetteer and the models are made
(`training`).
"""

from pipeline.entities import gazetteer as _gazetteer
from pipeline.entities.dates import find_dates
from pipeline.entities.linking import link
from pipeline.entities.quantities import find_quantities
from pipeline.entities.tagger import VERSION as _TAGGER
from pipeline.entities.tagging import tag

VERSION = f"7.{_TAGGER}.{_gazetteer.edition()}"
"""Raised with every change of rules or models, and moved by every change of the gazetteer, which users edit: rows made with
another version are stale."""

__all__ = ["VERSION", "find_dates", "find_quantities", "link", "tag"]
