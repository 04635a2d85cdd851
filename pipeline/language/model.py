"""The classifier: its weights, and what they say of each line.

A line's evidence for a language is the sum of its n-grams' weights over the square root of their
number, plus the weights of the signs it holds and a bias. The language of the greatest evidence is
named, with the probability that it is right: how often a language of such a lead over the runner-up
was right on lines of such a length that were not trained on, languages outside of the set among them.

Belongs here: reading the model and scoring. Does not belong here: the n-grams
(`pipeline.language.features`), fitting (`training.language`), documents (`pipeline.language.documents`).
"""

from __future__ import annotations

import functools
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from pipeline.language import features
from pipeline.seeds import seed

LANGUAGES: Final = ("fa", "ar", "ur", "ps", "ckb", "sd", "ug", "azb", "glk", "mzn", "ks", "bal", "und")
"""What the classifier tells apart. `und` is every other language of the script."""
UNDETERMINED: Final = len(LANGUAGES) - 1
DARI: Final = len(LANGUAGES)
"""The column of the weights that tells Dari (greater) from the Persian of Iran (smaller)."""
COLUMNS: Final = 16
PRIORS: Final = (0.4, 0.6)
"""Evidence that Persian and Arabic, the first two, have before a line is read: most of Khabar's lines are theirs."""
PRIORS_ALONE: Final = (0.4, 1.0, 0.15)
"""The same for a single word, and for Urdu, the third: chosen on tuning lines so that none pays for another."""
LENGTHS_ALONE: Final = (1, 4, 6, 8)
"""Fewest letters of each class of single words. Classes have their own biases, weights of signs and confidences."""
LENGTHS: Final = (2, 12, 18, 30, 60)
"""Fewest letters of each class of lines of more words."""
CLASSES: Final = len(LENGTHS_ALONE) + len(LENGTHS)
LEADS: Final = (
    0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 10.0, 12.0, 14.0,
)  # fmt: skip
"""Leads for which confidence is kept; between them it is interpolated."""
EXPECTATION: Final = 10.0
"""Evidence that a very short line of a document gets for the document's language."""
SHORT: Final = 20
"""Letters of a line that gets half of `EXPECTATION`; a longer one gets less still."""
SURPRISE: Final = 2.0
"""Evidence against a language outside of the set in a document of a known one: squads and casts look like that."""
_ROOM: Final = 4096


class Model(NamedTuple):
    """Weights: a row per bucket and per sign, a column per language, and Dari's.

    Attributes:
        packed: Weights per bucket, as `pack` makes them of whole numbers of eight bits.
        scale: What those are to be multiplied by.
        signs: Weights per class of length, sign and column.
        bias: One per class of length and column.
        calibration: Confidence at each of `LEADS` (columns) for lines of each class of length (rows).
    """

    packed: NDArray[np.uint64]
    scale: float
    signs: NDArray[np.float32]
    bias: NDArray[np.float32]
    calibration: NDArray[np.float64]


class Scored(NamedTuple):
    """What lines hold, so that lines can be pooled: the sums of several lines are the sums of their text.

    Attributes:
        sums: Per line and column, the sum of its n-grams' weights.
        grams: Per line, how many n-grams it has.
        words: Per line, words with letters of the Arabic script.
        seen: Per line and sign, whether the line holds it.
        letters: Per line, letters of the Arabic script.
        foreign: Per line, letters of other scripts.
    """

    sums: NDArray[np.float32]
    grams: NDArray[np.int64]
    words: NDArray[np.int64]
    seen: NDArray[np.bool_]
    letters: NDArray[np.int64]
    foreign: NDArray[np.int64]

    def take(self, order: NDArray[np.int64]) -> Scored:
        """Return the lines of these numbers, in this order."""
        return Scored(
            self.sums[order],
            self.grams[order],
            self.words[order],
            self.seen[order],
            self.letters[order],
            self.foreign[order],
        )

    def pool(self, starts: NDArray[np.int64]) -> Scored:
        """Return one line for each run of lines: those from one of `starts` to before the next."""
        if not len(starts):
            return self.take(starts)
        add = np.add.reduceat
        return Scored(
            add(self.sums, starts),
            add(self.grams, starts),
            add(self.words, starts),
            np.logical_or.reduceat(self.seen, starts),
            add(self.letters, starts),
            add(self.foreign, starts),
        )


@functools.cache
def load() -> Model:
    """Return the shipped model.

    Raises:
        FileNotFoundError: If the checkout lacks it.
    """
    with np.load(seed("models", "language", "model.npz")) as arrays:
        return Model(
            packed=pack(np.ascontiguousarray(arrays["weights"])),
            scale=float(arrays["scale"]),
            signs=arrays["signs"],
            bias=arrays["bias"],
            calibration=arrays["calibration"],
        )


# Sixteen whole numbers of eight bits are two words of 64 bits. Their even and odd bytes, widened to 16 bits,
# are summed eight at a time by plain additions of words; after `_BATCH` of them a sum could outgrow its 16 bits.
_LOW: Final = np.uint64(0x00FF00FF00FF00FF)
_EIGHT: Final = np.uint64(8)
_BATCH: Final = 256


