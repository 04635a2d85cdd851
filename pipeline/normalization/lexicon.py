"""The shipped word tables and weights, read once per process.

Belongs here: reading `seeds/models/normalization` into arrays. Does not belong here: what is in it
(`training.normalization` writes it), what is done with it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from pipeline.normalization import doubts, features, neighbours
from pipeline.normalization.folding import code_points
from pipeline.seeds import seed


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that half-space restoration knows.

    Attributes:
        lexicon: Word tables.
        certain: Hash table of words whose cutting needs no model, and the cuttings.
        word_weights: Weights of the word model.
        neighbour_weights: Weights of the neighbours' say on endings that are spelt alike.
        forest: The trees that look again at words in doubt.
        space_weights: Weights of the space model.
    """

    lexicon: features.Lexicon
    certain: tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint32]]
    word_weights: NDArray[np.float32]
    neighbour_weights: NDArray[np.float32]
    forest: doubts.Forest
    space_weights: NDArray[np.float32]


@njit(cache=True)
def _hash_all(flat: NDArray[np.uint32], ends: NDArray[np.int64]) -> Any:
    out = np.empty(ends.size, np.uint64)
    low = 0
    for i in range(ends.size):
        out[i] = features.hash_letters(flat, low, ends[i])
        low = ends[i]
    return out


@njit(cache=True)
def _pair_hashes(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> Any:
    out = np.empty(left.size, np.uint64)
    for i in range(left.size):
        out[i] = features.mix(left[i], right[i]) | np.uint64(1)
    return out


def hash_strings(names: pl.Series) -> NDArray[np.uint64]:
    """Return the hash of each string."""
    hashes: NDArray[np.uint64] = _hash_all(*code_points(names))
    return hashes


def hash_pairs(left: pl.Series, right: pl.Series) -> NDArray[np.uint64]:
    """Return the hash of each pair of strings."""
    hashes: NDArray[np.uint64] = _pair_hashes(hash_strings(left), hash_strings(right))
    return hashes


def hash_table(names: pl.Series, masks: pl.Series) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint32]]:
    """Return distinct words and their cuttings as a hash table."""
    keys, rows = features.build_table(hash_strings(names))
    return keys, rows, masks.cast(pl.UInt32).to_numpy()


@functools.cache
def model() -> Model:
    """Read the shipped model.

    Raises:
        FileNotFoundError: If the seed is missing.
    """
    # Table by table, so that no two are held as frames at once.
    word_weights, neighbour_weights, space_weights = _weights()
    certain, pieces = _words()
    lexicon = features.Lexicon(*pieces, *_cuttings(), *_pairs())
    return Model(lexicon, certain, word_weights, neighbour_weights, _forest(), space_weights)


def _weights() -> list[NDArray[np.float32]]:
    """Weights of the word model, of the neighbours, of the space model."""
    with np.load(seed("models", "normalization", "weights.npz")) as weights:
        return [
            _dense(weights[f"{name}_places"], weights[f"{name}_values"], size)
            for name, size in (
                ("word", features.WEIGHTS),
                ("neighbour", neighbours.WEIGHTS),
                ("space", features.WEIGHTS),
            )
        ]


def _forest() -> doubts.Forest:
    """The trees that look again."""
    with np.load(seed("models", "normalization", "doubts.npz")) as trees:
        return doubts.Forest(
            trees["roots"], trees["columns"], trees["thresholds"].astype(np.float32), trees["children"],
            trees["shares"].astype(np.float32),
        )  # fmt: skip


def _words() -> tuple[Any, tuple[Any, Any, Any]]:
    """Words that need no model; the lexicon's three arrays of pieces."""
    words = pl.read_parquet(seed("models", "normalization", "words.parquet"))
    known = words.filter(pl.col("certain").is_not_null())
    certain = hash_table(known["word"], known["certain"])
    words = words.filter(pl.col("is_piece"))
    keys, rows = features.build_table(hash_strings(words["word"]))
    return certain, (
        keys,
        rows,
        _matrix(words.select("whole", "first", "middle", "last", "listed", "bits", "class"), np.uint8),
    )


def _cuttings() -> tuple[Any, Any, Any, Any, Any]:
    """The lexicon's five arrays of words and their cuttings."""
    cuttings = pl.read_parquet(seed("models", "normalization", "cuttings.parquet"))
    # Cuttings of one word lie together.
    starts = cuttings.select("word").with_row_index().filter(pl.col("word").ne_missing(pl.col("word").shift()))
    keys, rows = features.build_table(hash_strings(starts["word"]))
    return (
        keys,
        rows,
        np.append(starts["index"].to_numpy(), cuttings.height).astype(np.int32),
        cuttings["mask"].to_numpy(),
        _matrix(cuttings.select("treebank", "news", "dictionary"), np.int32),
    )


def _pairs() -> tuple[Any, Any, Any]:
    """The lexicon's three arrays of pairs."""
    pairs = pl.read_parquet(seed("models", "normalization", "pairs.parquet"))
    keys, rows = features.build_table(hash_pairs(pairs["left"], pairs["right"]))
    return keys, rows, _matrix(pairs.select("treebank_joined", "treebank_apart", "news_joined", "news_apart"), np.int32)


def _matrix(frame: pl.DataFrame, dtype: type[np.generic]) -> Any:
    return np.ascontiguousarray(frame.to_numpy().astype(dtype))


def _dense(places: NDArray[np.int32], values: NDArray[np.float16], size: int) -> NDArray[np.float32]:
    dense = np.zeros(size, np.float32)
    dense[np.cumsum(places, dtype=np.int64)] = values
    return dense
