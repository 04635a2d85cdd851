"""Measure what the gates pin anew: ``python -m tests.parsing.pin`` writes `gate.json` from today's figures.

Run it when the marked lines or the collections have changed, or when a figure has become better, and read the
difference before keeping it. The development data lies where `tests.development_data` says.
"""

import json
import tempfile
from hashlib import sha256
from pathlib import Path

import polars as pl

from pipeline import parsing
from tests.development_data import DEVELOPMENT_DATA
from tests.parsing.corpus import CORPUS, PARTS
from tests.parsing.scores import measure

COLUMNS = {
    "ar-antcorpus.tar.gz": ("title", "body", "published_on", "category", "url", "source"),
    "fa-isna.tar.gz": ("title", "lead", "body", "agency"),
    "ar-saudinewsnet-2015-07-25.json.gz": ("title", "body", "url", "source"),
    "fa-fars-news-1.json.gz": ("title", "lead", "body", "url", "published_on"),
    "fa-varzesh3-1.json.gz": ("title", "lead", "body", "url", "external_id", "tags"),
    "fa-irani-isna/علمی.csv": ("title", "body", "url", "published_on", "published_at"),
}


def filled(column: pl.Series) -> float:
    """Return the share of documents of which a column is known and not empty."""
    empty = column.list.len() == 0 if column.dtype == pl.List else column.cast(pl.String) == ""
    return float((column.is_not_null() & ~empty.fill_null(True)).mean())


def corpus(half: str) -> dict[str, object]:
    """Return the pins of one half of the marked lines."""
    scores, _ = measure(Path(tempfile.mkdtemp()), half)
    return {
        "sha256": sha256((CORPUS / f"{half}.txt").read_bytes()).hexdigest(),
        "tolerance": 0.02,
        "f1": {kind: round(score["f1"], 4) for kind, score in scores.items()},
        "count": {kind: score["count"] for kind, score in scores.items()},
    }


def collection(name: str) -> dict[str, object]:
    """Return the pins of one development collection."""
    path = DEVELOPMENT_DATA / "news" / name
    batches = list(parsing.read(path, name))
    documents = pl.concat(batch.documents for batch in batches)
    return {
        "sha256": sha256(path.read_bytes()).hexdigest(),
        "tolerance": 0.005,
        "documents": documents.height,
        "rejects": sum(batch.rejects.height for batch in batches),
        "share": {column: round(filled(documents[column]), 4) for column in COLUMNS[name]},
    }


if __name__ == "__main__":
    pins = {
        "corpus": {half: corpus(half) for half in PARTS},
        "collections": {name: collection(name) for name in COLUMNS},
        "pages": {"f1": 1.0, "tolerance": 0.01},
        "encodings": {"share": 1.0, "tolerance": 0.003},
    }
    Path(__file__).with_name("gate.json").write_text(json.dumps(pins, ensure_ascii=False, indent=1) + "\n", "utf-8")
