"""Stories: which documents, in any language, report the same event.

The face, in the order of its use:

- `describe` turns a batch of articles into vectors: pure, for a process pool;
- `remember` and `forget` bring the stage's tables up to date with documents that came, changed or went;
- `gather` finds the pairs that are new, and decides the stories that a change touches.

Any sequence of these that ends with the same documents gives the same stories: what is compared, and what makes
a story, are functions of the documents present.

Belongs here: comparing articles by what they are about, and the memory that takes. Does not belong here: copies of one
text (`pipeline.deduplication`), finding and linking entities (`pipeline.entities`).
"""

from typing import Final

from pipeline.stories.features import describe
from pipeline.stories.grouping import gather
from pipeline.stories.tables import create_tables, forget, remember
from pipeline.text import matching

VERSION: Final = f"3+match{matching.VERSION}"
"""Vectors made with another version do not compare."""

__all__ = ["VERSION", "create_tables", "describe", "forget", "gather", "remember"]
