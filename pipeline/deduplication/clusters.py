"""Clusters: from compared pairs to copies, kept documents and ids that live on.

Belongs here: what counts as near and contained, which copy is kept, who belongs together.
Does not belong here: measuring pairs (`verification`), the database (`clustering`).

Rules, each a function of the documents present and of nothing else:

- A pair is *near* if its Jaccard reaches the threshold in word or in letter shingles, else *contained*
  if the smaller text's share does.
- A *round-up* is a text that holds two or more texts that have nothing in common with each other, none of which
  outweighs the others by far. What it holds is no copy of it, nor it of them; texts near to it are. Where one
  does, the text belongs with that one and not with the others.
- Texts are taken in the order in which they would be kept. The first that is free leads a cluster; a
  text joins if it was compared with the leader and a path of near and contained pairs joins the two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from pipeline.deduplication import verification

HOLDS: Final = 0.6
"""A text counts as held by a round-up from this share on."""
OUTWEIGHS: Final = 5
"""A text that holds one this many times as large as all others that it holds is no round-up but a copy of that one."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What counts as a copy. A change re-clusters the stored pairs; nothing is hashed or compared again.

    Attributes:
        near_words: Least Jaccard of 4-word shingles of a near pair.
        near_letters: Least Jaccard of 9-letter shingles, spaces left out, of a near pair.
        contained_words: Least share of the smaller text's 4-word shingles of a contained pair.
        contained_letters: Least share of the smaller text's 9-letter shingles of a contained pair. One
            changed word breaks four word shingles but the letters of less than three, so the letters
            ask for more than the words do.
    """

    near_words: float = 0.7
    near_letters: float = 0.7
    contained_words: float = 0.8
    contained_letters: float = 0.9

    def __post_init__(self) -> None:
        """Refuse thresholds that stored pairs cannot answer.

        Raises:
            ValueError: If one lies outside of what is stored.
        """
        for name in ("near_words", "near_letters", "contained_words", "contained_letters"):
            value = getattr(self, name)
            if not verification.FLOOR <= value <= 1:
                raise ValueError(
                    f"{name} is {value}: thresholds lie between {verification.FLOOR}, below which no pair is "
                    "stored, and 1"
                )


@dataclass(frozen=True, slots=True)
class Clusters:
    """What `cluster` decides.

    Attributes:
        duplicates: Rows of `news.duplicates`.
        pairs: Rows of `news.duplicate_pairs` but for `run_id`.
        members: `document_id`, `cluster_id` of every document in a cluster, the kept one too.
        merges: `cluster_id`, `merged_into`: ids of before that are no more.
    """

    duplicates: pl.DataFrame
    pairs: pl.DataFrame
    members: pl.DataFrame
    merges: pl.DataFrame


def cluster(
    documents: pl.DataFrame,
    pairs: pl.DataFrame,
    before: pl.DataFrame,
    taken: Callable[[pl.Series], pl.Series],
    thresholds: Thresholds,
) -> Clusters:
    """Decide the clusters.

    Args:
        documents: `document_id`, `text_id`, `moment`, `letter_count` of at least all documents whose text
            is in a pair or is another document's too.
        pairs: The columns of `deduplication.pairs`.
        before: `document_id`, `cluster_id` of the last time, of these documents at least.
        taken: Says which of some cluster ids were in use the last time, whatever documents they are of.
        thresholds: What counts as near and contained.

    Returns:
        The clusters.
    """
    # The order in which documents would be kept: earliest, most complete, then by id.
    documents = documents.sort(
        pl.col("moment").is_null(), "moment", pl.col("letter_count") * -1, "document_id"
    ).with_columns(pl.col("document_id").first().over("text_id").alias("first_of_text"))
    texts = documents.filter(pl.col("document_id") == pl.col("first_of_text")).select(
        "text_id", "letter_count", document="document_id"
    )
    texts = texts.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("number"))
    links = _links(pairs, texts, thresholds)
    led, linked = _lead(links, texts)

    # Every document's place: its text's leader, and the weakest link on the way there.
    copies = documents.join(led, on="text_id", maintain_order="left").filter(pl.col("document_id") != pl.col("kept"))
    same_text = pl.col("kept") == pl.col("first_of_text")
    rows = copies.select(
        "document_id",
        pl.col("kept").alias("duplicate_of"),
        pl.when(same_text).then(pl.lit("exact")).otherwise("kind").alias("kind"),
        pl.when(same_text).then(1.0).otherwise("similarity").alias("similarity"),
    )
    members = pl.concat(
        [
            rows.select("document_id", kept="duplicate_of"),
            rows.select(document_id="duplicate_of", kept="duplicate_of").unique(),
        ]
    )
    named, merges = _name(members, before, taken)
    duplicates = rows.join(named.select("document_id", "cluster_id"), on="document_id").select(
        "document_id", "duplicate_of", "cluster_id", "kind", "similarity"
    )
    return Clusters(
        duplicates=duplicates.sort("document_id"),
        pairs=pl.concat([_exact_pairs(documents), linked]).sort("document_a", "document_b"),
        members=named.sort("document_id"),
        merges=merges,
    )


def _links(pairs: pl.DataFrame, texts: pl.DataFrame, thresholds: Thresholds) -> pl.DataFrame:
    """Return compared pairs: `a`, `b` (numbers of texts, b the larger), `kind`, `similarity`, `holds` (b most of a)."""
    from pipeline.deduplication import gathering

    words, letters = pl.col("word_jaccard"), pl.col("letter_jaccard")
    in_words, in_letters = pl.col("word_containment"), pl.col("letter_containment")
    near_words, near_letters = words >= thresholds.near_words, letters >= thresholds.near_letters
    contained_words = in_words >= thresholds.contained_words
    contained_letters = in_letters >= thresholds.contained_letters
    return (
        pairs.join(texts.select(text_a="text_id", a="number"), on="text_a")
        .join(texts.select(text_b="text_id", b="number"), on="text_b")
        .select(
            "a",
            "b",
            pl.when(near_words | near_letters)
            .then(gathering.NEAR)
            .when(contained_words | contained_letters)
            .then(gathering.CONTAINED)
            .otherwise(0)
            .cast(pl.Int8)
            .alias("kind"),
            # Words are what the pair is told by wherever they suffice.
            pl.when(near_words)
            .then(words)
            .when(near_letters)
            .then(letters)
            .when(contained_words)
            .then(in_words)
            .otherwise(in_letters)
            .alias("similarity"),
            (pl.max_horizontal(in_words, in_letters) >= HOLDS).alias("holds"),
        )
    )


def _lead(links: pl.DataFrame, texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Gather the texts around their leaders.

    Returns:
        `text_id`, `kept` (document), `kind`, `similarity` of every text; and the pairs that hold within a
        cluster: `document_a`, `document_b`, `kind`, `similarity`.
    """
    from pipeline.deduplication import gathering

    count = texts.height
    both = pl.concat(
        [
            links.select("kind", "similarity", one="b", other="a", holds="holds", is_larger=pl.lit(True)),
            links.select("kind", "similarity", one="a", other="b", holds=pl.lit(False), is_larger=pl.lit(False)),
        ]
    ).sort("one", "other")
    one, others = both["one"].to_numpy(), both["other"].to_numpy()
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(one, minlength=count), out=starts[1:])
    apart = gathering.roundups(
        starts, others, both["holds"].to_numpy(), texts["letter_count"].cast(pl.Int64).to_numpy(), OUTWEIGHS
    )
    # A pair stands twice, once from each end: sorted by the other end, the second stands where the first does.
    back = np.lexsort((one, others))
    is_larger = both["is_larger"].to_numpy()
    kinds = both["kind"].to_numpy()
    kinds = np.where((kinds == gathering.CONTAINED) & np.where(is_larger, apart, apart[back]), 0, kinds)
    similarities = both["similarity"].to_numpy()
    leaders, kind, similarity = gathering.lead(starts, others, kinds.astype(np.int8), similarities)

    names = texts["document"]
    led = pl.DataFrame(
        {
            "text_id": texts["text_id"],
            "kept": names.gather(leaders),
            "kind": _KINDS.gather(kind),
            "similarity": similarity,
        }
    )
    within = (one < others) & (kinds != 0) & (leaders[one] == leaders[others])
    ends = pl.DataFrame({"x": names.gather(one[within]), "y": names.gather(others[within])})
    linked = ends.select(
        pl.min_horizontal("x", "y").alias("document_a"),
        pl.max_horizontal("x", "y").alias("document_b"),
        pl.Series("kind", _KINDS.gather(kinds[within])),
        pl.Series("similarity", similarities[within]),
    )
    return led, linked


