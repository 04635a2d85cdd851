"""Stories: which documents report the same event.

Belongs here: how alike two documents must be, who leads a story, ids that live on.
Does not belong here: what an article's features are (`features`), duplicates.

Two documents are compared by three kinds of features: words, entities they link to, numbers they name.
Each kind gives a cosine; the similarity is their weighted mean (`ONE_LANGUAGE`,
`TWO_LANGUAGES`). Between languages the words
of every article but Arabic ones are taken over into Arabic by a lexicon. Within a kind a feature weighs by how rare it is
among all documents; priors keep that honest where documents are few. Documents more than `WINDOW_DAYS`
apart are never one story; where a day is unknown, more likeness is asked for.

A story is led by its first document: the earliest, then by id. Others join if they are alike enough to
it, or to a member and fairly alike to it. Everything is a function of the documents present, so a
rerun after changes gives the stories of a run from scratch.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.seeds import seed
from pipeline.stories.features import hashes

WINDOW_DAYS: Final = 3
"""Most days between two documents of a story."""
COMMON: Final = 2000
"""A feature of more documents within the window than this finds no pairs; it still counts."""
LEAST_TERMS: Final = 6
"""A document of fewer words and numbers says too little to be compared: it is a story of its own."""
PRIOR_DOCUMENTS: Final = 300
"""Documents that the priors weigh as much as."""
ONE_LANGUAGE: Final = (0.65, 0.2, 0.15)
"""What words, entities and numbers weigh between documents of one language."""
TWO_LANGUAGES: Final = (0.4, 0.35, 0.25)
"""The same between two languages, where fewer words can be compared."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How alike documents of a story are.

    Attributes:
        one_language: Least similarity to the story's first document, both of one language.
        two_languages: The same for documents of two languages.
        undated: Added to both where a day is unknown.
        slack: A document this much more alike to a member may be this much less alike to the first.
    """

    one_language: float = 0.5
    two_languages: float = 0.44
    undated: float = 0.05
    slack: float = 0.1


def group(
    documents: pl.DataFrame,
    terms: pl.DataFrame,
    entities: pl.DataFrame,
    before: pl.DataFrame,
    limits: Limits | None = None,
) -> pl.DataFrame:
    """Group documents into stories.

    Args:
        documents: `document_id`, `language`, `published_on` (Date or NULL), `published_at` (Datetime or
            NULL) of every kept document.
        terms: What `describe` gave for them. Rows of other documents are passed over.
        entities: `document_id`, `entity_id`, `mention_count` of their linked mentions.
        before: `document_id`, `story_id` of the last run; ids live on from here.
        limits: How alike documents of a story are.

    Returns:
        `story_id`, `document_id`, `similarity`: one row per document, in the order of `document_id`.
    """
    limits = limits or Limits()
    ordered = (
        documents.with_columns(
            pl.coalesce(pl.col("published_at").cast(pl.Date), "published_on").alias("day"),
            pl.coalesce(
                pl.col("published_at").cast(pl.Datetime("us")), pl.col("published_on").cast(pl.Datetime("us"))
            ).alias("moment"),
        )
        .sort(pl.col("moment").is_null(), "moment", "document_id")
        .with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("number"))
    )
    if ordered.is_empty():
        return pl.DataFrame(schema={"story_id": pl.String, "document_id": pl.String, "similarity": pl.Float64})
    # The day alone decides the window, and days rise with moments.
    days = ordered["moment"].dt.date().to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    languages = ordered["language"].fill_null("und").rank("dense").cast(pl.Int64).to_numpy()
    numbers = ordered.select("document_id", "number")
    telling = terms.filter(pl.len().over("document_id") >= LEAST_TERMS)
    entities = entities.join(telling.select("document_id").unique(), on="document_id", how="semi")
    words, others = _word_view(telling), [_entity_view(entities), _number_view(telling)]
    pairs = [
        _compare(_weigh([view, *others], weights, numbers, ordered.height), languages, days, floors)
        for view, weights, floors in (
            (words, ONE_LANGUAGE, (limits.one_language - limits.slack, np.inf)),
            (_translated(words, documents), TWO_LANGUAGES, (np.inf, limits.two_languages - limits.slack)),
        )
    ]
    leaders, similarities = _lead(pairs, languages, days, limits, ordered.height)
    names = ordered["document_id"]
    made = pl.DataFrame({"document_id": names, "first": names.gather(leaders), "similarity": similarities.round(6)})
    return (
        made.join(_name(made, before), on="first").select("story_id", "document_id", "similarity").sort("document_id")
    )


def _word_view(terms: pl.DataFrame) -> pl.DataFrame:
    return terms.filter(~pl.col("is_number")).select(
        "document_id", feature="term", weight=1 + pl.col("count").log(), prior=pl.lit(0.01)
    )


def _entity_view(entities: pl.DataFrame) -> pl.DataFrame:
    return entities.select(
        "document_id",
        feature=hashes(pl.col("entity_id")),
        weight=1 + 0.5 * pl.col("mention_count").cast(pl.Float64).log(),
        prior=pl.lit(0.03),
    )


def _number_view(terms: pl.DataFrame) -> pl.DataFrame:
    """Numbers: a day of the month or a year says little of an event, another number much."""
    classes = _number_classes()
    return (
        terms.filter("is_number")
        .join(classes, on="term", how="left")
        .select(
            "document_id",
            feature="term",
            weight=pl.lit(1.0),
            prior=pl.col("prior").fill_null(0.006),
        )
    )


@functools.cache
def _number_classes() -> pl.DataFrame:
    """Return `term` and `prior` of numbers that stand in many articles."""
    numbers = pl.DataFrame({"number": [*range(32), *range(1300, 1450), *range(1900, 2101)]})
    return numbers.select(
        hashes(pl.col("number").cast(pl.String)).alias("term"),
        pl.when(pl.col("number") < 32).then(0.15).otherwise(0.06).alias("prior"),
    )


@functools.cache
def _lexicon() -> pl.DataFrame:
    """Return `feature` and `target` (hashes of a Persian and an Arabic stem) and `chance`."""
    pairs = pl.read_csv(seed("models", "stories", "lexicon.tsv"), separator="\t", quote_char=None)
    return pairs.select(
        hashes(pl.col("persian")).alias("feature"),
        hashes(pl.col("arabic")).alias("target"),
        pl.col("weight").alias("chance"),
    )


def _translated(words: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Take words of other languages over into Arabic; a word the lexicon lacks may be the same in both."""
    languages = documents.select("document_id", is_arabic=(pl.col("language") == "ar").fill_null(value=False))
    given = words.join(languages, on="document_id").sort("document_id", "feature")
    taken = given.filter(~pl.col("is_arabic")).join(_lexicon(), on="feature", how="left", maintain_order="left_right")
    return pl.concat(
        [
            given.filter("is_arabic").drop("is_arabic"),
            taken.group_by("document_id", pl.coalesce("target", "feature").alias("feature"), maintain_order=True).agg(
                (pl.col("weight") * pl.col("chance").fill_null(0.5)).sum(), pl.col("prior").first()
            ),
        ]
    )


