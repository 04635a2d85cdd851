"""Deduplication: which articles are copies of which, remembered from run to run.

The face, in the order of its use:

- `sign` turns a batch of documents into signatures: pure, for a process pool;
- `remember` and `forget` bring the stage's tables up to date with documents that came, changed or went;
- `link` finds and verifies the pairs that are new;
- `cluster` decides from all pairs which documents are copies of which;
- `count_paragraphs` counts what articles that are no copies share all the same: the standing paragraph.

Any sequence of these that ends with the same documents gives the same pairs and clusters: what is
compared, and who is kept, are functions of the documents present.

Belongs here: finding, verifying and gathering copies, and the memory that takes.
Does not belong here: what the match form folds (`pipeline.text.matching`), what readers see of clusters
(`pipeline.publishing`).
"""

from pipeline.deduplication.clustering import cluster
from pipeline.deduplication.clusters import Thresholds
from pipeline.deduplication.linking import link
from pipeline.deduplication.paragraphs import count_paragraphs
from pipeline.deduplication.signatures import VERSION, Signatures, sign
from pipeline.deduplication.tables import create_tables, forget, remember

__all__ = [
    "VERSION",
    "Signatures",
    "Thresholds",
    "cluster",
    "count_paragraphs",
    "create_tables",
    "forget",
    "link",
    "remember",
    "sign",
]
