"""From segments to mentions: what the gazetteer and the statistical tagger find, made to agree.

Belongs here: reading segments, asking `matching` and the tagger, guards, agreement on spans, choice among
an ambiguous name's entities, offsets into the raw text. Does not belong here: what needs other documents
(`linking`).
"""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.entities import cues
from pipeline.entities.gazetteer import (
    ADJECTIVE,
    FREE,
    SHORT,
    WORD,
    Gazetteer,
    dictionary_words,
    given_names,
    load,
)
from pipeline.entities.home import OUTLETS, country_of, outlet_of
from pipeline.entities.matching import (
    AR,
    FA,
    OffsetMaps,
    Words,
    affix_hashes,
    find_names,
    fold_name,
    greedy,
    hash_names,
    words_of,
)
from pipeline.entities.tagger import Noticed, notice

LABELS: Final = ("PER", "ORG", "LOC")

MENTION_SCHEMA: Final = pl.Schema(
    {
        "mention_id": pl.String(),
        "document_id": pl.String(),
        "position": pl.Int32(),
        "start_char": pl.Int32(),
        "end_char": pl.Int32(),
        "surface": pl.String(),
        "label": pl.String(),
        "entity_id": pl.String(),
        "confidence": pl.Float32(),
        "method": pl.String(),
        "language": pl.String(),
        "name": pl.String(),
    }
)

_LITTLE_KNOWN: Final = 0.3
"""Weight under which a place needs more than its name of one word."""
_LITTLE_KNOWN_CLUB: Final = 0.56
"""Weight up to which a club that is called like its city is meant in sport alone."""
_KNOWN_PARTY: Final = 0.65
"""Weight from which a party of two words is known abroad."""
_WELL_KNOWN: Final = 0.595
"""Weight from which a name means who it means, whatever label the tagger sees."""
_LISTED_FROM: Final = 0.5
"""Weight of the places for which standing in a list of places is evidence enough."""
_SPOKEN: Final = {
    FA: ("IR", "AF", "TJ"),
    AR: (
        "AE", "BH", "DJ", "DZ", "EG", "IQ", "JO", "KM", "KW", "LB", "LY", "MA", "MR", "OM", "PS", "QA", "SA", "SD", "SO", "SY",
        "TD", "TN", "YE",
    ),
}  # fmt: skip
"""Countries whose towns a text may name without naming them, where its source tells no country."""
_BELIEVED_FROM: Final = 0.9
"""How sure the tagger must be that a well-known organisation or place is a person."""
_FACILITY_FROM: Final = 0.7
"""How sure the tagger must be of an unknown place that is called after a known one."""
_BEHIND_TITLE: Final = re.compile(r"(?: ?[0-9۰-۹٠-٩]+)?[»”\"]")
"""What closes a title behind its last word: «تگزاس ۲»."""
_SCORE: Final = re.compile(r" ?[0-9۰-۹٠-٩]{1,2} ?[-–] ?(?:[0-9۰-۹٠-٩]{1,2}\b|صفر)")
"""A score behind a club's name."""
_STRIDE: Final = 1 << 32
"""Texts times this plus offset is a place in the whole batch."""
_PLACE: Final = LABELS.index("LOC")
_ORGANISATION: Final = LABELS.index("ORG")
_PERSON: Final = LABELS.index("PER")

_LANGUAGES: Final = {"fa": FA, "ar": AR, "und": FA | AR}


_HEADS: Final = 4
"""Words before a name that may belong to its head."""


@functools.cache
def _call_hashes(languages: int = FA | AR) -> tuple[npt.NDArray[np.uint64], ...]:
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
def _labels() -> npt.NDArray[np.int8]:
    column = load().entities["label"]
    out = np.zeros(len(column), np.int8)
    for i, label in enumerate(LABELS):
        out[(column == label).to_numpy()] = i
    return out


@functools.cache
def _weights() -> npt.NDArray[np.float32]:
    return load().entities["weight"].to_numpy().astype(np.float32)


@functools.cache
def _of_kind(*kinds: str) -> npt.NDArray[np.bool_]:
    """Say of each entity whether it is of one of these kinds."""
    found: npt.NDArray[np.bool_] = load().entities["kind"].is_in(kinds).to_numpy()
    return found


@functools.cache
def _countries() -> npt.NDArray[np.int32]:
    codes: npt.NDArray[np.int32] = load().entities["country"].rank("dense").to_numpy().astype(np.int32)
    return codes


@functools.cache
def _country_numbers(*codes: str) -> npt.NDArray[np.int32]:
    """Return the numbers of countries by their codes."""
    numbers: npt.NDArray[np.int32] = np.unique(_countries()[load().entities["country"].is_in(codes).to_numpy()])
    return numbers


@functools.cache
def _nowhere() -> int:
    """Return the number of an entity of no country."""
    return int(load().entities["country"].eq("").arg_max() or 0)


@functools.cache
def _blocked() -> list[int]:
    """Numbers of what only looks like a name: phrases that hold one (the Copa América is neither land)."""
    return load().entities["kind"].eq("blocked").arg_true().to_list()


@functools.cache
def _side_hashes() -> npt.NDArray[np.uint64]:
    return np.sort(hash_names([fold_name(word) for word in cues.SIDES]))


@functools.cache
def _hashes_of(*words: str) -> npt.NDArray[np.uint64]:
    return np.sort(hash_names([fold_name(word).split(" ")[-1] for word in words]))


@functools.cache
def _with_proclitics(*words: str) -> tuple[str, ...]:
    """Return Arabic words as they stand and with a conjunction or preposition bound to them (بشركة)."""
    return (*words, *(clitic + word for word in words for clitic in "وبلف"))


@functools.cache
def _called_after() -> npt.NDArray[np.uint64]:
    return _hashes_of(*_with_proclitics(*cues.CALLED_AFTER))


@functools.cache
def _region_hashes() -> npt.NDArray[np.uint64]:
    return np.sort(hash_names([fold_name(word) for word in cues.REGION_CALLS]))


def empty_mentions() -> pl.DataFrame:
    """Return a frame of mentions without a row."""
    return pl.DataFrame(schema=MENTION_SCHEMA)


def tag(segments: pl.DataFrame) -> pl.DataFrame:
    """Return the mentions of persons, organisations and places in `segments`.

    A document's segments must come in one call: a short name is told by the full one elsewhere in the
    document. Documents do not influence each other.

    Args:
        segments: `document_id`, `position`, `kind`, `language`, `text`, `start_char`, `normalized_text`,
            `offset_map`, as in `news.segments`. Boilerplate is passed over. A column `source`, the document's
            publisher, helps to tell whose club or town of one name is meant.

    Returns:
        One row per mention, ordered by `document_id` and `start_char`, not overlapping: `mention_id`,
        `document_id`, `position`, `start_char`, `end_char` (code points in the document's text), `surface`,
        `label`, `entity_id` (the gazetteer's, or NULL), `confidence`, `method` (gazetteer, tagger, both or
        document), `language`, `name` (what an entity the gazetteer does not know is called in full in this
        document, folded: what `link` joins by).
    """
    frame = (
        segments.filter((pl.col("kind") != "boilerplate") & (pl.col("normalized_text").str.len_bytes() > 0))
        .sort("document_id", "position")
        .with_row_index("text_index")
    )
    if frame.is_empty():
        return empty_mentions()
    frame = _as_their_documents(frame)
    languages = frame["language"].replace_strict(_LANGUAGES, default=0, return_dtype=pl.UInt8).to_numpy()
    texts = frame["normalized_text"].to_list()
    batch = _Batch(
        words_of(texts),
        languages,
        frame["document_id"].rle_id().to_numpy().astype(np.int64),
        _homes(frame),
        _outlets(frame),
    )
    gazetteer = load()
    noticed = notice(frame.drop("text_index"))
    readings = _gazetteer_readings(gazetteer, batch, texts)
    titles = readings.filter(_titles(batch, texts, readings)).select("text", "start", "end")
    place = ["text", "start", "end"]
    known = _without_words(batch, texts, readings.join(titles, on=place, how="anti", maintain_order="left"), noticed)
    seen = _tidied(batch, _tagger_spans(frame, noticed.spans)).join(titles, on=place, how="anti", maintain_order="left")
    spans = _linked_by_document(batch, _agree(batch, known, seen))
    return _rows(frame, spans, gazetteer)


