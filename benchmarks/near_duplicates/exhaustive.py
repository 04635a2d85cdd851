"""Khabar against an exhaustive comparison of every two texts: `python -m benchmarks.near_duplicates.exhaustive FOLDER`.

    python -m benchmarks.near_duplicates.exhaustive [FOLDER] [--sample 15]

Reads every article of the folder (JSON arrays of records with `content`, `body` or `text`, gzipped or not; by
default a week of fourteen Saudi newspapers of the development data), deduplicates them, and compares what was
found with the Jaccard and the containment of every two match forms that share a shingle, counted over plain
strings (letter shingles, of which there are many, over Polars' own hash of them): no sketch, nothing of the stage's
own code. Prints, in Markdown, how many of the pairs at or
above each threshold were compared, whether every stored measure is the exhaustive one, whether all exact copies
were found, how many of the pairs ended in one cluster, and, with `--sample`, where pairs stand that did not.

Belongs here: the exhaustive comparison, and the counts. Does not belong here: finding copies.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import duckdb
import polars as pl

from benchmarks.near_duplicates.__main__ import DATA, table
from pipeline import deduplication
from pipeline.deduplication.signatures import SHORTEST_WORDS
from pipeline.text.matching import match_form

WORDS: Final = 4
LETTERS: Final = 9
PAIRS: Final = """
    SELECT least(x.d, y.d) AS a, greatest(x.d, y.d) AS b, word_jaccard, letter_jaccard, word_containment,
        letter_containment
    FROM deduplication.pairs
    JOIN (SELECT text_id, min(document_id) AS d FROM deduplication.documents GROUP BY 1) AS x ON x.text_id = text_a
    JOIN (SELECT text_id, min(document_id) AS d FROM deduplication.documents GROUP BY 1) AS y ON y.text_id = text_b
