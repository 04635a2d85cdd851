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
import numpy.typing as npt
import polars as pl

from pipeline.deduplication import verification
from pipeline.identities import claims

Taken = Callable[[npt.NDArray[np.uint64]], npt.NDArray[np.uint64]]

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
        members: Rows of `deduplication.clusters`: every document in a cluster, the kept one too.
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
    taken: Taken,
    thresholds: Thresholds,
) -> Clusters:
    """Decide the clusters.

    Args:
        documents: `number`, `document_id`, `text_id`, `moment`, `letter_count` of at least all documents whose text
            is in a pair or is another document's too.
        pairs: The columns of `deduplication.pairs`.
        before: `document_id`, `code` of the last time, of these documents at least.
        taken: Says which of some codes were in use the last time, whatever documents they are of.
        thresholds: What counts as near and contained.

    Returns:
        The clusters.
    """
    # The order in which documents would be kept: earliest, most complete, then by id.
    documents = documents.sort(pl.col("moment").is_null(), "moment", pl.col("letter_count") * -1, "document_id")
    texts = _Texts.of(documents)
    links = _links(pairs, texts, thresholds)
    leaders, kind, similarity = _lead(links, texts)

    # Every document's place: its text's leader, and the weakest link on the way there.
    rows = np.arange(documents.height)
    kept = texts.first[leaders][texts.of_row]
    is_copy = kept != rows
    copies, kept_of_copies, copied = rows[is_copy], kept[is_copy], texts.of_row[is_copy]
    is_same = leaders[copied] == copied
    names = documents["document_id"]
    duplicates = pl.DataFrame(
        {
            "document_id": names.gather(copies),
            "duplicate_of": names.gather(kept_of_copies),
            "kind": _KINDS.gather(np.where(is_same, 0, kind[copied])),
            "similarity": np.where(is_same, 1.0, similarity[copied]),
        }
    )
    is_kept = np.zeros(documents.height, np.bool_)
    is_kept[kept_of_copies] = True
    within = is_kept | is_copy
    members = documents.select("number", "document_id").filter(within)
    members = members.with_columns(kept=names.gather(kept[within]))
    named, merges = _name(members, before, taken)
    # A copy's pair is the one with the first document of its text, or the links between texts.
    first = texts.first[texts.of_row]
    repeated = rows[first != rows]
    one, two = texts.first[links.one], texts.first[links.other]
    paired = (links.kind != 0) & links.is_larger & (leaders[links.one] == leaders[links.other])
    ends = pl.DataFrame(
        {
            "x": names.gather(np.concatenate([repeated, one[paired]])),
            "y": names.gather(np.concatenate([first[repeated], two[paired]])),
            "kind": _KINDS.gather(np.concatenate([np.zeros(len(repeated), np.int8), links.kind[paired]])),
            "similarity": np.concatenate([np.ones(len(repeated)), links.similarity[paired]]),
        }
    )
    return Clusters(
        duplicates=duplicates.join(named.select("document_id", "cluster_id"), on="document_id")
        .select("document_id", "duplicate_of", "cluster_id", "kind", "similarity")
        .sort("document_id"),
        pairs=ends.select(
            pl.min_horizontal("x", "y").alias("document_a"),
            pl.max_horizontal("x", "y").alias("document_b"),
            "kind",
            "similarity",
        ).sort("document_a", "document_b"),
        members=named.sort("document_id"),
        merges=merges,
    )


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of documents, numbered in the order in which they would be kept.

    Attributes:
        names: `text_id` of all, rising.
        numbers: The number of each in `names`.
        of_row: The number of each document's text.
        first: For each number the row of the first document that has the text.
        letters: For each number the letters.
    """

    names: npt.NDArray[np.uint64]
    numbers: npt.NDArray[np.int64]
    of_row: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    letters: npt.NDArray[np.int64]

    @classmethod
    def of(cls, documents: pl.DataFrame) -> _Texts:
        names, first, places = np.unique(documents["text_id"].to_numpy(), return_index=True, return_inverse=True)
        order = np.argsort(first)
        numbers = np.empty(len(names), np.int64)
        numbers[order] = np.arange(len(names))
        letters = documents["letter_count"].to_numpy().astype(np.int64)
        return cls(names, numbers, numbers[places], first[order], letters[first[order]])

    def find(self, names: pl.Series) -> npt.NDArray[np.int64]:
        return self.numbers[np.searchsorted(self.names, names.to_numpy())]


@dataclass(frozen=True, slots=True)
class _Links:
    """Compared pairs, each from both its ends, sorted by `one`, then `other`.

    Attributes:
        one: Number of one text.
        other: Number of the other.
        is_larger: Whether `one` is the larger.
        kind: NEAR or CONTAINED, 0 where the pair was only compared.
        similarity: By the measure that decides.
        holds: Whether `one` is the larger and holds most of the other.
    """

    one: npt.NDArray[np.int64]
    other: npt.NDArray[np.int64]
    is_larger: npt.NDArray[np.bool_]
    kind: npt.NDArray[np.int8]
    similarity: npt.NDArray[np.float64]
    holds: npt.NDArray[np.bool_]


def _links(pairs: pl.DataFrame, texts: _Texts, thresholds: Thresholds) -> _Links:
    from pipeline.deduplication import gathering

    a, b = texts.find(pairs["text_a"]), texts.find(pairs["text_b"])
    words, letters, in_words, in_letters = (
        pairs[name].to_numpy() for name in ("word_jaccard", "letter_jaccard", "word_containment", "letter_containment")
    )
    # Words are what the pair is told by wherever they suffice.
    decided = [
        words >= thresholds.near_words,
        letters >= thresholds.near_letters,
        in_words >= thresholds.contained_words,
        in_letters >= thresholds.contained_letters,
    ]
    kind = np.select(decided, [gathering.NEAR, gathering.NEAR, gathering.CONTAINED, gathering.CONTAINED], 0)
    similarity = np.select(decided, [words, letters, in_words, in_letters], in_letters)
    holds = np.maximum(in_words, in_letters) >= HOLDS
    one, other = np.concatenate([b, a]), np.concatenate([a, b])
    order = np.lexsort((other, one))
    is_larger = order < len(b)
    pair = np.where(is_larger, order, order - len(b))
    return _Links(
        one[order], other[order], is_larger, kind.astype(np.int8)[pair], similarity[pair], holds[pair] & is_larger
    )


def _lead(links: _Links, texts: _Texts) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8], npt.NDArray[np.float64]]:
    """Gather the texts around their leaders; what round-ups hold is no link any more.

    Returns:
        For each text the number of its leader, kind and similarity.
    """
    from pipeline.deduplication import gathering

    starts = np.zeros(len(texts.first) + 1, np.int64)
    np.cumsum(np.bincount(links.one, minlength=len(texts.first)), out=starts[1:])
    apart = gathering.roundups(starts, links.other, links.holds, texts.letters, OUTWEIGHS)
    # A pair stands twice, once from each end: sorted by the other end, the second stands where the first does.
    back = np.lexsort((links.one, links.other))
    links.kind[(links.kind == gathering.CONTAINED) & np.where(links.is_larger, apart, apart[back])] = 0
    answer: tuple[npt.NDArray[np.int64], npt.NDArray[np.int8], npt.NDArray[np.float64]]
    answer = gathering.lead(starts, links.other, links.kind, links.similarity)
    return answer


_KINDS: Final = pl.Series("kind", ["exact", "near", "contained"])
"""By the numbers of `gathering`."""


def _name(members: pl.DataFrame, before: pl.DataFrame, taken: Taken) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give clusters their ids.

    Ids live on as `pipeline.identities` says. Others get an id made of the kept document's.

    Args:
        members: `number`, `document_id`, `kept` of every document in a cluster.
        before: `document_id`, `code` of the last time.
        taken: As for `cluster`.

    Returns:
        `number`, `document_id`, `cluster_id`, `code`; and `cluster_id`, `merged_into` of ids whose cluster is no
        more while documents of it are in others.
    """
    kept = members["kept"].unique().sort()
    codes: dict[str, int] = {}
    merged: list[tuple[int, str]] = []
    if before.height:
        claimed = claims(members, before, "kept", "code")
        codes = dict(claimed.filter("lives_on").select("kept", "code").iter_rows())
        merged = claimed.filter(~pl.col("lives_on")).sort("code").select("code", "kept").rows()
    codes |= _new_codes([name for name in kept if name not in codes], taken)
    named = pl.DataFrame(
        {"kept": list(codes), "code": list(codes.values()), "cluster_id": [_spelled(code) for code in codes.values()]},
        schema={"kept": pl.String, "code": pl.UInt64, "cluster_id": pl.String},
    )
    merges = pl.DataFrame(
        [(_spelled(ended), _spelled(codes[name])) for ended, name in merged],
        schema={"cluster_id": pl.String, "merged_into": pl.String},
        orient="row",
    )
    return members.join(named, on="kept").select("number", "document_id", "cluster_id", "code"), merges


def _new_codes(kept: list[str], taken: Taken) -> dict[str, int]:
    """Return for each document a code made of its id that no cluster has."""
    codes: dict[str, int] = {}
    attempt = 0
    while kept:
        codes |= {name: _code(name, attempt) for name in kept}
        used = set(taken(np.array([codes[name] for name in kept], np.uint64)).tolist())
        kept = [name for name in kept if codes[name] in used]
        attempt += 1
    return codes


def _code(kept: str, attempt: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{kept}\x1f{attempt}".encode()).digest()[:8], "big")


def _spelled(code: int) -> str:
    return f"c{code:016x}"