def _as_their_documents(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with segments of no certain language read in the one most of their document is in.

    A line of numbers and names between Persian lines («هر کرون سوئد ...») is Persian to every reader.
    """
    letters = pl.col("normalized_text").str.len_chars()
    main = (
        frame.filter(pl.col("language").is_in(["fa", "ar"]))
        .group_by("document_id", "language")
        .agg(letters.sum().alias("letters"))
        .sort("document_id", "letters", "language", descending=[False, True, False])
        .unique("document_id", keep="first", maintain_order=True)
        .select("document_id", main="language")
    )
    return (
        frame.join(main, on="document_id", how="left", maintain_order="left")
        .with_columns(
            pl.when(pl.col("language") == "und")
            .then(pl.coalesce("main", "language"))
            .otherwise("language")
            .alias("language")
        )
        .drop("main")
    )


def _homes(frame: pl.DataFrame) -> npt.NDArray[np.int32]:
    """Return for each text the number of the country that its source is of, -1 where none is told."""
    if "source" not in frame.columns:
        return np.full(len(frame), -1, np.int32)
    numbers = dict(zip(load().entities["country"].to_list(), _countries().tolist(), strict=True))
    numbers.pop("", None)
    sources = frame["source"].unique()
    told = [numbers.get(country_of(source), -1) if source else -1 for source in sources.to_list()]
    return (
        frame.select(pl.col("source").replace_strict(sources, pl.Series(told, dtype=pl.Int32), return_dtype=pl.Int32))
        .to_series()
        .to_numpy()
    )


def _outlets(frame: pl.DataFrame) -> npt.NDArray[np.int32]:
    """Return for each text the number of the entity that its source is, -1 where it is none that is listed."""
    if "source" not in frame.columns:
        return np.full(len(frame), -1, np.int32)
    ids = load().entities["entity_id"]
    numbers = dict(zip(ids.to_list(), range(len(ids)), strict=True))
    sources = frame["source"].unique()
    told = [numbers.get(outlet_of(source), -1) if source else -1 for source in sources.to_list()]
    return (
        frame.select(pl.col("source").replace_strict(sources, pl.Series(told, dtype=pl.Int32), return_dtype=pl.Int32))
        .to_series()
        .to_numpy()
    )


@dataclass(frozen=True)
class _Batch:
    """The words of the texts, and each text's languages, document, country of publication and own entity.

    The last two are those of its source, -1 where none is told.
    """

    words: Words
    languages: npt.NDArray[np.uint8]
    documents: npt.NDArray[np.int64]
    homes: npt.NDArray[np.int32]
    outlets: npt.NDArray[np.int32]

    def word_at(self, texts: npt.NDArray[np.int64], points: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the word that begins at or last before each place of a text."""
        stride = np.int64(1 << 32)
        place = self.words.text.astype(np.int64) * stride + self.words.start
        found: npt.NDArray[np.int64] = np.maximum(np.searchsorted(place, texts * stride + points, side="right") - 1, 0)
        return found


def _gazetteer_readings(gazetteer: Gazetteer, batch: _Batch, texts: list[str]) -> pl.DataFrame:
    """Return one row per span and entity its name may mean, guarded ones and overlapping ones too."""
    words = batch.words
    hits = find_names(words, batch.languages, gazetteer.table)
    owner, slot = gazetteer.candidates(hits.group)
    text = hits.text[owner]
    keep = (gazetteer.languages[slot] & batch.languages[text]) != 0
    owner, slot, text = owner[keep], slot[keep], text[keep]
    entity = gazetteer.candidate[slot]
    label = _labels()[entity]
    first_word = hits.first_word[owner]
    last_word = hits.last_word[owner]
    has_before = (first_word > 0) & (words.gap[first_word] == 1) & (hits.stripped[owner] == 0)
    before = np.where(has_before, words.hash[np.maximum(first_word - 1, 0)], np.uint64(0))
    called = np.zeros(len(owner), bool)
    for language in (FA, AR):  # "شهر" is a month in Arabic, "ورود" an arrival and no river
        for i, hashes in enumerate(_call_hashes(language)):
            called |= (label == i) & ((batch.languages[text] & language) != 0) & _isin(before, hashes)
    demonym = _demonym_behind(batch, texts, text, last_word)
    behind = np.minimum(last_word + 1, len(words.text) - 1)
    feminine_behind = words.letters[words.last[behind] - 1] == ord("ه")
    country_alike, capital_alike = _called_alike(first_word, last_word, entity)
    club = _of_kind("club")[entity]
    sport = np.isin(batch.documents[text], _on_sport(batch))
    called &= ~(club & ~sport & _isin(before, _hashes_of(*cues.VERSUS)))  # "the obstacle before youth" is no match
    word_club = club & (gazetteer.guard[slot] == WORD) & (_weights()[entity] <= _LITTLE_KNOWN_CLUB)
    word_club &= ~np.isin(_countries()[entity], _country_numbers(*_SPOKEN[AR]))
    rival = club & sport & _rivals(batch, texts, first_word, last_word, before)
    called |= rival
    free_place = (label == _PLACE) & (gazetteer.guard[slot] == FREE) & (_weights()[entity] >= _LISTED_FROM)
    called |= (
        (label == _PLACE)
        & (_weights()[entity] >= _LISTED_FROM)
        & _isin(before, _hashes_of(*cues.LOCATIVES))
        & _listed(words, first_word[free_place], hits.stripped[owner][free_place], last_word)
    )
    # Adjectives of belonging agree with the noun: "عائلة سورية", "القنصليات السعودية".
    noun = np.maximum(first_word - 1, 0)
    ending = words.letters[words.last[noun] - 1]
    feminine = (ending == ord("ه")) | (
        (ending == ord("ت")) & (words.letters[np.maximum(words.last[noun] - 2, 0)] == ord("ا"))
    )
    feminine &= (batch.languages[text] & AR) != 0
    called |= _paired_clubs(batch, club & sport, club & sport, first_word, last_word, hits.stripped[owner])
    # Beside a club that no town is called like, a town's name is a club's (السد والريان).
    also_a_place = _also_a_place(hits.group[owner], label)
    rival |= _paired_clubs(
        batch, club & sport, club & sport & ~also_a_place, first_word, last_word, hits.stripped[owner]
    )
    own = (entity == batch.outlets[text]) & (entity >= 0)
    region = _isin(before, _region_hashes())
    region |= _in_lists_of_regions(words, texts, first_word, last_word, hits.stripped[owner], label == _PLACE)
    region |= _beside_regions(batch, first_word, last_word, hits.stripped[owner], entity, gazetteer.guard[slot] == FREE)
    return pl.DataFrame(
        {
            "text": text.astype(np.int64),
            "document": batch.documents[text],
            "start": hits.start[owner].astype(np.int64),
            "end": hits.end[owner].astype(np.int64),
            "first_word": first_word.astype(np.int64),
            "last_word": hits.last_word[owner].astype(np.int64),
            "stripped": hits.stripped[owner],
            "entity": entity,
            "label": label,
            "guard": gazetteer.guard[slot],
            "weight": _weights()[entity],
            "called": called,
            "behind_definite": has_before
            & (_is_definite(words, first_word - 1) | (feminine & ~_is_definite(words, first_word))),
            "agrees": has_before & feminine,
            "country": _countries()[entity],
            "at_source": _countries()[entity] == batch.homes[text],
            "is_near": _is_near(batch, text, entity),
            "is_party": _of_kind("party")[entity],
            "is_noun": (first_word == last_word) & _isin(words.hash[first_word], _hashes_of(*cues.NOUNS)),
            "is_club": club,
            "rival": rival,
            "is_its_club": (club & also_a_place & _isin(before, _hashes_of(*_with_proclitics(*cues.OF_TOWNS))))
            | word_club
            & also_a_place
            & ((~sport & ~_isin(before, _hashes_of(*cues.CLUB_HEADS))) | _isin(before, _hashes_of(*cues.INSIDE))),
            "demonym": demonym,
            "fits_demonym": (demonym == _countries()[entity]) & (feminine_behind == (label == _PLACE)),
            # Clubs of one name are Arab ones; behind others the adjective is rather a player's («برشلونة الأرجنتيني ميسي»).
            "is_national": _of_kind("city", "region", "site", "party", "armed group")[entity]
            | (club & (gazetteer.guard[slot] == WORD) & np.isin(demonym, _country_numbers(*_SPOKEN[AR]))),
            "is_arab_club": club & np.isin(_countries()[entity], _country_numbers(*_SPOKEN[AR])),
            "among_countries": _among_countries(
                batch, first_word, last_word, hits.stripped[owner], _of_kind("country")[entity]
            ),
            "beside_its_towns": _beside_its_towns(batch, first_word, last_word, hits.stripped[owner], entity),
            "country_itself": _of_kind("country")[entity],
            "is_region": _of_kind("region")[entity],
            "region": _of_kind("region")[entity] & region,
            "is_its_city": (has_before & _isin(before, _hashes_of(*cues.CITY_CALLS)))
            & (_of_kind("region")[entity] | country_alike),
            "capital_alike": capital_alike,
            "arabic": (batch.languages[text] & AR) != 0,
            "quoted": _quoted(texts, text, hits.start[owner], hits.end[owner], _of_kind(*OUTLETS)[entity], own),
            "is_outlet": _of_kind(*OUTLETS)[entity],
            "is_source": own,
        }
    )


def _among_countries(
    batch: _Batch,
    first_word: npt.NDArray[np.int32],
    last_word: npt.NDArray[np.int32],
    stripped: npt.NDArray[np.int8],
    countries: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Say of names whether a country's name stands on either side, or in Arabic on one with "and" (مصر وعمان, عمان والعراق)."""
    words = batch.words
    begins, ends, joined = (np.zeros(len(words.text) + 2, bool) for _ in range(3))
    begins[first_word[countries]] = True
    ends[last_word[countries]] = True
    joined[first_word[countries & (stripped == 1)]] = True
    waw = words.letters[words.first] == ord("و")
    joined[: len(waw)] &= waw
    before = ends[np.maximum(first_word - 1, 0)] & (first_word > 0)
    one_side = (before & joined[first_word]) | joined[last_word + 1]
    one_side &= (batch.languages[words.text[first_word]] & AR) != 0
    among: npt.NDArray[np.bool_] = (before & begins[last_word + 1]) | one_side
    return among


def _beside_its_towns(
    batch: _Batch,
    first_word: npt.NDArray[np.int32],
    last_word: npt.NDArray[np.int32],
    stripped: npt.NDArray[np.int8],
    entity: npt.NDArray[np.int32],
) -> npt.NDArray[np.bool_]:
    """Say of a country's names in Arabic texts whether a town or a road beside them makes them its capital's.

    «الطريق السيارة تونس - صفاقس», «بين تونس وسوسة»: the capital is called like the country.
    """
    words = batch.words
    country = _of_kind("country")[entity]
    town = _of_kind("city")[entity] & (_weights()[entity] >= _LITTLE_KNOWN)
    codes = np.int64(1 << 20)
    key = _countries()[entity].astype(np.int64)

    def stands(
        at: npt.NDArray[np.int64], which: npt.NDArray[np.bool_], word: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.bool_]:
        """Say whether at a word a town of the same country begins, or ends."""
        return np.isin(at * codes + key, word[which].astype(np.int64) * codes + key[which])

    size = len(words.text)
    first, last = first_word.astype(np.int64), last_word.astype(np.int64)
    waw = words.letters[words.first] == ord("و")
    alone = words.hash == hash_names(["و"])[0]
    after = np.minimum(last + 1, size - 1)
    beside = stands(last + 1, town & (stripped == 1), first_word) & waw[after]
    beside |= stands(last + 2, town & (stripped == 0), first_word) & alone[after]
    beside |= stands(first - 1, town, last_word) & (stripped == 1) & waw[first]
    before = words.hash[np.maximum(first - 1, 0)]
    road = (first > 0) & (stripped == 0) & _isin(before, _hashes_of(*cues.ROADS, *cues.ROAD_WORDS))
    # A court of first instance is a town's.
    road |= (first > 0) & (stripped == 1) & _isin(before, _hashes_of(*cues.COURTS))
    out: npt.NDArray[np.bool_] = country & ((batch.languages[words.text[first_word]] & AR) != 0) & (beside | road)
    return out


def _called_alike(
    first_word: npt.NDArray[np.int32], last_word: npt.NDArray[np.int32], entity: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which readings are a country whose capital is called alike (تونس), and which a place called like its country."""
    place = (first_word.astype(np.int64) << 40) + (last_word.astype(np.int64) << 16) + _countries()[entity]
    country = _of_kind("country")[entity]
    city = _of_kind("city")[entity] & (_weights()[entity] >= _LISTED_FROM)
    return country & np.isin(place, place[city]), ~country & np.isin(place, place[country])


def _is_near(batch: _Batch, text: npt.NDArray[np.int32], entity: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Say of entities whether they are of the country of the text's source, or of its language where none is told."""
    countries = _countries()[entity]
    near: npt.NDArray[np.bool_] = countries == batch.homes[text]
    for language in (FA, AR):
        told_by_language = (batch.homes[text] < 0) & ((batch.languages[text] & language) != 0)
        near |= told_by_language & np.isin(countries, _country_numbers(*_SPOKEN[language]))
    return near


def _listed(
    words: Words, places: npt.NDArray[np.int32], stripped: npt.NDArray[np.int8], last_word: npt.NDArray[np.int32]
) -> npt.NDArray[np.bool_]:
    """Say of names that end in `last_word` whether "and" and a place follow.

    Args:
        words: All words.
        places: The words that certain names of places begin in.
        stripped: How many letters of proclitics stand before each of those.
        last_word: The last word of each name in question.
    """
    size = len(words.text)
    begins, begins_behind_and = np.zeros(size + 2, bool), np.zeros(size + 2, bool)
    begins[places[stripped == 0]] = True
    begins_behind_and[places[stripped == 1]] = True
    begins_behind_and[:size] &= words.letters[words.first] == ord("و") if size else False
    joined = np.zeros(size + 2, bool)
    joined[:size] = (words.hash == hash_names(["و"])[0]) & (words.gap == 1)
    open_end: npt.NDArray[np.bool_] = (joined[last_word + 1] & begins[last_word + 2]) | begins_behind_and[last_word + 1]
    return open_end


def _quoted(
    texts: list[str],
    text: npt.NDArray[np.int32],
    start: npt.NDArray[np.int32],
    end: npt.NDArray[np.int32],
    which: npt.NDArray[np.bool_],
    own: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Say of spans, of those in `which`, whether quotation marks stand before and behind them.

    A paper names itself in brackets too, the names in `own`: «وقال لـ(الجزيرة)».
    """
    out = np.zeros(len(text), bool)
    for i in np.flatnonzero(which & (start > 0)).tolist():
        written = texts[text[i]]
        before, behind = written[max(0, start[i] - 2) : start[i]].strip()[-1:], written[end[i] : end[i] + 2].strip()[:1]
        out[i] = (before in '«"“' and behind in '»"”' and bool(before and behind)) or bool(
            own[i] and before == "(" and behind == ")"
        )
    return out


def _on_sport(batch: _Batch) -> npt.NDArray[np.int64]:
    """Return the documents on sport."""
    words = batch.words
    found: npt.NDArray[np.int64] = np.unique(batch.documents[words.text[_isin(words.hash, _hashes_of(*cues.SPORT))]])
    return found


def _also_a_place(hit: npt.NDArray[np.int64], label: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    """Say of readings whether the same words are a place's name too."""
    also: npt.NDArray[np.bool_] = np.isin(hit, hit[label == _PLACE])
    return also


def _rivals(
    batch: _Batch,
    texts: list[str],
    first_word: npt.NDArray[np.int32],
    last_word: npt.NDArray[np.int32],
    before: npt.NDArray[np.uint64],
) -> npt.NDArray[np.bool_]:
    """Say of names in texts on sport whether the words before or a score behind make them a club's («فوزه على كوبنهاغن»).

    Arguments are those of `_in_lists_of_regions`, `before` the hash of the word before each name.
    """
    words = batch.words
    second = words.hash[np.maximum(first_word - 2, 0)]
    near = (first_word > 1) & (words.text[np.maximum(first_word - 2, 0)] == words.text[first_word])
    rival = _isin(before, _hashes_of(*cues.RIVALS))
    rival |= near & _isin(before, _hashes_of(*cues.AGAINST)) & _isin(second, _hashes_of(*_with_proclitics(*cues.BEATS)))
    after = np.minimum(last_word + 1, len(words.text) - 1)
    digit = words.letters[words.first[after]]
    scored = (words.text[after] == words.text[last_word]) & (digit >= ord("0")) & (digit <= ord("9"))
    for i in np.flatnonzero(scored & ~rival).tolist():
        rival[i] = _SCORE.match(texts[words.text[last_word[i]]], words.end[last_word[i]]) is not None
    return rival


@functools.cache
def _demonyms() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """Return the hashes of Arabic adjectives of belonging to a country, with the article, and the countries' numbers."""
    codes = load().entities["country"].to_list()
    numbers = dict(zip(codes, _countries().tolist(), strict=True))
    rows = sorted(
        (int(hash_names([fold_name(f"ال{stem}{ending}")])[0]), numbers[code])
        for code, stems in cues.DEMONYMS.items()
        for stem in stems.split()
        for ending in ("ي", "ية", "يين", "يون")
        if code in numbers
    )
    return np.array([h for h, _ in rows], np.uint64), np.array([n for _, n in rows], np.int32)


def _demonym_behind(
    batch: _Batch, texts: list[str], text: npt.NDArray[np.int32], last_word: npt.NDArray[np.int32]
) -> npt.NDArray[np.int32]:
    """Return for names in Arabic texts the country whose adjective follows (سامارا الروسية), -1 where none does."""
    words = batch.words
    after = np.minimum(last_word + 1, len(words.text) - 1)
    near = (after > last_word) & (words.text[after] == text) & (words.start[after] - words.end[last_word] <= 3)
    near &= (batch.languages[text] & AR) != 0
    hashes, countries = _demonyms()
    at = np.minimum(np.searchsorted(hashes, words.hash[after]), len(hashes) - 1)
    found = near & (hashes[at] == words.hash[after])
    for i in np.flatnonzero(found).tolist():
        between = texts[text[i]][words.end[last_word[i]] : words.start[after[i]]]
        found[i] = not between.strip(' \u200f»”"')
    return np.where(found, countries[at], np.int32(-1))


def _paired_clubs(
    batch: _Batch,
    clubs: npt.NDArray[np.bool_],
    beside: npt.NDArray[np.bool_],
    first_word: npt.NDArray[np.int32],
    last_word: npt.NDArray[np.int32],
    stripped: npt.NDArray[np.int8],
) -> npt.NDArray[np.bool_]:
    """Say of names in `clubs`, in documents on sport, whether "and" joins them to one in `beside` (النصر والهلال).

    The other arguments are those of `_in_lists_of_regions`.
    """
    words = batch.words
    if not beside.any():
        return beside
    followed = _listed(words, first_word[beside], stripped[beside], last_word)
    ends = np.zeros(len(words.text) + 2, bool)
    ends[last_word[beside]] = True
    bound = (stripped == 1) & (words.letters[words.first[first_word]] == ord("و")) & ends[first_word - 1]
    alone = (words.hash[np.maximum(first_word - 1, 0)] == hash_names(["و"])[0]) & ends[first_word - 2]
    paired: npt.NDArray[np.bool_] = clubs & (first_word > 1) & (followed | bound | alone)
    return paired | (clubs & followed)


def _in_lists_of_regions(
    words: Words,
    texts: list[str],
    first_word: npt.NDArray[np.int32],
    last_word: npt.NDArray[np.int32],
    stripped: npt.NDArray[np.int8],
    places: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Say of names whether they stand in a list of places that begins behind «استان‌های» or its like.

    Args:
        words: All words.
        texts: Their texts.
        first_word: The first word of each name.
        last_word: The last one.
        stripped: How many letters of proclitics stand before it.
        places: Which of the names are places'.
    """
    listed = np.zeros(len(first_word), bool)
    before = words.hash[np.maximum(first_word - 1, 0)]
    begins = _isin(before, _hashes_of(*_with_proclitics(*cues.REGIONS_CALLS)))
    begins |= _isin(before, _hashes_of("های")) & _isin(
        words.hash[np.maximum(first_word - 2, 0)], _hashes_of("استان", "ایالت")
    )
    begins &= places & (first_word > 0)
    for name in np.flatnonzero(begins & (words.gap[first_word] != 1)).tolist():
        first = int(first_word[name])
        same = words.text[first - 1] == words.text[first]
        begins[name] = same and texts[words.text[first]][words.end[first - 1] : words.start[first]].strip() == "("
    if not begins.any():
        return listed
    where = np.flatnonzero(places & np.isin(words.text[first_word], words.text[first_word[begins]]))
    conjunction = hash_names(["و"])[0]
    ends: set[int] = set()
    for name in where[np.argsort(first_word[where], kind="stable")].tolist():
        first = int(first_word[name])
        goes_on = first - 2 in ends and words.hash[first - 1] == conjunction
        if first - 1 in ends and words.text[first - 1] == words.text[first]:
            between = texts[words.text[first]][words.end[first - 1] : words.start[first]]
            goes_on |= stripped[name] == 1 or between.strip() in ("،", ",")
        if begins[name] or goes_on:
            listed[name] = True
            ends.add(int(last_word[name]))
    return listed


def _beside_regions(
    batch: _Batch,
    first_word: npt.NDArray[np.int32],
    last_word: npt.NDArray[np.int32],
    stripped: npt.NDArray[np.int8],
    entity: npt.NDArray[np.int32],
    free: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Say of names in Arabic texts whether "and" joins them, over others or not, to what is a region and no town.

    «مرتفعات عسير والباحة»: Asir has no town of its name, so the region of al-Bahah is meant too.
    """
    words = batch.words
    place = (_labels()[entity] == _PLACE) & ((batch.languages[words.text[first_word]] & AR) != 0)
    region = _of_kind("region")[entity] & free
    size = len(words.text)
    starts, ends = np.full(size + 2, -1, np.int64), np.full(size + 2, -1, np.int64)
    starts[first_word[place]] = last_word[place]
    ends[last_word[place]] = first_word[place]
    other = np.zeros(size + 2, bool)
    other[first_word[place & ~region]] = True
    joined = np.zeros(size + 2, bool)
    joined[first_word[place & (stripped == 1)]] = True
    joined[:size] &= words.letters[words.first] == ord("و")
    meant = np.zeros(size + 2, bool)
    todo = np.unique(first_word[place & region & ~other[first_word]]).tolist()
    while todo:
        first = todo.pop()
        if meant[first]:
            continue
        meant[first] = True
        if joined[starts[first] + 1]:
            todo.append(int(starts[first]) + 1)
        if joined[first] and ends[first - 1] >= 0:
            todo.append(int(ends[first - 1]))
    found: npt.NDArray[np.bool_] = place & meant[first_word]
    return found


def _is_definite(words: Words, at: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
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


def _isin(values: npt.NDArray[np.uint64], hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    at = np.minimum(np.searchsorted(hashes, values), len(hashes) - 1)
    found: npt.NDArray[np.bool_] = hashes[at] == values
    return found


def _without_words(batch: _Batch, texts: list[str], readings: pl.DataFrame, noticed: Noticed) -> pl.DataFrame:
    """Return `readings` without what is rather a word or something else that is called like the name.

    A little-known place of one word, where the tagger sees next to no chance of a name («کسل‌کننده» is not of
    Kassel, "جوان 2015" a month); a town in the plural («کابل‌های برق»); a person after whom a bridge or a street is called, a place after which a street or a
    hall is.
    """
    words = batch.words
    text, first = readings["text"].to_numpy(), readings["first_word"].to_numpy()
    place = noticed.tokens["row"].to_numpy().astype(np.int64) * _STRIDE + noticed.tokens["start"].to_numpy()
    # A token with its proclitic begins before the name, and may be longer than it.
    at = np.searchsorted(place, text * _STRIDE + readings["end"].to_numpy()) - 1
    end = noticed.tokens["end"].to_numpy().astype(np.int64)
    row = noticed.tokens["row"].to_numpy().astype(np.int64)
    seen = np.zeros(len(readings), bool)
    if len(place):
        seen = (at >= 0) & (row[np.maximum(at, 0)] == text) & (end[np.maximum(at, 0)] > readings["start"].to_numpy())
    flags = np.uint8(sum(_LANGUAGES[language] for language in noticed.languages))
    told = (batch.languages[text] & ~flags) == 0
    has_before = (first > 0) & (words.gap[first] == 1)
    before = words.hash[np.maximum(first - 1, 0)]
    called_after = _called_after()
    after_someone_of_two = (
        (batch.languages[text] == AR)
        & has_before
        & _isin(before, _hashes_of(*cues.TWO_CALLED_AFTER, *(f"ب{word}" for word in cues.TWO_CALLED_AFTER)))
    )
    two_before = has_before & (first > 1) & (words.gap[np.maximum(first - 1, 0)] == 1)
    after_someone = has_before & _isin(before, called_after)
    after_someone |= after_someone_of_two
    the_called_after = _isin(words.hash[np.maximum(first - 2, 0)], _hashes_of(*cues.THE_CALLED_AFTER))
    after_someone |= two_before & the_called_after & ~_isin(before, _call_hashes()[_PERSON])
    after_someone |= _within(readings, after_someone & (readings["label"] == _PERSON).to_numpy())
    after_someone |= two_before & _isin(words.hash[np.maximum(first - 2, 0)], called_after)
    streets = has_before & _isin(before, _hashes_of(*cues.STREETS, *_with_proclitics(*cues.STREETS[-5:])))
    goods = has_before & _isin(before, _hashes_of(*cues.GOODS))
    firms = has_before & _isin(before, _hashes_of(*_with_proclitics(*cues.FIRMS)))
    movements = two_before & _isin(words.hash[np.maximum(first - 2, 0)], _hashes_of(*cues.MOVEMENTS))
    movements &= ~_is_definite(words, first - 1) & ~_isin(before, _hashes_of(*cues.LOCATIVES))
    movements &= (batch.languages[text] & AR) != 0
    is_country = _of_kind("country")[readings["entity"].to_numpy()]
    services = _isin(before, _hashes_of(*_with_proclitics(*cues.SERVICES, *cues.BUSINESS, *cues.MOVEMENTS)))
    arabic = (batch.languages[text] & AR) != 0
    services &= has_before & arabic
    movements |= has_before & arabic & _isin(before, _hashes_of(*_with_proclitics(*cues.MOVEMENTS)))
    is_land = is_country | _of_kind("continent")[readings["entity"].to_numpy()]
    # Its capital of the same name, too.
    is_land |= np.isin(first, first[is_country]) & (readings["label"] == _PLACE).to_numpy()
    part = ((firms | movements) & _of_kind("club")[readings["entity"].to_numpy()]) | ((movements | services) & is_land)
    part &= (readings["stripped"] == 0).to_numpy()
    part |= _adjectives(batch, texts, readings, has_before & arabic, before)
    part |= _of_a_longer_name(batch, readings)
    part |= _of_that_country(batch, readings)
    last = readings["last_word"].to_numpy()
    after = np.minimum(last + 1, len(words.text) - 1)
    plural = (after > last) & (words.text[after] == text) & (words.gap[after] == 2) & (first == last)
    plural &= _isin(words.hash[after], _hashes_of(*cues.PLURALS)) & ~_of_kind("country")[readings["entity"].to_numpy()]
    readings = readings.with_columns(pl.Series("contradicted", _otherwise_vocalised(texts, readings), dtype=pl.Boolean))
    return readings.filter(
        ~pl.col("contradicted"),
        # "سامارا الروسية" is in Russia, "الجزيرة الإماراتي" plays in the Emirates.
        ~(
            (pl.col("demonym") >= 0)
            & pl.col("is_national")
            & (pl.col("country") != pl.col("demonym"))
            & (pl.col("country") != _countries()[_nowhere()])
        ),
        ~pl.Series(~seen & told, dtype=pl.Boolean)
        | (pl.col("label") != _PLACE)
        | (pl.col("weight") >= _LITTLE_KNOWN)
        | (pl.col("last_word") > pl.col("first_word"))
        | pl.col("called"),
        ~(pl.Series(after_someone, dtype=pl.Boolean) & (pl.col("label") == _PERSON)),
        ~pl.Series(part, dtype=pl.Boolean),
        ~(pl.Series(streets | plural, dtype=pl.Boolean) & (pl.col("label") == _PLACE)),
        ~(pl.Series(streets, dtype=pl.Boolean) & (pl.col("label") == _ORGANISATION)),
        ~(pl.Series(goods, dtype=pl.Boolean) & (pl.col("label") == _PLACE) & (pl.col("weight") < _LITTLE_KNOWN)),
    ).drop("contradicted")


def _adjectives(
    batch: _Batch,
    texts: list[str],
    readings: pl.DataFrame,
    has_before: npt.NDArray[np.bool_],
    before: npt.NDArray[np.uint64],
) -> npt.NDArray[np.bool_]:
    """Say of readings in Arabic texts whether they are an adjective that is written like a country's name.

    An indefinite noun in the accusative stands before it («90 جنديا تركيا», a Turkish soldier), or the adjective is a word
    of its own (فساد مالي, financial) and nothing before it calls for a country.

    Args:
        batch: All words.
        texts: The texts they are of.
        readings: What names may stand in them.
        has_before: Where a word stands before the name.
        before: That word's hash.
    """
    words = batch.words
    first, last = readings["first_word"].to_numpy(), readings["last_word"].to_numpy()
    noun = np.maximum(first - 1, 0)
    alef, ye = ord("ا"), ord("ی")
    bare = has_before & (first == last) & (readings["stripped"] == 0).to_numpy()
    bare &= _of_kind("country")[readings["entity"].to_numpy()]
    ends_so = (words.letters[words.last[first] - 1] == alef) & (
        words.letters[np.maximum(words.last[first] - 2, 0)] == ye
    )
    accusative = (words.letters[words.last[noun] - 1] == alef) & (words.last[noun] - words.first[noun] >= 4)
    accusative &= words.letters[np.maximum(words.last[noun] - 2, 0)] != ord("ه")  # تقودها روسيا
    accusative &= ~_isin(before, _hashes_of(*cues.ADVERBS)) & ~_is_definite(words, noun)
    accusative &= ~np.isin(noun, last[readings["label"].to_numpy() == _PLACE])
    accusative &= bare & ends_so
    text = readings["text"].to_numpy()
    begins = set(first[(readings["stripped"] == 1).to_numpy()].tolist())
    for i in np.flatnonzero(accusative).tolist():  # folding takes the hamza of «وزراء»
        accusative[i] = texts[text[i]][: words.end[noun[i]]].rstrip("\u064b").endswith("ا")
        # "منتخبا إيطاليا وفرنسا" are two teams, in the dual.
        accusative[i] &= int(last[i]) + 1 not in begins
    alike = _isin(words.hash[first], _hashes_of(*cues.COUNTRY_ADJECTIVES))
    alike &= ~_isin(before, _hashes_of(*_with_proclitics(*cues.BEFORE_COUNTRIES, *cues.LOCATIVES))) & ~_isin(
        before, _call_hashes(AR)[_PLACE]
    )
    found: npt.NDArray[np.bool_] = accusative | (bare & alike)
    for i in np.flatnonzero(found).tolist():  # "غانا - مالي" is a match
        found[i] = texts[text[i]][words.end[noun[i]] : words.start[first[i]]].strip("\u064b\u064d") == " "
    return found


def _of_that_country(batch: _Batch, readings: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Say of organisations in Persian texts whether «این کشور» behind them makes them those of a country named before.

    «بانک مرکزی این کشور» is no bank of the country whose bank needs no other name at home.
    """
    words = batch.words
    text, last = readings["text"].to_numpy(), readings["last_word"].to_numpy()
    one, two = (np.minimum(last + step, len(words.text) - 1) for step in (1, 2))
    that = (two == last + 2) & (words.text[two] == text) & (words.gap[one] == 1) & (words.gap[two] == 1)
    that &= _isin(words.hash[one], _hashes_of("این", "آن")) & _isin(words.hash[two], _hashes_of("کشور"))
    of_that: npt.NDArray[np.bool_] = (
        that & (readings["label"] == _ORGANISATION).to_numpy() & readings["is_near"].to_numpy()
    )
    return of_that


def _titles(batch: _Batch, texts: list[str], readings: pl.DataFrame) -> pl.Series:
    """Say of places' readings whether they are a work's title: in quotation marks, behind a word for works.

    So wherever else in the document they stand between quotation marks alone («قصر شیرین», a film). Festivals are
    called after the places they are held in.
    """
    words = batch.words
    works, festivals = _hashes_of(*cues.WORKS), _hashes_of(*cues.FESTIVALS)
    quoted: list[tuple[int, int, str]] = []
    titles = set()
    papers = readings.filter(pl.col("is_outlet") & pl.col("quoted"))
    places = (
        readings.with_row_index("row")
        .filter(pl.col("label") == _PLACE, pl.col("stripped") == 0)
        .join(papers, on=["text", "start", "end"], how="anti", maintain_order="left")
    )
    for row, text, start, end, first in places.select("row", "text", "start", "end", "first_word").iter_rows():
        written = texts[text]
        if written[start - 1 : start] not in ("«", '"', "“") or not _BEHIND_TITLE.match(written, end):
            continue
        document, title = int(batch.documents[text]), written[start:end]
        quoted.append((row, document, title))
        before = slice(max(0, first - 5), first)
        hashes = words.hash[before][words.text[before] == text]
        if _isin(hashes[-2:], works).any() and not _isin(hashes, festivals).any():
            titles.add((document, title))
    rows = [row for row, *title in quoted if tuple(title) in titles]
    return pl.int_range(len(readings), eager=True).is_in(rows)


def _of_a_longer_name(batch: _Batch, readings: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Say of persons in Arabic texts whether their name is part of another's, who has no entry.

    «فيصل بن بندر بن خالد بن عبدالعزيز» is none of the two princes whom it holds; «محمد صلاح الدين» is not محمد صلاح.
    """
    words = batch.words
    first, last = readings["first_word"].to_numpy(), readings["last_word"].to_numpy()
    text = readings["text"].to_numpy()
    size = len(words.text)
    person = (readings["label"].to_numpy() == _PERSON) & ((batch.languages[text] & AR) != 0)
    sons = _hashes_of("بن", "ابن", "بنت")
    inside = (first > 0) & (words.gap[first] == 1) & _isin(words.hash[np.maximum(first - 1, 0)], sons)
    inside &= (readings["stripped"] == 0).to_numpy()
    after, second = np.minimum(last + 1, size - 1), np.minimum(last + 2, size - 1)
    follows = (after > last) & (words.text[after] == text) & (words.gap[after] == 1)
    goes_on = follows & (words.hash[after] == hash_names([fold_name("الدين")])[0])
    princes = readings["country"].to_numpy() == _country_numbers("SA")[0]
    fathered = follows & _isin(words.hash[after], sons) & (words.text[second] == text) & (words.gap[second] == 1)
    fathered &= ~_isin(words.hash[second], _hashes_of("عبدالعزيز", "عبد"))
    several = last > first
    whole: npt.NDArray[np.bool_] = person & ((inside & several) | (goes_on & several) | (fathered & several & princes))
    return whole


def _within(readings: pl.DataFrame, which: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Say of readings whether they end where one in `which` ends, and begin behind it: the surname of a full name."""
    ends: dict[tuple[int, int], int] = {}
    text, start, end = (readings[name].to_numpy() for name in ("text", "start", "end"))
    for i in np.flatnonzero(which).tolist():
        key = int(text[i]), int(end[i])
        ends[key] = min(ends.get(key, int(start[i])), int(start[i]))
    out = np.zeros(len(readings), bool)
    if ends:
        for i, key in enumerate(zip(text.tolist(), end.tolist(), strict=True)):
            out[i] = key in ends and start[i] > ends[key]
    return out


@functools.cache
def _vocalised() -> dict[int, str]:
    """Return by entity the sign that a name spelled alike bears, where it is written: عُمان, عَمّان, اليَمن."""
    signs = {"Q842": "\u064f", "Q3805": "\u0651", "Q805": "\u064e"}
    ids = load().entities["entity_id"].to_list()
    return {number: signs[ident] for number, ident in enumerate(ids) if ident in signs}


def _otherwise_vocalised(texts: list[str], readings: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Say of readings whether the text bears the sign of another name that is spelled alike."""
    out = np.zeros(len(readings), bool)
    signs = _vocalised()
    if not signs:
        return out
    entity = readings["entity"].to_numpy()
    places = np.flatnonzero(np.isin(entity, np.array(list(signs), entity.dtype)))
    rows = readings[places].select("text", "start", "end", "entity")
    for place, (text, start, end, number) in zip(places.tolist(), rows.iter_rows(), strict=True):
        written = texts[text][start:end]
        out[place] = any(sign in written for other, sign in signs.items() if other != number) and (
            signs[number] not in written
        )
    return out


def _tidied(batch: _Batch, seen: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's spans with boundaries put right that it gets wrong by rule.

    A place does not begin behind a half-space («شبه‌جزیره کره» is whole), and no person's name begins with an Arabic
    adjective of belonging (الليبي محمد صالح).
    """
    if seen.is_empty():
        return seen
    words = batch.words
    text = seen["text"].to_numpy()
    start = seen["start"].to_numpy()
    first = batch.word_at(text, start)
    last = batch.word_at(text, seen["end"].to_numpy() - 1)
    label = seen["label"].to_numpy()
    begins = words.start[first] == start
    suffixes, prefixes = affix_hashes()
    behind = np.maximum(first - 1, 0)
    cut = (
        begins
        & (words.gap[first] == 2)
        & (label != _PERSON)
        & ~_isin(words.hash[behind], prefixes)
        & ~_isin(words.hash[first], suffixes)
    )
    cut |= begins & (words.gap[first] == 1) & (label == _PLACE) & _isin(words.hash[behind], _hashes_of("شبه"))
    second = np.minimum(first + 1, len(words.text) - 1)
    # What goes on behind a half-space is another word («ایران‌هراسی»), unless it is an ending other than the plural's.
    after = np.minimum(last + 1, len(words.text) - 1)
    compound = (after > last) & (words.gap[after] == 2) & (words.text[after] == text) & (label == _PLACE)
    compound &= (first == last) & (
        ~_isin(words.hash[after], suffixes) | _isin(words.hash[after], _hashes_of(*cues.PLURALS))
    )
    named = (
        begins
        & (label == _PERSON)
        & (last > first)
        & ((batch.languages[text] & AR) != 0)
        & _is_definite(words, first)
        & _is_demonym(words, first)
        & ~_is_definite(words, second)
        & ~_isin(words.hash[first], _hashes_of(*cues.EPITHETS))
    )
    start = np.where(cut, words.start[behind], np.where(named, words.start[second], start))
    # "شعبا وحكومة": an accusative behind "and" is a noun, where nobody knows it for a place.
    noun = (label == _PLACE) & (first == last) & ((batch.languages[text] & AR) != 0)
    noun &= (words.letters[words.first[first]] == ord("و")) & (words.letters[words.last[first] - 1] == ord("ا"))
    noun |= compound
    # Who is addressed or speaks is not named: «جناب‌عالی».
    addressed = _hashes_of(*cues.ADDRESSES)
    noun |= (label == _PERSON) & _isin(words.hash[first], addressed) & _isin(words.hash[last], addressed)
    return _one_by_one(
        batch, seen.with_columns(pl.Series("start", start.astype(np.int64))).filter(~pl.Series(noun, dtype=pl.Boolean))
    ).unique(["text", "start", "end"], keep="first", maintain_order=True)


def _one_by_one(batch: _Batch, seen: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's spans with two persons joined by "and" apart («فاطمه و حیدر», شايع والألمعي)."""
    words = batch.words
    people = seen.with_row_index("span").filter(pl.col("label") == _PERSON)
    text = people["text"].to_numpy()
    first = batch.word_at(text, people["start"].to_numpy())
    size = np.maximum(batch.word_at(text, people["end"].to_numpy() - 1) - first, 0)
    # Every word but the first and the last of each span.
    owner = np.repeat(np.arange(len(people)), size)
    at = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size) + np.repeat(first, size) + 1
    if not len(at):
        return seen
    letter = words.letters[words.first[at]]
    bound = words.letters[np.minimum(words.first[at] + 1, len(words.letters) - 1)]
    length = words.last[at] - words.first[at]
    last = at == np.repeat(first + size, size)
    alone = (words.hash[at] == hash_names(["و"])[0]) & ~last & (words.gap[at] == 1)
    arabic = (batch.languages[text[owner]] & AR) != 0
    written = arabic & (letter == ord("و")) & (length > 4) & (_is_definite(words, at) | (bound == ord("و")))
    cut = alone | written
    if not cut.any():
        return seen
    owner, at, alone = owner[cut], at[cut], alone[cut]
    owner, where = np.unique(owner, return_index=True)
    at, alone = at[where], alone[where]
    whole = people[owner]
    left = whole.with_columns(pl.Series("end", words.end[at - 1].astype(np.int64)))
    begin = np.where(alone, words.start[np.minimum(at + 1, len(words.text) - 1)], words.start[at] + 1)
    right = whole.with_columns(pl.Series("start", begin.astype(np.int64)))
    rest = seen.with_row_index("span").join(whole.select("span"), on="span", how="anti", maintain_order="left")
    apart: pl.DataFrame = pl.concat([rest, left, right]).drop("span").filter(pl.col("start") < pl.col("end"))
    return apart


def _tagger_spans(frame: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the statistical tagger's spans: `text`, `start`, `end`, `label`, `confidence`."""
    return spans.join(frame.select("text_index", "document_id", "position"), on=["document_id", "position"]).select(
        pl.col("text_index").cast(pl.Int64).alias("text"),
        pl.col("start").cast(pl.Int64),
        pl.col("end").cast(pl.Int64),
        pl.col("label").replace_strict(list(LABELS), [0, 1, 2], return_dtype=pl.Int8),
        pl.col("confidence").cast(pl.Float32),
    )


def _agree(batch: _Batch, readings: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Return spans of which none overlap, each with its entity where one is told: gazetteer and tagger at peace.

    Where both see the same span, that is it, and a guarded name is let in. Where one span holds the other,
    the tagger's longer one is a name the gazetteer does not know (an office of a country), the gazetteer's
    longer one is a known name that the tagger cut, if it is free of guards.
    """
    adjectives = readings.filter((pl.col("guard") == ADJECTIVE) & pl.col("behind_definite") & pl.col("agrees"))
    seen = seen.join(
        adjectives.select("text", "start", "end").unique(),
        on=["text", "start", "end"],
        how="anti",
        maintain_order="left",
    )
    exact = readings.join(
        seen.rename({"label": "seen_label"}), on=["text", "start", "end"], how="left", maintain_order="left"
    )
    with_clitic = seen.select("text", "start", "end", pl.col("label").alias("clitic_label"))
    exact = (
        exact.with_columns((pl.col("start") - pl.col("stripped")).alias("word_start"))
        .join(
            with_clitic,
            left_on=["text", "word_start", "end"],
            right_on=["text", "start", "end"],
            how="left",
            maintain_order="left",
        )
        .with_columns((_STRIDE * pl.col("text") + pl.col("start")).alias("place"))
    )
    exact = exact.join(_without_sides(batch, seen), on=["text", "start", "end"], how="left", maintain_order="left")
    agreed = pl.any_horizontal(
        (pl.col(seen_as) == pl.col("label")).fill_null(False)
        for seen_as in ("seen_label", "clitic_label", "side_label")
    )
    quoted = pl.col("quoted") & (pl.col("arabic") | (pl.col("last_word") > pl.col("first_word")))
    called = pl.col("called") | pl.col("region") | quoted
    compound_at_home = (pl.col("label") == _PLACE) & (pl.col("last_word") > pl.col("first_word")) & pl.col("at_source")
    sure = _without_strangers(
        batch,
        exact.filter(
            (pl.col("guard") == FREE)
            | ((pl.col("guard") == WORD) & (called | agreed | compound_at_home))
            | ((pl.col("guard") == ADJECTIVE) & ~pl.col("behind_definite")),
            ~pl.col("is_its_city") & ~pl.col("is_its_club"),
        ),
    )
    evident = sure.select("document", "entity", "place", pl.col("place").alias("full_place")).sort("place")
    # What a country is called in short («المملكة») means the one that the text last spoke of, by any name of its own.
    at_home_there = (
        sure.filter((pl.col("weight") >= _LISTED_FROM) & pl.col("country").ne(_countries()[_nowhere()]))
        .select("document", "country", "place", pl.col("place").alias("full_place"))
        .sort("place")
    )
    guarded = exact.filter(pl.col("guard") == SHORT).sort("place")
    short = pl.concat(
        [
            guarded.filter(pl.col("country_itself") == of_country)
            .join(there, on=["document", by], how="semi", maintain_order="left")
            .join_asof(there, on="place", by=["document", by], strategy="backward", check_sortedness=False)
            for of_country, by, there in ((False, "entity", evident), (True, "country", at_home_there))
        ],
        how="diagonal",
    )
    # An ambiguous name: the label seen, what is called for, what else the document names, how known it is.
    readings_in = pl.concat([sure, short], how="diagonal")
    # Countries that the document names for certain, or a place or body of: theirs is whoever could be somebody else's.
    named = readings_in.filter(
        pl.col("country_itself")
        | (
            (pl.col("guard") == FREE)
            & (pl.col("weight") >= _LITTLE_KNOWN)
            & (pl.col("country") != _countries()[_nowhere()])
            & (pl.col("entity").n_unique().over("text", "start", "end") == 1)
        )
    ).select("document", "country")
    named = (
        pl.concat([named, _demonyms_in(batch)], how="vertical_relaxed")
        .unique()
        .with_columns(pl.lit(True).alias("at_home"))
    )
    # Whom the document names by a name of several words that is nobody else's, the shorter one is short for.
    in_full = (
        readings_in.filter(
            (pl.col("guard") == FREE)
            & (pl.col("last_word") > pl.col("first_word"))
            & ~pl.col("is_region")
            & (pl.col("entity").n_unique().over("text", "start", "end") == 1)
        )
        .select("document", "entity")
        .unique()
        .with_columns(pl.lit(True).alias("in_full"))
    )
    # A region that the document calls so is meant by its bare name rather than a town of like size.
    called_so = (
        readings_in.filter("region").select("document", "entity").unique().with_columns(pl.lit(True).alias("called_so"))
    )
    # What the tagger agreed with once is meant by that name throughout the document.
    agreed_once = (
        readings_in.filter(agreed).select("document", "entity").unique().with_columns(pl.lit(True).alias("agreed_once"))
    )
    chosen = (
        readings_in.join(in_full, on=["document", "entity"], how="left", maintain_order="left")
        .join(named, on=["document", "country"], how="left", maintain_order="left")
        .join(called_so, on=["document", "entity"], how="left", maintain_order="left")
        .join(agreed_once, on=["document", "entity"], how="left", maintain_order="left")
        .with_columns(
            (
                pl.col("weight")
                + 2.0 * agreed
                + 0.5 * pl.col("called")
                + 1.0 * pl.col("region")
                + 2.6 * pl.col("rival")
                + pl.when(pl.col("arabic")).then(3.2).otherwise(0.8) * pl.col("quoted")
                - 0.2 * (pl.col("is_region") & pl.col("called_so").is_null())
                + pl.when(pl.col("is_club")).then(2.0).otherwise(0.8)
                * (pl.col("in_full").fill_null(False) & ~pl.col("capital_alike"))
                + 2.0 * (pl.col("country_itself") & pl.col("among_countries"))
                + 0.3 * pl.col("at_home").fill_null(False)
                + 0.5
                * (
                    pl.col("agreed_once").fill_null(False)
                    & ~pl.col("region").any().over("text", "start", "end")
                    & ~pl.col("capital_alike")
                )
                + 0.15 * pl.col("at_source")
                + 0.6 * (pl.col("is_source") & pl.col("quoted"))
                # A town is feminine, a club is not: فالنسيا الإسبانية, فالنسيا الإسباني.
                + 2.5 * pl.col("fits_demonym")
                - 1.0 * (pl.col("country_itself") & pl.col("beside_its_towns"))
                + 3.0 * (pl.col("guard") == SHORT)
                - 0.3 * (pl.col("guard") == WORD)
            ).alias("score")
        )
        # Of two whose short name this is, the one named in full last.
        .sort(
            "text", "start", "end", "score", "full_place", "entity",
            descending=[False, False, False, True, True, False], nulls_last=True,
        )
        .unique(["text", "start", "end"], keep="first", maintain_order=True)
    )  # fmt: skip
    known = chosen.select(
        "text", "start", "end", "entity", "label", "stripped", "weight", "seen_label", "confidence", "guard",
        "first_word", "last_word", "country_itself", "is_outlet", "quoted", "rival",
        (pl.col("last_word") - pl.col("first_word") + 1).alias("words"),
    )  # fmt: skip
    known = _without_namesakes(batch, known, seen)
    known = _without_heads(batch, known, seen)
    # What the tagger says a known name is, it is, where a name has both uses (a club and its city); a country is one.
    # What is well known as a place or an organisation is no person, unless the tagger is sure of a name of one word.
    certain = (
        (pl.col("guard") == FREE)
        & (pl.col("weight") >= _LISTED_FROM)
        & (pl.col("seen_label") == _PERSON)
        & ((pl.col("words") > 1) | (pl.col("confidence") < _BELIEVED_FROM))
    )
    other = pl.col("seen_label").is_not_null() & (pl.col("seen_label") != pl.col("label")) & ~certain
    # A paper between quotation marks is one, a club that won is one; a person is neither place nor organisation.
    other &= ~(pl.col("is_outlet") & pl.col("quoted")) & ~pl.col("rival")
    other &= ~((pl.col("label") == _PERSON) & (pl.col("weight") >= _WELL_KNOWN) & (pl.col("guard") == FREE))
    persons = (pl.col("label") == _PERSON) | (pl.col("seen_label") == _PERSON)
    known = known.with_columns(
        pl.when(other & ((pl.col("weight") < _WELL_KNOWN) | persons)).then(None).otherwise("entity").alias("entity"),
        pl.when(other).then("seen_label").otherwise("label").alias("label"),
        pl.when(pl.col("seen_label").is_not_null()).then(pl.lit("both")).otherwise(pl.lit("gazetteer")).alias("method"),
        pl.when(pl.col("seen_label").is_not_null())
        .then(1.0)
        .when(pl.col("words") > 1)
        .then(0.9)
        .when(pl.col("weight") >= 0.3)
        .then(0.7)
        .otherwise(0.45)
        .alias("trust"),
    )
    seen = _without_strings(batch, seen, known)
    seen = _without_two_countries(batch, seen, known)
    seen = _without_facilities(seen, known)
    seen = _without_portfolios(batch, seen, known)
    # The tagger went on behind a person's full name.
    begun = known.filter((pl.col("label") == 0) & (pl.col("words") > 1)).select("text", "label", "start")
    seen = pl.concat(
        [
            seen.join(begun, on=["text", "start", "label"], how="anti", maintain_order="left"),
            seen.join(known.select("text", "start", "end"), on=["text", "start", "end"], how="semi"),
        ]
    ).unique(maintain_order=True)
    # The tagger left a proclitic on a name that is known without it.
    clitic = known.filter(pl.col("stripped") > 0).select(
        "text", "label", "end", (pl.col("start") - pl.col("stripped")).alias("start")
    )
    seen = seen.join(clitic, on=["text", "start", "end", "label"], how="anti", maintain_order="left")
    alone = seen.join(known.select("text", "start", "end"), on=["text", "start", "end"], how="anti").with_columns(
        pl.lit(None).cast(pl.Int32).alias("entity"),
        pl.lit("tagger").alias("method"),
        pl.lit(0).cast(pl.Int8).alias("stripped"),
        pl.lit(0.0).cast(pl.Float32).alias("weight"),
        pl.col("confidence").alias("trust"),
    )
    columns = ["text", "start", "end", "entity", "label", "method", "trust", "stripped", "weight", "confidence"]
    both = pl.concat(
        [
            known.select(columns),
            alone.select(columns),
            _institutions(batch, known, seen).select(columns),
            _in_apposition(batch).join(seen, on=["text", "start", "end"], how="anti").select(columns),
        ],
        how="vertical_relaxed",
    )
    blocked = _blocked()
    kept = _no_overlaps(both).filter(~pl.col("entity").is_in(blocked).fill_null(False))
    return _named_inside(batch, kept, known)


def _without_strangers(batch: _Batch, readings: pl.DataFrame) -> pl.DataFrame:
    """Return `readings` without what is more likely something else that the gazetteer does not know.

    A place that is little known or called like a word, a club called like a word (الشباب), or a party of two words (الحزب
    الجمهوري), of a country that nothing else in the document is of, where the source is of another one: Bardo in Tunis is
    not Bardu in Norway, a scene (مشهد) not Mashhad. The document tells a country by other names of it and by its adjective.
    """
    size = pl.col("last_word") - pl.col("first_word") + 1
    certain = (pl.col("guard") == FREE) | (size > 1)
    named = readings.filter((pl.col("weight") >= _LISTED_FROM) & ~pl.col("is_party") & certain)
    told = (
        pl.concat(
            [
                named.select("document", "country", "entity"),
                _demonyms_in(batch).with_columns(pl.lit(-1, readings.schema["entity"]).alias("entity")),
            ]
        )
        .group_by("document", "country")
        .agg(pl.col("entity").n_unique().alias("tellers"), pl.col("entity").first().alias("teller"))
    )
    doubtful = (pl.col("weight") < _LITTLE_KNOWN) | pl.col("is_noun")
    place = (pl.col("label") == _PLACE) & doubtful & ~pl.col("country_itself")
    club = pl.col("is_arab_club") & ~certain
    party = pl.col("is_party") & (size == 2) & (pl.col("weight") < _KNOWN_PARTY)
    untold = pl.col("tellers").is_null() | ((pl.col("tellers") == 1) & (pl.col("teller") == pl.col("entity")))
    stranger = (place | club | party) & ~pl.col("is_near") & untold
    stranger &= pl.col("country") != _countries()[_nowhere()]
    return (
        readings.join(told, on=["document", "country"], how="left", maintain_order="left")
        .filter(~stranger)
        .drop("tellers", "teller")
    )


def _demonyms_in(batch: _Batch) -> pl.DataFrame:
    """Return `document` and `country` of the adjectives of belonging in Arabic texts."""
    words = batch.words
    hashes, countries = _demonyms()
    at = np.minimum(np.searchsorted(hashes, words.hash), len(hashes) - 1)
    found = (hashes[at] == words.hash) & ((batch.languages[words.text] & AR) != 0)
    return pl.DataFrame(
        {"document": batch.documents[words.text[found]], "country": countries[at[found]]},
        schema={"document": pl.Int64, "country": pl.Int32},
    ).unique(maintain_order=True)


def _without_namesakes(batch: _Batch, known: pl.DataFrame, tagged: pl.DataFrame) -> pl.DataFrame:
    """Return `known` without persons whose full name only begins another person's: «حسن روحانی پور», "أحمد حسن الزيات".

    The next word belongs to the name: it ends family names and nothing else, or the tagger's span goes on with it and
    it is like a name (in Persian a family name's ending, in Arabic the article and ي). A person whom the document
    also names without it is meant after all, and so is whoever the next word is a title of.
    """
    words = batch.words
    people = known.with_row_index("row").filter(
        (pl.col("label") == _PERSON) & (pl.col("words") > 1) & pl.col("entity").is_not_null()
    )
    last = people["last_word"].to_numpy()
    text = people["text"].to_numpy()
    after = np.minimum(last + 1, len(words.text) - 1)
    # A name with an ending glued on («پوتین‌ها») goes on with no other name.
    whole = (after > last) & (words.text[after] == text) & (words.gap[after] != 0)
    whole &= words.end[last] == people["end"].to_numpy()
    persian = (batch.languages[text] & FA) != 0
    ending = persian & _isin(words.hash[after], _hashes_of(*cues.GIVEN_ON))
    rows = people["row"].to_numpy()
    longer = (
        people.join(tagged.rename({"end": "to"}), on=["text", "start", "label"], how="inner")
        .filter(pl.col("to") > pl.col("end"))
        .select("row")
        .to_series()
        .to_numpy()
    )
    at = np.flatnonzero(whole & ~ending & np.isin(rows, longer) & (words.gap[after] == 1))
    for i in at.tolist():
        word = "".join(map(chr, words.letters[words.first[after[i]] : words.last[after[i]]].tolist()))
        if persian[i]:
            ending[i] = len(word) >= 4 and word.endswith(cues.FAMILY_ENDINGS)
        else:
            ending[i] = len(word) >= 5 and word.startswith("ال") and word.endswith("ی")
    ending &= ~_isin(words.hash[after], dictionary_words()) & ~_isin(words.hash[after], _call_hashes()[_PERSON])
    others = people.filter(pl.Series(whole & ending, dtype=pl.Boolean))
    if others.is_empty():
        return known
    document = pl.Series("document", batch.documents[known["text"].to_numpy()])
    themselves = (
        known.with_row_index("row").with_columns(document).join(others.select("row"), on="row", how="anti")
    ).select("document", "entity")
    namesakes = others.with_columns(pl.Series("document", batch.documents[others["text"].to_numpy()])).join(
        themselves.unique(), on=["document", "entity"], how="anti"
    )
    return (
        known.with_row_index("row")
        .join(namesakes.select("row"), on="row", how="anti", maintain_order="left")
        .drop("row")
    )


def _without_heads(batch: _Batch, known: pl.DataFrame, tagged: pl.DataFrame) -> pl.DataFrame:
    """Return `known` without longer forms of a name that the tagger saw without its head.

    A head is a word that calls for the name (حركة حماس, نهر الليطاني); a longer form of the same entity may also
    end in an epithet (حزب الله اللبناني). What the longer form means, the shorter one means here.
    """
    seen = known.filter(pl.col("seen_label") == pl.col("label"))
    longer = (
        _inside(known, seen)
        .filter((pl.col("start") > pl.col("outer_start")) | (pl.col("end") < pl.col("outer_end")))
        .rename({"entity": "inner_entity", "start": "inner_start", "end": "inner_end"})
        .select("text", "label", "inner_start", "inner_end", "inner_entity", start="outer_start", end="outer_end")
        .join(known.select("text", "start", "end", "entity"), on=["text", "start", "end"])
    )
    head = batch.word_at(longer["text"].to_numpy(), longer["start"].to_numpy())
    name = batch.word_at(longer["text"].to_numpy(), longer["inner_start"].to_numpy())
    calls = np.concatenate(_call_hashes())
    calls.sort()
    headed = pl.Series((name == head + 1) & _isin(batch.words.hash[head], calls))
    longer = longer.filter(
        (headed & (pl.col("end") == pl.col("inner_end")))
        | (
            (pl.col("entity") == pl.col("inner_entity"))
            & (pl.col("start") == pl.col("inner_start"))
            & pl.Series(
                _is_demonym(batch.words, batch.word_at(longer["text"].to_numpy(), longer["end"].to_numpy() - 1))
            )
        )
    )
    told = (
        longer.sort("text", "inner_start", "inner_end", "start")
        .unique(["text", "inner_start", "inner_end", "label"], keep="first", maintain_order=True)
        .select(
            "text",
            "label",
            pl.col("inner_start").alias("start"),
            pl.col("inner_end").alias("end"),
            pl.col("entity").alias("told"),
        )
    )
    known = (
        known.join(
            longer.select("text", "start", "end"), on=["text", "start", "end"], how="anti", maintain_order="left"
        )
        .join(told, on=["text", "label", "start", "end"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("told", "entity").alias("entity"))
        .drop("told")
    )
    return _beheaded(batch, known, tagged, calls)


def _beheaded(batch: _Batch, known: pl.DataFrame, tagged: pl.DataFrame, calls: npt.NDArray[np.uint64]) -> pl.DataFrame:
    """Return `known` with Arabic names that are listed with a head, and that the tagger saw without, cut to that.

    Arabic newsrooms and the sets count the head as no part of the name (صحيفة بيلد, دولة قطر), whatever a list says.
    """
    words = batch.words
    first = known["first_word"].to_numpy()
    second = np.minimum(first + 1, len(words.text) - 1)
    arabic = (batch.languages[known["text"].to_numpy()] & AR) != 0
    headed = arabic & (known["words"].to_numpy() > 1) & _isin(words.hash[first], calls)
    cut = (
        known.with_columns(pl.Series("second", words.start[second].astype(np.int64)))
        .filter(pl.Series(headed, dtype=pl.Boolean) & pl.col("seen_label").is_null())
        .join(
            tagged.select("text", "end", "label", second="start", told="confidence"),
            on=["text", "end", "label", "second"],
            how="inner",
            maintain_order="left",
        )
        .unique(["text", "second", "end"], keep="first", maintain_order=True)
    )
    if cut.is_empty():
        return known
    shorter = cut.with_columns(
        pl.col("second").alias("start"),
        pl.col("label").alias("seen_label"),
        pl.col("told").alias("confidence"),
        pl.lit(0).cast(known.schema["stripped"]).alias("stripped"),
        (pl.col("first_word") + 1).alias("first_word"),
        (pl.col("words") - 1).alias("words"),
    ).select(known.columns)
    place = ["text", "start", "end"]
    kept = known.join(cut.select(place), on=place, how="anti", maintain_order="left").join(
        shorter.select(place), on=place, how="anti", maintain_order="left"
    )
    return pl.concat([kept, shorter])


def _is_demonym(words: Words, at: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Say of words whether they may be Arabic adjectives of belonging: they end in ـي or ـية."""
    last = words.letters[words.last[at] - 1]
    before = words.letters[np.maximum(words.last[at] - 2, 0)]
    out: npt.NDArray[np.bool_] = (last == ord("ی")) | ((last == ord("ه")) & (before == ord("ی")))
    return out


def _without_sides(batch: _Batch, seen: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's places without the words before them that say which part, or what kind of place.

    Columns: `text`, `start`, `end`, `side_label`; only those that have such words (دلتای رود ولگا gives رود ولگا
    and ولگا).
    """
    places = seen.filter(pl.col("label") == _PLACE)
    text, end = places["text"].to_numpy(), places["end"].to_numpy()
    word = batch.word_at(text, places["start"].to_numpy())
    heads = np.sort(np.concatenate([_side_hashes(), _call_hashes()[_PLACE]]))
    size = len(batch.words.text)
    parts = []
    open_ = np.ones(len(places), bool)
    for _ in range(3):
        open_ &= _isin(batch.words.hash[word], heads) & (word + 1 < size)
        word = np.where(open_, word + 1, word)
        open_ &= (batch.words.text[word] == text) & (batch.words.start[word] < end)
        parts.append(
            pl.DataFrame(
                {
                    "text": text[open_],
                    "start": batch.words.start[word[open_]].astype(np.int64),
                    "end": end[open_],
                    "side_label": np.full(int(open_.sum()), _PLACE, np.int8),
                }
            )
        )
    return pl.concat(parts).unique(["text", "start", "end"], maintain_order=True)


def _without_two_countries(batch: _Batch, seen: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's spans without organisations that end in two countries, joined by "and".

    The ministers of two countries have no ministry together; a chamber of commerce may be theirs in common.
    """
    states = known.filter(pl.col("country_itself") & pl.col("entity").is_not_null() & (pl.col("label") == _PLACE))
    states = states.sort("text", "start", "end").unique(["text", "start"], keep="last", maintain_order=True)
    words = batch.words
    second = states.select("text", "end", "first_word", "stripped", second=pl.col("start"))
    followers = []
    for gap in (1, 2):
        pairs = states.select("text", first="start", first_word=(pl.col("last_word") + gap)).join(
            second, on=["text", "first_word"]
        )
        followers.append(pairs.with_columns(pl.lit(gap).alias("gap")))
    pairs = pl.concat(followers)
    at = pairs["first_word"].to_numpy()
    link = words.letters[words.first[at]] == ord("و")
    between = words.hash[np.maximum(at - 1, 0)] == hash_names(["و"])[0]
    joined = ((pairs["gap"].to_numpy() == 1) & (pairs["stripped"].to_numpy() == 1) & link) | (
        (pairs["gap"].to_numpy() == 2) & between
    )
    pairs = pairs.filter(pl.Series(joined, dtype=pl.Boolean)).select("text", "end", "first")
    inside = seen.filter(pl.col("label") == _ORGANISATION).join(pairs, on=["text", "end"])
    inside = inside.filter(pl.col("first") >= pl.col("start"))
    head = words.hash[batch.word_at(inside["text"].to_numpy(), inside["start"].to_numpy())]
    apart = inside.filter(~pl.Series(_isin(head, _hashes_of(*cues.JOINT)), dtype=pl.Boolean))
    return seen.join(
        apart.select("text", "start", "end").unique(), on=["text", "start", "end"], how="anti", maintain_order="left"
    )


def _without_portfolios(batch: _Batch, seen: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's spans without a minister's portfolio and country («خارجه ایران»): the country is named."""
    words = batch.words
    states = known.filter(
        pl.col("country_itself") & pl.col("entity").is_not_null() & (pl.col("label") == _PLACE)
    ).select("text", "end", country="start")
    spans = seen.filter(pl.col("label") == _ORGANISATION).join(states, on=["text", "end"])
    spans = spans.filter(pl.col("country") > pl.col("start"))
    first = batch.word_at(spans["text"].to_numpy(), spans["start"].to_numpy())
    behind = (
        (first > 0) & (words.gap[first] == 1) & _isin(words.hash[np.maximum(first - 1, 0)], _hashes_of(*cues.MINISTERS))
    )
    held = spans.filter(pl.Series(behind, dtype=pl.Boolean)).select("text", "start", "end").unique()
    return seen.join(held, on=["text", "start", "end"], how="anti", maintain_order="left")


def _without_facilities(seen: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's spans without doubtful places that end in a known place's name: that one is certain."""
    doubtful = seen.filter((pl.col("label") == _PLACE) & (pl.col("confidence") < _FACILITY_FROM))
    ends = known.filter(
        (pl.col("label") == _PLACE) & (pl.col("guard") == FREE) & pl.col("entity").is_not_null()
    ).select("text", "end", inner="start")
    called_after = doubtful.join(ends, on=["text", "end"]).filter(pl.col("inner") > pl.col("start"))
    return seen.join(
        called_after.select("text", "start", "end").unique(),
        on=["text", "start", "end"],
        how="anti",
        maintain_order="left",
    )


def _institutions(batch: _Batch, known: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Return organisations that the tagger overlooked: a known place behind a word such as دانشگاه or بلدية."""
    words = batch.words
    places = known.filter(
        (pl.col("label") == _PLACE)
        & (pl.col("guard") == FREE)
        & (pl.col("first_word") > 0)
        & pl.col("entity").is_not_null()
    )
    place = places["first_word"].to_numpy()
    head = np.maximum(place - 1, 0)
    adjacent = (words.gap[place] == 1) & (words.text[head] == places["text"].to_numpy())
    adjacent &= (places["stripped"] == 0).to_numpy()
    language = batch.languages[places["text"].to_numpy()]
    bare = ((language & FA) != 0) & _isin(words.hash[head], _hashes_of(*cues.INSTITUTIONS[FA]))
    bare |= ((language & AR) != 0) & _isin(words.hash[head], _hashes_of(*cues.INSTITUTIONS[AR]))
    bound = _isin(
        words.hash[head], _hashes_of(*(clitic + word for word in cues.INSTITUTIONS[AR] for clitic in "بلوفك"))
    )
    bound &= (language & AR) != 0
    # A town's club (ترجي جرجيس), in documents on sport.
    town = np.isin(batch.documents[places["text"].to_numpy()], _on_sport(batch)) & ((language & AR) != 0)
    town &= _of_kind("city")[places["entity"].to_numpy()]
    bare |= town & _isin(words.hash[head], _hashes_of(*cues.TOWN_CLUBS))
    bound |= town & _isin(
        words.hash[head], _hashes_of(*(clitic + word for word in cues.TOWN_CLUBS for clitic in "بلوفك"))
    )
    association, begin = _associations(batch, places, town)
    found = places.with_columns(
        pl.Series("start", np.where(association, begin, words.start[head].astype(np.int64) + bound)),
        pl.lit(_ORGANISATION).cast(pl.Int8).alias("label"),
        pl.lit(None).cast(pl.Int32).alias("entity"),
        pl.lit("gazetteer").alias("method"),
        pl.lit(0.9).alias("trust"),
    ).filter(pl.Series((adjacent & (bare | bound)) | association, dtype=pl.Boolean))
    return found.join(known.select("text", "start", "end"), on=["text", "start", "end"], how="anti").join(
        seen.select("text", "start", "end"), on=["text", "start", "end"], how="anti"
    )


def _associations(
    batch: _Batch, places: pl.DataFrame, town: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return which places end the name of their sporting association, and where that begins: المستقبل الرياضي بقابس."""
    words = batch.words
    place = places["first_word"].to_numpy()
    adjective, head = np.maximum(place - 1, 0), np.maximum(place - 2, 0)
    letter = words.letters[words.first[place]]
    found = town & (place > 1) & (places["stripped"] == 1).to_numpy() & ((letter == ord("ب")) | (letter == ord("ل")))
    found &= (words.gap[place] == 1) & (words.gap[adjective] == 1) & (words.text[head] == places["text"].to_numpy())
    found &= _isin(words.hash[adjective], _hashes_of("الرياضي", "الرياضية")) & _is_definite(words, head)
    # What is bound to the article before it is no part of the name: والمستقبل, للمستقبل.
    clitic = words.letters[words.first[head]] != ord("ا")
    return found, words.start[head].astype(np.int64) + clitic


def _in_apposition(batch: _Batch) -> pl.DataFrame:
    """Return persons of whom a Persian text says in passing who they are: a given and a family name by themselves.

    The two stand between commas or at a sentence's beginning («..., هیوا مریوانی, ...»), behind a word that calls
    for a person, or before a verb of saying. The family name ends as such names do and is no word of the dictionary.
    """
    words = batch.words
    at = np.flatnonzero(_isin(words.hash, given_names()))
    at = at[(at + 1 < len(words.text)) & ((batch.languages[words.text[at]] & FA) != 0)]
    following = np.minimum(at + 2, len(words.text) - 1)
    ends = (at + 2 >= len(words.text)) | (words.text[following] != words.text[at]) | (words.gap[following] == 0)
    says = ~ends & (words.gap[following] == 1) & _isin(words.hash[following], _hashes_of(*cues.SAYING))
    before = words.hash[np.maximum(at - 1, 0)]
    begins = words.gap[at] == 0
    called = (words.gap[at] == 1) & _isin(before, _call_hashes()[_PERSON])
    one = (words.text[at + 1] == words.text[at]) & (words.gap[at + 1] == 1)
    at = at[one & ((begins & (ends | says)) | (called & (ends | says)))]
    letters = ["".join(map(chr, words.letters[words.first[i] : words.last[i]].tolist())) for i in (at + 1).tolist()]
    family = np.array([len(name) >= 4 and name.endswith(cues.FAMILY_ENDINGS) for name in letters], bool)
    at = at[family & ~_isin(words.hash[at + 1], dictionary_words())]
    return pl.DataFrame(
        {
            "text": words.text[at].astype(np.int64),
            "start": words.start[at].astype(np.int64),
            "end": words.end[at + 1].astype(np.int64),
        }
    ).with_columns(
        pl.lit(None).cast(pl.Int32).alias("entity"),
        pl.lit(_PERSON).cast(pl.Int8).alias("label"),
        pl.lit("gazetteer").alias("method"),
        pl.lit(0.6).alias("trust"),
        pl.lit(0).cast(pl.Int8).alias("stripped"),
        pl.lit(0.0).cast(pl.Float32).alias("weight"),
        pl.lit(None).cast(pl.Float32).alias("confidence"),
    )


def _inside(spans: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return pairs of spans and known names of their label that lie inside of them.

    Columns: those of `known`, and `outer_start`, `outer_end`. By bisection, for a text may hold very many.
    """
    inner = known.filter(pl.col("entity").is_not_null()).sort("text", "start")
    place = inner["text"].to_numpy() * _STRIDE + inner["start"].to_numpy()
    text = spans["text"].to_numpy() * _STRIDE
    low = np.searchsorted(place, text + spans["start"].to_numpy())
    size = np.searchsorted(place, text + spans["end"].to_numpy()) - low
    owner = np.repeat(np.arange(len(spans)), size)
    at = (
        np.arange(len(owner)) + np.repeat(low - np.concatenate([[0], np.cumsum(size)[:-1]]), size)
        if len(owner)
        else owner
    )
    return (
        inner[at]
        .with_columns(
            spans["start"].gather(owner).alias("outer_start"),
            spans["end"].gather(owner).alias("outer_end"),
            spans["label"].gather(owner).alias("outer_label"),
        )
        .filter((pl.col("end") <= pl.col("outer_end")) & (pl.col("label") == pl.col("outer_label")))
        .drop("outer_label")
    )


def _without_strings(batch: _Batch, seen: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's spans without those that string known names together, or only say where in a place.

    A city and its country are two places, two persons' names in a row two persons; شمال شرق الصين names China, and
    «دامنهٔ دماوند» Damavand.
    """
    inner = _inside(seen.filter(pl.col("label") != _ORGANISATION), known)
    outer = batch.words.hash[batch.word_at(inner["text"].to_numpy(), inner["outer_start"].to_numpy())]
    key = ["text", "outer_start", "outer_end"]
    side = inner.filter(
        pl.Series(
            _isin(outer, _side_hashes()) & ~_named_parts(batch, inner["text"].to_numpy(), outer), dtype=pl.Boolean
        )
        & (pl.col("label") == _PLACE)
        & (pl.col("start") > pl.col("outer_start"))
        & (pl.col("end") == pl.col("outer_end"))
    ).select(key)
    strings = (
        inner.sort("text", "outer_start", "start", "end", descending=[False, False, False, True])
        .with_columns(pl.col("end").cum_max().shift(1).over("text", "outer_start").alias("before"))
        .filter(pl.col("before").is_null() | (pl.col("start") >= pl.col("before")))
        .group_by(key)
        .agg(pl.col("entity").n_unique().alias("names"))
        .filter(pl.col("names") > 1)
        .select(key)
    )
    # A road named by its ends names them.
    road = inner.filter(
        pl.Series(_isin(outer, _hashes_of(*cues.ROADS)), dtype=pl.Boolean)
        & (pl.col("label") == _PLACE)
        & (pl.col("start") > pl.col("outer_start"))
        & (pl.col("end") < pl.col("outer_end"))
    ).select(key)
    return seen.join(
        pl.concat([strings, side, road]).unique(),
        left_on=["text", "start", "end"],
        right_on=key,
        how="anti",
        maintain_order="left",
    )


def _named_parts(batch: _Batch, text: npt.NDArray[np.int64], heads: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Say of words whether they belong to a place's name: in Persian the points of the compass do («شمال اربیل»).

    So does the set that the tagger learned from, in all of some eighty places; Arabic sets leave them out.
    """
    persian: npt.NDArray[np.bool_] = (batch.languages[text] & AR) == 0
    persian &= _isin(heads, _hashes_of(*cues.COMPASS))
    return persian


def _named_inside(batch: _Batch, spans: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return `spans` with the entity of the known name that ends a longer span of its label.

    Before it stand only words that call for it or say which part: شهر سمرقند, شمال غرب قصر شیرین, but no museum of a
    city; سید محمد خاتمی, but no son of a man; «تیم فوتبال پرسپولیس», but not its fans' club.
    """
    lone = spans.filter(pl.col("entity").is_null())
    inner = _inside(lone, known.filter((pl.col("label") != _PERSON) | (pl.col("words") > 1)))
    text = inner["text"].to_numpy()
    name = batch.word_at(text, inner["start"].to_numpy())
    at = batch.word_at(text, inner["outer_start"].to_numpy())
    label = inner["label"].to_numpy()
    calls = _call_hashes()
    heads = {
        _PERSON: calls[_PERSON],
        _ORGANISATION: np.unique(np.concatenate([calls[_ORGANISATION], _hashes_of(*cues.KINDS_OF_CLUBS)])),
        _PLACE: np.unique(np.concatenate([calls[_PLACE], _side_hashes()])),
    }
    called = name > at
    for _ in range(_HEADS):
        before = at < name
        of_label = np.zeros(len(at), bool)
        for kind, hashes in heads.items():
            of_label |= (label == kind) & _isin(batch.words.hash[at], hashes)
        called &= ~before | of_label
        at = np.where(before, at + 1, at)
    called &= at == name
    # A club is called by its kind, and nothing else is: حزب الاتحاد is none.
    head = batch.word_at(text, inner["outer_start"].to_numpy())
    is_club = load().entities["kind"].gather(inner["entity"]).eq("club").to_numpy()
    called &= (label != _ORGANISATION) | (is_club == _isin(batch.words.hash[head], _hashes_of(*cues.CLUB_HEADS)))
    ending = (
        inner.filter(pl.Series(called, dtype=pl.Boolean) & (pl.col("end") == pl.col("outer_end")))
        .sort("text", "outer_start", "start")
        .unique(["text", "outer_start"], keep="first", maintain_order=True)
        .select("text", pl.col("outer_start").alias("start"), pl.col("entity").alias("inner"))
    )
    return (
        spans.join(ending, on=["text", "start"], how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("entity", "inner").alias("entity"),
            pl.when(pl.col("entity").is_null() & pl.col("inner").is_not_null())
            .then(pl.lit("both"))
            .otherwise("method")
            .alias("method"),
        )
        .drop("inner")
    )


def _no_overlaps(spans: pl.DataFrame) -> pl.DataFrame:
    """Return the spans of which none overlap: trust and length together decide, then fewer letters stripped."""
    ordered = spans.with_columns((pl.col("trust") * (pl.col("end") - pl.col("start"))).alias("strength")).sort(
        "text", "strength", "stripped", "start", descending=[False, True, False, False]
    )
    keep = greedy(ordered["text"].to_numpy(), ordered["start"].to_numpy(), ordered["end"].to_numpy())
    return ordered.filter(pl.Series(keep)).sort("text", "start")


def _linked_by_document(batch: _Batch, spans: pl.DataFrame) -> pl.DataFrame:
    """Return `spans` with entities that only the whole document tells, and the names of the unknown ones.

    A person's name of one word is the person whose full name the document gives: its last word, or in
    Arabic that word without the article.
    """
    words = batch.words
    text = spans["text"].to_numpy()
    first = batch.word_at(text, spans["start"].to_numpy())
    last = batch.word_at(text, spans["end"].to_numpy() - 1)
    size = np.maximum(last - first + 1, 1)
    spans = spans.with_columns(
        pl.Series("document", batch.documents[text]),
        pl.Series("words", size),
        pl.Series("last_hash", words.hash[last]),
        pl.Series("order", np.arange(len(spans))),
    )
    # Who bears another's surname and is named in full, known to nobody, is meant by it: محمد مونتاري, not سولي.
    known = spans.filter((pl.col("label") == _PERSON) & pl.col("entity").is_not_null())
    others = (
        spans.filter((pl.col("label") == _PERSON) & (pl.col("words") > 1) & pl.col("entity").is_null())
        .select("document", "last_hash")
        .unique()
        .join(
            known.filter(pl.col("words") > 1).select("document", "last_hash"), on=["document", "last_hash"], how="anti"
        )
        .with_columns(pl.lit(True).alias("another"))
    )
    spans = (
        spans.join(others, on=["document", "last_hash"], how="left", maintain_order="left")
        .with_columns(
            pl.when((pl.col("label") == _PERSON) & (pl.col("words") == 1) & pl.col("another").fill_null(False))
            .then(None)
            .otherwise("entity")
            .alias("entity")
        )
        .drop("another")
    )
    # The last word of "سلمان بن عبدالعزيز" is his father's name.
    father = _isin(words.hash[np.maximum(last - 1, 0)], _hashes_of("بن", "ابن")) & (last > first)
    after_someone = _isin(words.hash[np.maximum(first - 1, 0)], _called_after()) | _isin(
        words.hash[np.maximum(first - 2, 0)], _called_after()
    )
    spans = spans.with_columns(
        pl.Series("father", father, dtype=pl.Boolean), pl.Series("after_someone", after_someone, dtype=pl.Boolean)
    )
    full = spans.filter((pl.col("label") == 0) & (pl.col("words") > 1) & ~pl.col("father")).select(
        "document", "last_hash", "order", pl.col("entity").alias("full_entity"), pl.col("order").alias("full_order")
    )
    short = spans.filter(
        (pl.col("label") == 0) & (pl.col("words") == 1) & pl.col("entity").is_null() & ~pl.col("after_someone")
    ).select("document", "last_hash", "order")
    # The nearest full name before the short one, else the first after it.
    by = ["document", "last_hash"]
    before = short.join_asof(full, on="order", by=by, strategy="backward", check_sortedness=False)
    after = before.filter(pl.col("full_order").is_null()).select(short.columns)
    after = after.join_asof(full, on="order", by=by, strategy="forward", check_sortedness=False)
    pairs = (
        pl.concat([before, after])
        .filter(pl.col("full_order").is_not_null())
        .select("order", "full_entity", "full_order")
    )
    return (
        spans.join(pairs, on="order", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("entity", "full_entity").alias("entity"),
            pl.coalesce("full_order", "order").alias("named_by"),
        )
        .drop("full_entity", "full_order", "father", "after_someone")
    )


def _rows(frame: pl.DataFrame, spans: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Return the mentions: offsets into the raw text, ids, names."""
    if spans.is_empty():
        return empty_mentions()
    maps = frame["offset_map"]
    lengths = maps.list.len().to_numpy().astype(np.int64)
    nodes = maps.explode().struct.unnest()
    offsets = OffsetMaps(
        np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
        nodes["normalized"].to_numpy().astype(np.int64),
        nodes["raw"].to_numpy().astype(np.int64),
    )
    text = spans["text"].to_numpy()
    start, end = offsets.to_raw(text, spans["start"].to_numpy(), spans["end"].to_numpy())
    at = frame.select("document_id", "position", "start_char", "language")[text]
    rows = at.with_columns(
        pl.Series("from", start),
        pl.Series("to", end),
        spans["method"],
        spans["label"].replace_strict([0, 1, 2], list(LABELS), return_dtype=pl.String).alias("label"),
        gazetteer.entities["entity_id"].gather(spans["entity"]).alias("entity_id"),
        spans["words"],
        spans["named_by"].cast(pl.UInt32),
        confidence(spans),
        pl.Series("surface", _slices(frame["text"], text, start, end), pl.String),
        pl.Series(
            "called",
            _slices(frame["normalized_text"], text, spans["start"].to_numpy(), spans["end"].to_numpy()),
            pl.String,
        ),
    )
    distinct = rows["called"].unique()
    folded = pl.DataFrame({"called": distinct, "folded": [fold_name(name) for name in distinct.to_list()]})
    rows = rows.join(folded, on="called", how="left", maintain_order="left")
    # Who or what a name of one common word means, no other document can tell.
    nameable = (pl.col("words") > 1) | ((pl.col("label") != "ORG") & (pl.col("folded").str.len_chars() >= 4))
    rows = rows.with_columns(
        pl.when(pl.col("entity_id").is_null() & nameable.gather(pl.col("named_by")))
        .then(pl.col("folded").gather(pl.col("named_by")))
        .alias("name")
    ).filter(pl.col("from") < pl.col("to"))
    rows = rows.with_columns(
        (pl.col("start_char") + pl.col("to")).cast(pl.Int32).alias("end_char"),
        (pl.col("start_char") + pl.col("from")).cast(pl.Int32).alias("start_char"),
    )
    rows = rows.with_columns(
        pl.Series("mention_id", _ids(rows["document_id"], rows["start_char"], rows["end_char"], rows["label"]))
    )
    rows = rows.select(pl.col(name).cast(dtype) for name, dtype in MENTION_SCHEMA.items())
    return rows.sort("document_id", "start_char")


def _slices(
    texts: pl.Series, text: npt.NDArray[np.int64], start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> list[str]:
    """Return the stretch of its text that each span covers.

    A Python string finds its n-th code point at once; Polars, in UTF-8, would count from the text's beginning for
    every span, which a text of megabytes cannot bear.
    """
    strings = texts.to_list()
    return [strings[t][a:b] for t, a, b in zip(text.tolist(), start.tolist(), end.tolist(), strict=True)]


def confidence(spans: pl.DataFrame) -> pl.Series:
    """Return how sure each span is: agreement most, then the tagger's own word, then the name's fame."""
    return spans.select(
        pl.when(pl.col("method") == "both")
        .then(0.9 + 0.09 * pl.col("confidence"))
        .when(pl.col("method") == "gazetteer")
        .then(0.7 + 0.2 * pl.col("weight"))
        .otherwise(pl.col("confidence"))
        .cast(pl.Float32)
        .alias("confidence")
    ).to_series()


def _ids(document: pl.Series, start: pl.Series, end: pl.Series, label: pl.Series) -> list[str]:
    """Return for each mention the first 16 hex digits of SHA-256 of document, start, end and label."""
    keys = pl.select(pl.concat_str(document, start.cast(pl.String), end.cast(pl.String), label, separator="\t"))
    return [hashlib.sha256(key.encode()).hexdigest()[:16] for key in keys.to_series().to_list()]
