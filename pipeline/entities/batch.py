"""The documents at hand as words, and the gazetteer's columns: what every step of tagging asks.

Belongs here: the batch, thresholds of how well known a name is, hashes of cue words, adjectives of belonging. Does not belong
here: what follows for a name (`readings`, `guards`, `agreement`).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.entities import cues
from pipeline.entities.gazetteer import load
from pipeline.entities.matching import AR, FA, Words, fold_name, hash_names

LABELS: Final = ("PER", "ORG", "LOC")

LITTLE_KNOWN: Final = 0.3
"""Weight under which a place needs more than its name of one word."""

WELL_KNOWN: Final = 0.595
"""Weight from which a name means who it means, whatever label the tagger sees."""

LISTED_FROM: Final = 0.5
"""Weight of the places for which standing in a list of places is evidence enough."""

SPOKEN: Final = {
    FA: ("IR", "AF", "TJ"),
    AR: (
        "AE", "BH", "DJ", "DZ", "EG", "IQ", "JO", "KM", "KW", "LB", "LY", "MA", "MR", "OM", "PS", "QA", "SA", "SD", "SO", "SY",
        "TD", "TN", "YE",
    ),
}  # fmt: skip
"""Countries whose towns a text may name without naming them, where its source tells no country."""

STRIDE: Final = 1 << 32
"""Texts times this plus offset is a place in the whole batch."""

PLACE: Final = LABELS.index("LOC")

ORGANISATION: Final = LABELS.index("ORG")

PERSON: Final = LABELS.index("PER")

LANGUAGES: Final = {"fa": FA, "ar": AR, "und": FA | AR}


@functools.cache
def call_hashes(languages: int = FA | AR) -> tuple[npt.NDArray[np.uint64], ...]:
    """Return hashes of the words before names, by label, of one language or of both."""
    hashes = []
    for label in LABELS:
        words = [
            fold_name(word).split(" ")[-1] for flag in (FA, AR) if flag & languages for word in cues.CALLS[flag][label]
        ]
        if languages & AR:
            bare = [fold_name(word) for word in cues.CALLS[AR][label]]
            words += [clitic + word for word in bare for clitic in "وبلفك"]
            words += [f"{before}لل{word[2:]}" for word in bare if word.startswith("ال") for before in ("", "و")]
        hashes.append(np.unique(hash_names(words)))
    return tuple(hashes)


@functools.cache
def entity_labels() -> npt.NDArray[np.int8]:
    """Return each entity's label as its number in `LABELS`."""
    column = load().entities["label"]
    out = np.zeros(len(column), np.int8)
    for i, label in enumerate(LABELS):
        out[(column == label).to_numpy()] = i
    return out


@functools.cache
def entity_weights() -> npt.NDArray[np.float32]:
    """Return how much each entity is in the news, 0 to 1."""
    return load().entities["weight"].to_numpy().astype(np.float32)


@functools.cache
def of_kind(*kinds: str) -> npt.NDArray[np.bool_]:
    """Say of each entity whether it is of one of these kinds."""
    found: npt.NDArray[np.bool_] = load().entities["kind"].is_in(kinds).to_numpy()
    return found


@functools.cache
def entity_countries() -> npt.NDArray[np.int32]:
    """Return each entity's country as a number."""
    codes: npt.NDArray[np.int32] = load().entities["country"].rank("dense").to_numpy().astype(np.int32)
    return codes


@functools.cache
def country_numbers(*codes: str) -> npt.NDArray[np.int32]:
    """Return the numbers of countries by their codes."""
    numbers: npt.NDArray[np.int32] = np.unique(entity_countries()[load().entities["country"].is_in(codes).to_numpy()])
    return numbers


@functools.cache
def nowhere() -> int:
    """Return the number of an entity of no country."""
    return int(load().entities["country"].eq("").arg_max() or 0)


@functools.cache
def hashes_of(*words: str) -> npt.NDArray[np.uint64]:
    """Return the sorted hashes of words, of several words' last one."""
    return np.sort(hash_names([fold_name(word).split(" ")[-1] for word in words]))


@functools.cache
def with_proclitics(*words: str) -> tuple[str, ...]:
    """Return Arabic words as they stand and with a conjunction or preposition bound to them (بشركة)."""
    return (*words, *(clitic + word for word in words for clitic in "وبلف"))


