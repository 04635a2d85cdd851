"""Entities: who and where, in both languages at once, each with its place in the raw text and its id.

Belongs here: the stage's face. `tag` finds mentions document by document; `link` does what needs the other
documents and makes the table of entities. Does not belong here: dates and quantities' own faces
(`pipeline.entities.dates`, `pipeline.entities.quantities`), how the gazetteer and the models are made
(`training`).
"""

from pipeline.entities.linking import link
from pipeline.entities.tagging import tag

VERSION = "1"
"""Raised with every change of rules, gazetteer or models: rows made with another version are stale."""

__all__ = ["VERSION", "link", "tag"]