def _weigh(views: list[pl.DataFrame], weights: tuple[float, ...], numbers: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return `number`, `feature` (numbered), `weight`, so that products sum to the weighted mean of cosines.

    In each view tf-idf of unit length per document; a document without one of the views is told by the others.
    """
    parts = []
    for kind, (view, share) in enumerate(zip(views, weights, strict=True)):
        # In one order, so that sums of floats are the same whatever order rows came in.
        given = view.join(numbers, on="document_id").sort("number", "feature")
        rarity = given.group_by("feature").agg(
            ((count + PRIOR_DOCUMENTS) / (pl.len() + PRIOR_DOCUMENTS * pl.col("prior").first()))
            .log()
            .clip(0)
            .alias("idf")
        )
        weighed = given.join(rarity, on="feature").with_columns(pl.col("weight") * pl.col("idf"))
        length = (pl.col("weight") ** 2).sum().sqrt().over("number")
        parts.append(
            weighed.filter(pl.col("weight") > 0).select(
                "number", pl.lit(kind).alias("kind"), "feature", pl.col("weight") / length * share**0.5
            )
        )
    together = pl.concat(parts)
    whole = (pl.col("weight") ** 2).sum().sqrt().over("number")
    return (
        together.with_columns(pl.col("weight") / whole)
        .with_columns((pl.struct("kind", "feature").rank("dense").cast(pl.Int64) - 1).alias("feature"))
        .select("number", "feature", "weight")
        .sort("number", "feature")
    )


def _compare(
    weighed: pl.DataFrame,
    languages: npt.NDArray[np.int64],
    days: npt.NDArray[np.int64],
    floors: tuple[float, float],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    from pipeline.stories import kernels

    count = len(days)
    features = weighed["feature"].to_numpy()
    by_feature = weighed.sort("feature", "number")
    answer: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]] = kernels.similar(
        _starts(weighed["number"].to_numpy(), count),
        features,
        weighed["weight"].to_numpy(),
        _starts(by_feature["feature"].to_numpy(), int(features.max(initial=-1)) + 1),
        by_feature["number"].to_numpy(),
        by_feature["weight"].to_numpy(),
        languages,
        days,
        WINDOW_DAYS,
        COMMON,
        np.array(floors),
    )
    return answer


def _starts(sorted_numbers: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(sorted_numbers, minlength=count), out=starts[1:])
    return starts


def _lead(
    pairs: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]],
    languages: npt.NDArray[np.int64],
    days: npt.NDArray[np.int64],
    limits: Limits,
    count: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return for each document its story's first document and how alike it is to that one."""
    later, earlier, similarity = (np.concatenate([pair[i] for pair in pairs]) for i in range(3))
    asked = np.where(languages[later] == languages[earlier], limits.one_language, limits.two_languages)
    asked = asked + np.where((days[later] < 0) | (days[earlier] < 0), limits.undated, 0.0)
    margin = similarity - asked
    keep = margin >= -limits.slack
    later, earlier, similarity, margin = later[keep], earlier[keep], similarity[keep], margin[keep]
    order = np.lexsort((earlier, later))
    from pipeline.stories import kernels

    leaders, alike = kernels.lead(
        _starts(later[order], count), earlier[order], similarity[order], margin[order], limits.slack
    )
    return leaders, alike


def _name(made: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Give stories their ids: `first`, `story_id`.

    A story takes the id that most of its documents had, the least of several; an id that several want
    goes to the one with most of its documents. Others get an id made of their first document's.
    """
    votes = (
        made.join(before.select("document_id", "story_id"), on="document_id")
        .group_by("first", "story_id")
        .agg(pl.len().alias("votes"))
        .sort(pl.col("votes") * -1, "story_id", "first")
    )
    claimed = votes.unique("story_id", keep="first", maintain_order=True).unique(
        "first", keep="first", maintain_order=True
    )
    named = (
        made.select("first").unique().sort("first").join(claimed.select("first", "story_id"), on="first", how="left")
    )
    taken = set(before["story_id"].unique())
    fresh = {first: _new_id(first, taken) for first in named.filter(pl.col("story_id").is_null())["first"]}
    return named.with_columns(
        pl.coalesce("story_id", pl.col("first").replace_strict(fresh, default=None, return_dtype=pl.String))
    )


def _new_id(first: str, taken: set[str]) -> str:
    attempt = 0
    while True:
        name = "s" + hashlib.sha256(f"{first}\x1f{attempt}".encode()).hexdigest()[:16]
        if name not in taken:
            taken.add(name)
            return name
        attempt += 1