_KINDS: Final = pl.Series("kind", ["exact", "near", "contained"])
"""By the numbers of `gathering`."""


def _exact_pairs(documents: pl.DataFrame) -> pl.DataFrame:
    """Pair every document with the first that has the same text."""
    return documents.filter(pl.col("document_id") != pl.col("first_of_text")).select(
        pl.min_horizontal("document_id", "first_of_text").alias("document_a"),
        pl.max_horizontal("document_id", "first_of_text").alias("document_b"),
        pl.lit("exact").alias("kind"),
        pl.lit(1.0).alias("similarity"),
    )


def _name(
    members: pl.DataFrame, before: pl.DataFrame, taken: Callable[[pl.Series], pl.Series]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give clusters their ids.

    A cluster takes the id that most of its documents had, the least of several; an id that several
    clusters want goes to the one with most of its documents. Others get an id made of the kept document's.

    Args:
        members: `document_id`, `kept` of every document in a cluster.
        before: `document_id`, `cluster_id` of the last time.
        taken: As for `cluster`.

    Returns:
        `document_id`, `cluster_id`; and `cluster_id`, `merged_into` of ids whose cluster is no more while
        documents of it are in others.
    """
    votes = (
        members.join(before, on="document_id")
        .group_by("kept", "cluster_id")
        .agg(pl.len().alias("votes"))
        .sort(pl.col("votes") * -1, "cluster_id", "kept")
    )
    claimed = votes.unique("cluster_id", keep="first", maintain_order=True).unique(
        "kept", keep="first", maintain_order=True
    )
    kept = members.select("kept").unique().sort("kept")
    named = kept.join(claimed.select("kept", "cluster_id"), on="kept", how="left", maintain_order="left")
    named = pl.concat(
        [named.drop_nulls("cluster_id"), _new_ids(named.filter(pl.col("cluster_id").is_null())["kept"], taken)]
    )
    merges = (
        votes.join(named.select("cluster_id"), on="cluster_id", how="anti")
        .unique("cluster_id", keep="first", maintain_order=True)
        .join(named.select("kept", merged_into="cluster_id"), on="kept")
        .select("cluster_id", "merged_into")
        .sort("cluster_id")
    )
    return members.join(named, on="kept").select("document_id", "cluster_id"), merges


def _new_ids(kept: pl.Series, taken: Callable[[pl.Series], pl.Series]) -> pl.DataFrame:
    """Return `kept` and a `cluster_id` made of it that no cluster has."""
    schema = {"kept": pl.String, "cluster_id": pl.String}
    named = [pl.DataFrame(schema=schema)]
    attempt = 0
    while kept.len():
        offered = pl.DataFrame({"kept": kept, "cluster_id": [_id(name, attempt) for name in kept]}, schema=schema)
        free = offered.join(taken(offered["cluster_id"]).to_frame("cluster_id"), on="cluster_id", how="anti")
        named.append(free)
        kept = offered.join(free, on="kept", how="anti")["kept"]
        attempt += 1
    return pl.concat(named)


def _id(kept: str, attempt: int) -> str:
    return "c" + hashlib.sha256(f"{kept}\x1f{attempt}".encode()).hexdigest()[:16]
