"""Measured quality, pinned: real newspapers against an exhaustive comparison, and the newsroom's edits.

The figures and the hash of the data stand in `gate.json`. A figure may rise; where it falls by more than
the tolerance, quality has slid.
"""

import gzip
import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from benchmarks.near_duplicates import __main__ as benchmark
from benchmarks.near_duplicates.edits import documents, language
from benchmarks.near_duplicates.exhaustive import shared
from pipeline.text.matching import match_form
from tests.deduplication.memory import Memory, article
from tests.development_data import development_data

GATE = json.loads(Path(__file__).with_name("gate.json").read_text(encoding="utf-8"))


def holds(name: str, measured: float) -> bool:
    pin = GATE[name]
    return measured >= pin["measured"] - pin["tolerance"]


def newspapers() -> pl.DataFrame:
    """A day of fourteen newspapers, whose hash is the pinned one."""
    data = development_data("news", "ar-saudinewsnet-2015-07-21.json.gz").read_bytes()
    assert hashlib.sha256(data).hexdigest() == GATE["sha256"], "not the newspapers the figures were measured on"
    records = [(f"{i:05d}", record["content"]) for i, record in enumerate(json.loads(gzip.decompress(data)))]
    return pl.DataFrame(records, schema=["document_id", "body"], orient="row").with_columns(
        published_on=pl.lit(None, pl.Date), published_at=pl.lit(None, pl.Datetime("us"))
    )


@pytest.mark.gate
def test_newspapers_against_an_exhaustive_comparison() -> None:
    given = newspapers()
    memory = Memory()
    memory.put(given)
    memory.run()
    forms = given.select("document_id", match_form(pl.col("body")).alias("form")).filter(pl.col("form") != "")

    # Exact copies: all of them.
    copies = memory.connection.sql("SELECT document_id, duplicate_of FROM deduplication.duplicates").pl()
    kept = forms.join(copies, on="document_id", how="left").select(
        "form", kept=pl.coalesce("duplicate_of", "document_id")
    )
    assert kept.group_by("form").agg(pl.col("kept").n_unique())["kept"].max() == 1

    # Near pairs: what is published is true, and hardly any is missing.
    long = forms.unique("form", keep="first", maintain_order=True).filter(pl.col("form").str.count_matches(" ") >= 19)
    truth = shared(long, 4, letters=False)
    pairs = memory.connection.sql(
        """
        SELECT least(x.d, y.d) AS a, greatest(x.d, y.d) AS b, word_jaccard FROM deduplication.pairs
        JOIN (SELECT text_id, min(document_id) AS d FROM deduplication.documents GROUP BY 1) AS x ON x.text_id = text_a
        JOIN (SELECT text_id, min(document_id) AS d FROM deduplication.documents GROUP BY 1) AS y ON y.text_id = text_b
        """
    ).pl()
    both = truth.join(pairs, on=["a", "b"], how="left")
    assert both.drop_nulls().select(((pl.col("jaccard") - pl.col("word_jaccard")).abs() > 1e-12).any()).item() is False
    for least, name in ((0.8, "recall at 0.8"), (0.7, "recall at 0.7")):
        asked = both.filter(pl.col("jaccard") >= least)
        assert asked.height > 50
        assert holds(name, 1 - asked["word_jaccard"].null_count() / asked.height)


@pytest.mark.gate
def test_newsroom_edits() -> None:
    """F1 over the generator's edits, on newspapers none of whose texts overlap."""
    base = benchmark.unrelated(newspapers().head(700)["body"].to_list())
    given = pl.DataFrame(
        [(d.body, d.base, d.edit, d.strength, language(d.body)) for d in documents(base)],
        schema=["body", "base", "edit", "strength", "language"],
        orient="row",
    )
    found, *_ = benchmark.khabar(given)
    copies, precision = benchmark.score(given, found)
    recall = float(copies["found"].mean())  # type: ignore[arg-type]
    assert holds("F1 of newsroom edits", 2 * precision * recall / (precision + recall))


def test_the_generator_is_the_same_every_time() -> None:
    texts = [article(seed, 80).replace(" د", ". د") + "\nپایان خبر ۱۲۳." for seed in range(20)]
    assert list(documents(texts, 3)) == list(documents(texts, 3))
    assert list(documents(texts, 3)) != list(documents(texts, 4))