"""
"""The compared pairs, each text named by the least of its documents."""


def articles(folder: Path) -> Iterator[str]:
    """Yield the article texts of the JSON files of a folder."""
    for path in sorted([*folder.glob("*.json"), *folder.glob("*.json.gz")]):
        data = path.read_bytes()
        records = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
        for record in records:
            text = next((record[name] for name in ("content", "body", "text") if record.get(name)), None)
            if text:
                yield str(text)


def shared(texts: pl.DataFrame, size: int, *, letters: bool) -> pl.DataFrame:
    """Return `a`, `b`, `jaccard`, `containment` of every two texts that share a shingle.

    Args:
        texts: `document_id` and `form`, the match form; no two forms are equal.
        size: Words, or letters, of a shingle.
        letters: Whether shingles are of letters, spaces left out.
    """
    if letters:
        plain = texts.with_columns(pl.col("form").str.replace_all(" ", "", literal=True))
        spread = plain.select(
            "document_id", "form", pl.int_ranges(pl.col("form").str.len_chars() - size + 1).alias("i")
        )
        shingles = spread.explode("i", empty_as_null=False).select(
            "document_id", pl.col("form").str.slice(pl.col("i"), size).hash().alias("s")
        )
    else:
        words = texts.select("document_id", pl.col("form").str.split(" ").alias("w")).explode("w")
        shingles = words.select(
            "document_id",
            s=pl.concat_str([pl.col("w").shift(-i).over("document_id") for i in range(size)], separator=" "),
        ).drop_nulls()
    shingles = shingles.unique().with_columns(pl.col("s").rank("dense"))
    sizes = shingles.group_by("document_id").len("size")
    both = (
        shingles.filter(pl.len().over("s") > 1)
        .pipe(lambda f: f.join(f, on="s"))
        .filter(pl.col("document_id") < pl.col("document_id_right"))
        .group_by("document_id", "document_id_right")
        .len("shared")
        .join(sizes, on="document_id")
        .join(sizes, left_on="document_id_right", right_on="document_id")
    )
    return both.select(
        a="document_id",
        b="document_id_right",
        jaccard=pl.col("shared") / (pl.col("size") + pl.col("size_right") - pl.col("shared")),
        containment=pl.col("shared") / pl.min_horizontal("size", "size_right"),
    )


def deduplicated(bodies: list[str]) -> tuple[duckdb.DuckDBPyConnection, pl.DataFrame]:
    """Deduplicate; return the stage's tables, and `document_id` and `form` of each distinct text of twenty words."""
    given = pl.DataFrame({"body": bodies}).select(
        pl.format("{}", pl.int_range(pl.len())).str.zfill(7).alias("document_id"),
        "body",
        pl.lit(None, pl.Date).alias("published_on"),
        pl.lit(None, pl.Datetime("us")).alias("published_at"),
    )
    con = duckdb.connect(config={"threads": 1})
    deduplication.create_tables(con)
    con.register("given", given.to_arrow())
    for batch in given.iter_slices(2000):
        deduplication.remember(con, deduplication.sign(batch))
    deduplication.link(con, "SELECT document_id, body FROM given")
    deduplication.cluster(con, "exhaustive")
    return con, given.select("document_id", match_form(pl.col("body")).alias("form")).filter(pl.col("form") != "")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--sample", type=int, default=0, help="pairs at a threshold but in no cluster to print")
    arguments = parser.parse_args()
    if arguments.folder is None:
        bodies = [
            str(record["content"])
            for path in sorted(DATA.glob("news/ar-saudinewsnet-*.json.gz"))
            for record in json.loads(gzip.decompress(path.read_bytes()))
        ]
    else:
        bodies = list(articles(arguments.folder))
    if not bodies:
        sys.exit("no articles: name a folder of JSON files, or set KHABAR_DEVELOPMENT_DATA")
    con, forms = deduplicated(bodies)
    duplicates = con.sql("SELECT document_id, duplicate_of FROM deduplication.duplicates").pl()
    clusters = con.sql("SELECT document_id, cluster_id FROM deduplication.clusters").pl()
    stored = con.sql(PAIRS).pl()

    kept = forms.join(duplicates, on="document_id", how="left").select(
        "form", kept=pl.coalesce("duplicate_of", "document_id")
    )
    repeated = kept.group_by("form").agg(pl.len(), pl.col("kept").n_unique().alias("of")).filter(pl.col("len") > 1)
    copies = int((repeated["len"] - 1).sum())
    missed = int((repeated["of"] - 1).sum())
    print(f"{len(bodies):,} articles; exact copies: {copies - missed:,} of {copies:,} found\n")

    long = forms.unique("form", keep="first", maintain_order=True).filter(
        pl.col("form").str.count_matches(" ") >= SHORTEST_WORDS - 1
    )
    rows, wrong = [], 0
    for unit, size in (("word", WORDS), ("letter", LETTERS)):
        truth = shared(long, size, letters=unit == "letter").filter(pl.col("containment") >= 0.5)
        both = truth.join(stored, on=["a", "b"], how="left")
        for measure in ("jaccard", "containment"):
            wrong += both.filter((pl.col(measure) - pl.col(f"{unit}_{measure}")).abs() > 1e-12).height
        placed = (
            both.join(clusters, left_on="a", right_on="document_id", how="left")
            .join(clusters, left_on="b", right_on="document_id", how="left", suffix="_b")
            .with_columns(together=(pl.col("cluster_id") == pl.col("cluster_id_b")).fill_null(False))
        )
        for measure, least in (("jaccard", 0.8), ("jaccard", 0.7), ("containment", 0.9), ("containment", 0.8)):
            asked = placed.filter(pl.col(measure) >= least)
            if asked.is_empty():
                continue
            found = asked["word_jaccard"].len() - asked["word_jaccard"].null_count()
            rows.append(
                (f"{unit} {measure}", f">= {least}", asked.height, found, found / asked.height,
                 asked["together"].mean())
            )  # fmt: skip
        if arguments.sample and unit == "word":
            apart = placed.filter((pl.col("containment") >= 0.8) & ~pl.col("together"))
            for a, b, jaccard, containment in (
                apart.sample(min(arguments.sample, apart.height), seed=1)
                .select("a", "b", "jaccard", "containment")
                .iter_rows()
            ):
                print(f"--- {a} {b} jaccard {jaccard:.2f} containment {containment:.2f}", file=sys.stderr)
                for name in (a, b):
                    print(f"    {forms.filter(pl.col('document_id') == name)['form'].item()[:300]}", file=sys.stderr)
    print(table(pl.DataFrame(
        rows, schema=["measure", "at", "pairs", "compared", "share compared", "share in one cluster"], orient="row"
    )))  # fmt: skip
    print(f"\n{stored.height:,} pairs stored; {wrong} measures differ from the exhaustive ones")


if __name__ == "__main__":
    main()
