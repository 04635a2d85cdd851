"""Features: what an article is about, as vectors that compare.

Belongs here: the pure step from an article to its two vectors. Does not belong here: comparing (`pairs`).

News is written as an inverted pyramid: the headline, the lead and the head of the body say what happened;
what follows is background that other events share. Numbers are taken from the whole article: they are
few, and say the same in any language.

Three kinds of features are weighed by tf-idf: words, entities the article's mentions link to, numbers. How rare a
feature is does not come from the documents present but from a table learned once (`python -m training.stories`): so a
vector is a property of its article alone, and stays what it is while others come and go. Each kind has unit
length, times the root of its share: the product of two vectors is the weighted mean of three cosines.
An article has two vectors: one to compare within its language, one for between languages, in which the words of every
article but Arabic ones are taken over into Arabic by a lexicon.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Final

import numpy as np
import polars as pl

from pipeline.seeds import seed
from pipeline.text import matching

HEAD_WORDS: Final = 120
"""Words of lead and body that are looked at."""
TITLE_WEIGHT: Final = 3
"""Each word of the headline counts as often as this."""
LEAST_TERMS: Final = 6
"""An article of fewer words and numbers says too little to be compared: it has no vector, and is a story of its own."""
ONE_LANGUAGE: Final = (0.65, 0.2, 0.15)
"""What words, entities and numbers weigh between documents of one language."""
TWO_LANGUAGES: Final = (0.4, 0.35, 0.25)
"""The same between two languages, where fewer words can be compared."""
RARE: Final = (0.0005, 0.0015, 0.003)
"""Share of articles that a word, entity or number is taken to stand in where the learned table does not have it."""
REST: Final = 0.2
"""Length of what is left of a vector beside its probes: by these it looks for others."""

ARABIC_HEAD: Final = r"^(?:[وفبک]?ال|لل)(\p{L}{3,})$"
"""Article, with a proclitic before it or not, in the match form. After light10 (Larkey, Ballesteros and
Connell, 2007), like the endings below."""
ARABIC_TAIL: Final = r"^(\p{L}{3,}?)(?:یات|یه|ات|ون|ین|ان|ه|ی)$"
PERSIAN_TAIL: Final = r"^(\p{L}{3,}?)(?:هایی|های|ها|ترین|تر|ی)$"


def describe(documents: pl.DataFrame) -> pl.DataFrame:
    """Return the vectors of articles.

    Args:
        documents: `document_id`, `language`, `title`, `lead`, `body` (Strings; title and lead may be NULL),
            `entities` (List of the ids its linked mentions have, as often as they are mentioned).

    Returns:
        `document_id`, `feature` (UInt64), `within` and `across` (Float32: what it weighs in each of the two vectors, 0
        where it is not in it), `probe_within` and `probe_across`; sorted. An article of fewer than `LEAST_TERMS` terms
        has no row.
    """
    terms = count_terms(documents).filter(pl.len().over("document_id") >= LEAST_TERMS)
    telling = documents.select("document_id", "entities").join(terms, on="document_id", how="semi")
    words, others = _word_view(terms), [_entity_view(telling), _number_view(terms)]
    within = _weigh([words, *others], ONE_LANGUAGE)
    across = _weigh([_translated(words, documents), *others], TWO_LANGUAGES)
    return (
        within.rename({"weight": "within", "is_probe": "probe_within"})
        .join(
            across.rename({"weight": "across", "is_probe": "probe_across"}),
            on=["document_id", "feature"],
            how="full",
            coalesce=True,
        )
        .with_columns(
            pl.col("within", "across").fill_null(0.0), pl.col("probe_within", "probe_across").fill_null(False)
        )
        .select("document_id", "feature", "within", "across", "probe_within", "probe_across")
        .sort("document_id", "feature")
    )


def count_terms(documents: pl.DataFrame) -> pl.DataFrame:
    """Count the stems of articles' heads and their numbers.

    Args:
        documents: `document_id`, `language`, `title`, `lead`, `body`.

    Returns:
        `document_id`, `word`, `is_number`, `count`.
    """
    given = documents.select(
        "document_id",
        "language",
        matching.match_form(pl.col("title").fill_null("")).str.split(" ").alias("title"),
        matching.match_form(pl.concat_str("lead", "body", separator="\n", ignore_nulls=True).fill_null(""))
        .str.split(" ")
        .alias("text"),
    )
    words = pl.concat(
        [
            _words(given, pl.col("title"), TITLE_WEIGHT),
            _words(given, pl.col("text").list.head(HEAD_WORDS), 1),
            _words(given, pl.col("text").list.gather_every(1, HEAD_WORDS), 1).filter(_is_number),
        ]
    )
    return (
        words.filter(_is_number | (pl.col("word").str.len_chars() > 2))
        .with_columns(_is_number.alias("is_number"), stem(pl.col("word"), pl.col("language")))
        .group_by("document_id", "word", "is_number", maintain_order=True)
        .agg(pl.col("count").sum().cast(pl.Int32))
    )


_is_number: Final = pl.col("word").str.contains(r"^\d+$")


def stem(word: pl.Expr, language: pl.Expr) -> pl.Expr:
    """Return the expression that takes from a match form's word what its grammar adds, by language."""
    return (
        pl.when(language == "ar")
        .then(word.str.replace(ARABIC_HEAD, "$1").str.replace(ARABIC_TAIL, "$1"))
        .when(language == "fa")
        .then(word.str.replace(PERSIAN_TAIL, "$1"))
        .otherwise(word)
    )