def pack(weights: NDArray[np.int8]) -> NDArray[np.uint64]:
    """Return weights (int8, a row per bucket) as two words of 64 bits a row, each weight 128 more than it is."""
    raised = weights.view(np.uint8).reshape(-1, 2, 8) ^ np.uint8(128)
    packed = np.zeros(raised.shape[:2], np.uint64)
    for byte in range(8):
        packed |= raised[:, :, byte].astype(np.uint64) << np.uint64(8 * byte)
    return packed


@njit(cache=True, nogil=True)
def _add(rows: Any, start: int, stop: int, packed: Any, total: Any) -> None:
    """Add the weights of ``rows[start:stop]`` to `total`."""
    a = np.uint64(0)
    b = np.uint64(0)
    c = np.uint64(0)
    d = np.uint64(0)
    for i in range(start, stop):
        row = rows[i]
        first = packed[row, 0]
        second = packed[row, 1]
        a += first & _LOW
        b += (first >> _EIGHT) & _LOW
        c += second & _LOW
        d += (second >> _EIGHT) & _LOW
    surplus = 128 * (stop - start)
    for lane in range(4):
        shift = np.uint64(16 * lane)
        mask = np.uint64(0xFFFF)
        total[2 * lane] += np.int64((a >> shift) & mask) - surplus
        total[2 * lane + 1] += np.int64((b >> shift) & mask) - surplus
        total[2 * lane + 8] += np.int64((c >> shift) & mask) - surplus
        total[2 * lane + 9] += np.int64((d >> shift) & mask) - surplus


@njit(cache=True, nogil=True)
def _sum(data: Any, offsets: Any, kinds: Any, signs: Any, packed: Any, scale: float, sign_count: int) -> Any:
    count = len(offsets) - 1
    sums = np.zeros((count, COLUMNS), np.float32)
    grams = np.zeros(count, np.int64)
    words = np.zeros(count, np.int64)
    seen = np.zeros((count, sign_count), np.bool_)
    letters = np.zeros(count, np.int64)
    foreign = np.zeros(count, np.int64)
    rows = np.empty(_ROOM + features.SLACK, np.int32)
    total = np.zeros(COLUMNS, np.int64)
    for line in range(count):
        at = offsets[line]
        end = offsets[line + 1]
        total[:] = 0
        while at < end:
            written, more_words, more_letters, more_foreign, at = features.extract(
                data, at, end, kinds, signs, rows, _ROOM, seen[line]
            )
            words[line] += more_words
            letters[line] += more_letters
            foreign[line] += more_foreign
            grams[line] += written
            for start in range(0, written, _BATCH):
                _add(rows, start, min(start + _BATCH, written), packed, total)
        for column in range(COLUMNS):
            sums[line, column] = total[column] * scale
    return sums, grams, words, seen, letters, foreign


def score(lines: pl.Series, model: Model) -> Scored:
    """Return what `model` finds in each of `lines`."""
    data, offsets = features.prepare(lines)
    kinds, signs = features.tables()
    return Scored(*_sum(data, offsets, kinds, signs, model.packed, model.scale, len(features.SIGNS)))


def evidence(scored: Scored, model: Model) -> NDArray[np.float32]:
    """Return the evidence per line and column."""
    factor = 1 / np.sqrt(np.maximum(scored.grams, 1))
    classes = length_class(scored.letters, scored.words)
    found = scored.sums * factor[:, None] + model.bias[classes]
    for number in range(CLASSES):
        lines = np.flatnonzero(classes == number)
        found[lines] += scored.seen[lines] @ model.signs[number]
    alone = scored.words <= 1
    found[alone, : len(PRIORS_ALONE)] += np.array(PRIORS_ALONE, np.float32)
    found[~alone, : len(PRIORS)] += np.array(PRIORS, np.float32)
    return np.asarray(found, np.float32)


def lead(found: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return by how much the best language of each line leads over the next."""
    two = np.partition(found[:, : len(LANGUAGES)], -2, axis=1)[:, -2:].astype(np.float64)
    return two[:, 1] - two[:, 0]


def length_class(letters: NDArray[np.int64], words: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the class of lines of so many letters and words: `LENGTHS_ALONE` from 0, then `LENGTHS`."""
    alone = np.searchsorted(np.array(LENGTHS_ALONE), np.maximum(letters, 1), side="right") - 1
    more = np.searchsorted(np.array(LENGTHS), np.maximum(letters, 2), side="right") - 1 + len(LENGTHS_ALONE)
    return np.where(words <= 1, alone, more)


def decide(
    scored: Scored, model: Model, expected: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return each line's language as a number in `LANGUAGES`, and the probability that it is right.

    Where the line's surroundings let a language be expected, `expected` has its number, else -1.
    """
    found = evidence(scored, model)
    if expected is not None:
        lines = np.flatnonzero(expected >= 0)
        found[lines, expected[lines]] += EXPECTATION / (1 + scored.letters[lines] / SHORT)
        found[lines, UNDETERMINED] -= SURPRISE
    likely = found[:, : len(LANGUAGES)].argmax(axis=1)
    leads = lead(found)
    classes = length_class(scored.letters, scored.words)
    confidence = np.empty(len(leads))
    for number, kept in enumerate(model.calibration):
        lines = classes == number
        confidence[lines] = np.interp(leads[lines], LEADS, kept)
    return likely, confidence
