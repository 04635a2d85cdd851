"""Stories: which documents, in any language, report the same event.

The face: `describe` turns articles into features, document by document, for a process pool; `group`
decides from the features of all kept documents which stories they make.

Belongs here: comparing articles by what they are about. Does not belong here: copies of one text
(`pipeline.deduplication`), finding and linking entities (`pipeline.entities`).
"""

from typing import Final

from pipeline.stories.features import describe
from pipeline.stories.grouping import Limits, group
from pipeline.text import matching

VERSION: Final = f"2+match{matching.VERSION}"
"""Features made with another version do not compare."""

__all__ = ["VERSION", "Limits", "describe", "group"]