def hashes(words: pl.Expr) -> pl.Expr:
    """Return the expression that gives the first 64 bits of each word's SHA-256."""
    return words.map_batches(_hashes, return_dtype=pl.UInt64)


def _words(given: pl.DataFrame, words: pl.Expr, count: int) -> pl.DataFrame:
    return (
        given.select("document_id", "language", words.alias("word"))
        .explode("word")
        .filter(pl.col("word").is_not_null() & (pl.col("word") != ""))
        .with_columns(pl.lit(count).alias("count"))
    )


def _hashes(words: pl.Series) -> pl.Series:
    distinct = words.unique()
    digests = b"".join(hashlib.sha256(word.encode()).digest()[:8] for word in distinct)
    table = pl.DataFrame({"word": distinct, "hash": np.frombuffer(digests, np.dtype("<u8"))})
    return words.to_frame("word").join(table, on="word", how="left", maintain_order="left")["hash"]


def _word_view(terms: pl.DataFrame) -> pl.DataFrame:
    return terms.filter(~pl.col("is_number")).select(
        "document_id", feature=hashes(pl.col("word")), weight=1 + pl.col("count").cast(pl.Float64).log()
    )


def _number_view(terms: pl.DataFrame) -> pl.DataFrame:
    return terms.filter("is_number").select("document_id", feature=hashes(pl.col("word")), weight=pl.lit(1.0))


def _entity_view(documents: pl.DataFrame) -> pl.DataFrame:
    return (
        documents.select("document_id", "entities")
        .explode("entities")
        .filter(pl.col("entities").is_not_null())
        .group_by("document_id", "entities")
        .agg(pl.len().alias("count"))
        .select(
            "document_id",
            feature=hashes(pl.col("entities")),
            weight=1 + 0.5 * pl.col("count").cast(pl.Float64).log(),
        )
    )


@functools.cache
def _rarities() -> pl.DataFrame:
    """Return `feature`, `idf` of words, entities and numbers that stand in many articles."""
    table = pl.read_csv(
        seed("models", "stories", "shares.tsv"),
        separator="\t",
        quote_char=None,
        schema_overrides={"feature": pl.String},
    )
    return table.select(hashes(pl.col("feature")).alias("feature"), (pl.col("share").log() * -1).alias("idf"))


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
                (pl.col("weight") * pl.col("chance").fill_null(0.5)).sum()
            ),
        ]
    )


def _weigh(views: list[pl.DataFrame], shares: tuple[float, ...]) -> pl.DataFrame:
    """Return `document_id`, `feature`, `weight` (Float32), `is_probe`: products sum to the weighted mean of cosines.

    A document without one of the views is told by the others.
    """
    parts = []
    for view, share, rare in zip(views, shares, RARE, strict=True):
        # In one order, so that sums of floats are the same whatever order rows came in.
        weighed = (
            view.sort("document_id", "feature")
            .join(_rarities(), on="feature", how="left", maintain_order="left")
            .select("document_id", "feature", pl.col("weight") * pl.col("idf").fill_null(np.inf).clip(0, -np.log(rare)))
            .filter(pl.col("weight") > 0)
        )
        length = (pl.col("weight") ** 2).sum().sqrt().over("document_id")
        parts.append(weighed.select("document_id", "feature", pl.col("weight") / length * share**0.5))
    whole = (pl.col("weight") ** 2).sum().sqrt().over("document_id")
    vectors = pl.concat(parts).select("document_id", "feature", (pl.col("weight") / whole).cast(pl.Float32))
    # What is left from a feature on, itself counted: by the heaviest a document looks for others.
    left = (pl.col("weight").cast(pl.Float64) ** 2).cum_sum(reverse=True).over("document_id")
    return vectors.sort("document_id", pl.col("weight") * -1, "feature").with_columns(
        (left > REST**2).alias("is_probe")
    )