@dataclass(frozen=True)
class Batch:
    """The words of the texts, and each text's languages, document, country of publication and own entity.

    The last two are those of its source, -1 where none is told.
    """

    words: Words
    languages: npt.NDArray[np.uint8]
    documents: npt.NDArray[np.int64]
    homes: npt.NDArray[np.int32]
    outlets: npt.NDArray[np.int32]

    @functools.cached_property
    def _places(self) -> npt.NDArray[np.int64]:
        """Where each word begins in the whole batch."""
        places: npt.NDArray[np.int64] = self.words.text.astype(np.int64) * STRIDE + self.words.start
        return places

    def word_at(self, texts: npt.NDArray[np.int64], points: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the word that begins at or last before each place of a text."""
        after = np.searchsorted(self._places, texts * STRIDE + points, side="right")
        found: npt.NDArray[np.int64] = np.maximum(after - 1, 0)
        return found

    @functools.cached_property
    def is_and(self) -> npt.NDArray[np.bool_]:
        """Which words are "and" («و»)."""
        found: npt.NDArray[np.bool_] = self.words.hash == hashes_of("و")[0]
        return found

    @functools.cached_property
    def begins_with_and(self) -> npt.NDArray[np.bool_]:
        """Which words begin with its letter, as Arabic writes it (والعراق)."""
        found: npt.NDArray[np.bool_] = self.words.letters[self.words.first] == ord("و")
        return found

    @functools.cached_property
    def on_sport(self) -> npt.NDArray[np.int64]:
        """The documents on sport."""
        words = self.words
        found: npt.NDArray[np.int64] = np.unique(self.documents[words.text[is_in(words.hash, hashes_of(*cues.SPORT))]])
        return found

    @functools.cached_property
    def demonyms(self) -> pl.DataFrame:
        """`document` and `country` of the adjectives of belonging in Arabic texts."""
        country = demonyms_of(self.words.hash)
        found = (country >= 0) & ((self.languages[self.words.text] & AR) != 0)
        return pl.DataFrame(
            {"document": self.documents[self.words.text[found]], "country": country[found]},
            schema={"document": pl.Int64, "country": pl.Int32},
        ).unique(maintain_order=True)


@functools.cache
def _demonym_hashes() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """Return the hashes of Arabic adjectives of belonging to a country, with the article, and the countries' numbers."""
    codes = load().entities["country"].to_list()
    numbers = dict(zip(codes, entity_countries().tolist(), strict=True))
    rows = sorted(
        (int(hash_names([fold_name(f"ال{stem}{ending}")])[0]), numbers[code])
        for code, stems in cues.DEMONYMS.items()
        for stem in stems.split()
        for ending in ("ي", "ية", "يين", "يون")
        if code in numbers
    )
    return np.array([h for h, _ in rows], np.uint64), np.array([n for _, n in rows], np.int32)


def is_definite(words: Words, at: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Say of words whether they bear the Arabic article, with or without a proclitic before it."""
    first = words.first[np.maximum(at, 0)]
    size = words.last[np.maximum(at, 0)] - first
    alef, lam = np.uint32(ord("ا")), np.uint32(ord("ل"))
    definite = np.zeros(len(at), bool)
    for skip in (0, 1):
        one = words.letters[np.minimum(first + skip, len(words.letters) - 1)]
        two = words.letters[np.minimum(first + skip + 1, len(words.letters) - 1)]
        definite |= (one == alef) & (two == lam) & (size > skip + 3)
    one = words.letters[first]
    two = words.letters[np.minimum(first + 1, len(words.letters) - 1)]
    both: npt.NDArray[np.bool_] = definite | ((one == lam) & (two == lam) & (size > 4))
    return both


def is_in(values: npt.NDArray[np.uint64], hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Say of values whether they are among sorted hashes."""
    at = np.minimum(np.searchsorted(hashes, values), len(hashes) - 1)
    found: npt.NDArray[np.bool_] = hashes[at] == values
    return found


def demonyms_of(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
    """Return the number of the country that each word is an Arabic adjective of, -1 for other words."""
    known, countries = _demonym_hashes()
    at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.where(known[at] == hashes, countries[at], np.int32(-1))


def is_demonym(words: Words, at: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Say of words whether they may be Arabic adjectives of belonging: they end in ـي or ـية."""
    last = words.letters[words.last[at] - 1]
    before = words.letters[np.maximum(words.last[at] - 2, 0)]
    out: npt.NDArray[np.bool_] = (last == ord("ی")) | ((last == ord("ه")) & (before == ord("ی")))
    return out
