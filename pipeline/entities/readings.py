"""What the gazetteer's names in a text may mean, and what the words around each tell of it.

Belongs here: one row per place and entity, with a column per cue. Does not belong here: finding the names (`matching`), dropping
what is no name (`guards`), choosing (`agreement`).
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.entities import cues
from pipeline.entities.batch import (
    LISTED_FROM,
    LITTLE_KNOWN,
    PLACE,
    SPOKEN,
    Batch,
    call_hashes,
    country_numbers,
    demonyms_of,
    entity_countries,
    entity_labels,
    entity_weights,
    hashes_of,
    is_definite,
    is_in,
    of_kind,
    with_proclitics,
)
from pipeline.entities.gazetteer import FREE, WORD, Gazetteer
from pipeline.entities.home import OUTLETS
from pipeline.entities.matching import AR, FA, Words, find_names

_LITTLE_KNOWN_CLUB: Final = 0.56
"""Weight up to which a club that is called like its city is meant in sport alone."""

_SCORE: Final = re.compile(r" ?[0-9۰-۹٠-٩]{1,2} ?[-–] ?(?:[0-9۰-۹٠-٩]{1,2}\b|صفر)")
"""A score behind a club's name."""


def gazetteer_readings(gazetteer: Gazetteer, batch: Batch, texts: list[str]) -> pl.DataFrame:
    """Return one row per span and entity its name may mean, guarded ones and overlapping ones too."""
    words = batch.words
    hits = find_names(words, batch.languages, gazetteer.table)
    owner, slot = gazetteer.candidates(hits.group)
    keep = (gazetteer.languages[slot] & batch.languages[hits.text[owner]]) != 0
    owner, slot = owner[keep], slot[keep]
    entity, guard = gazetteer.candidate[slot], gazetteer.guard[slot]
    text, stripped = hits.text[owner], hits.stripped[owner]
    first_word, last_word = hits.first_word[owner], hits.last_word[owner]
    label, weight, country = entity_labels()[entity], entity_weights()[entity], entity_countries()[entity]
    club, land, outlet = of_kind("club")[entity], of_kind("country")[entity], of_kind(*OUTLETS)[entity]
    place, place_of_region = label == PLACE, of_kind("region")[entity]
    of_arabs = np.isin(country, country_numbers(*SPOKEN[AR]))
    arabic = (batch.languages[text] & AR) != 0
    has_before = (first_word > 0) & (words.gap[first_word] == 1) & (stripped == 0)
    before = np.where(has_before, words.hash[np.maximum(first_word - 1, 0)], np.uint64(0))
    called = np.zeros(len(owner), bool)
    for language in (FA, AR):  # "شهر" is a month in Arabic, "ورود" an arrival and no river
        for i, hashes in enumerate(call_hashes(language)):
            called |= (label == i) & ((batch.languages[text] & language) != 0) & is_in(before, hashes)
    demonym = _demonym_behind(batch, texts, text, last_word)
    behind = np.minimum(last_word + 1, len(words.text) - 1)
    feminine_behind = words.letters[words.last[behind] - 1] == ord("ه")
    land_alike, capital_alike = _called_alike(first_word, last_word, entity)
    sport = np.isin(batch.documents[text], batch.on_sport)
    club_in_sport = club & sport
    called &= ~(club & ~sport & is_in(before, hashes_of(*cues.VERSUS)))  # "the obstacle before youth" is no match
    listed = place & (weight >= LISTED_FROM)
    free_place = listed & (guard == FREE)
    called |= (
        listed
        & is_in(before, hashes_of(*cues.LOCATIVES))
        & _listed(batch, first_word[free_place], stripped[free_place], last_word)
    )
    called |= _paired_clubs(batch, club_in_sport, club_in_sport, first_word, last_word, stripped)
    also_a_place = np.isin(hits.group[owner], hits.group[owner][place])
    rival = club_in_sport & _rivals(batch, texts, first_word, last_word, before)
    called |= rival
    # Beside a club that no town is called like, a town's name is a club's (السد والريان).
    rival |= _paired_clubs(batch, club_in_sport, club_in_sport & ~also_a_place, first_word, last_word, stripped)
    # A club that is called like its town: never behind what only towns have, a little-known one in sport alone.
    only_a_town = is_in(before, hashes_of(*with_proclitics(*cues.OF_TOWNS)))
    little_known = (guard == WORD) & (weight <= _LITTLE_KNOWN_CLUB) & ~of_arabs
    elsewhere = ~sport & ~is_in(before, hashes_of(*cues.CLUB_HEADS))
    only_a_town |= little_known & (elsewhere | is_in(before, hashes_of(*cues.INSIDE)))
    # Adjectives of belonging agree with the noun: "عائلة سورية", "القنصليات السعودية".
    noun = np.maximum(first_word - 1, 0)
    ending = words.letters[words.last[noun] - 1]
    feminine = (ending == ord("ه")) | (
        (ending == ord("ت")) & (words.letters[np.maximum(words.last[noun] - 2, 0)] == ord("ا"))
    )
    feminine &= arabic
    own = (entity == batch.outlets[text]) & (entity >= 0)
    region = is_in(before, hashes_of(*cues.REGION_CALLS))
    region |= _in_lists_of_regions(batch, texts, first_word, last_word, stripped, place)
    region |= _beside_regions(batch, first_word, last_word, stripped, entity, guard == FREE)
    return pl.DataFrame(
        {
            "text": text.astype(np.int64),
            "document": batch.documents[text],
            "start": hits.start[owner].astype(np.int64),
            "end": hits.end[owner].astype(np.int64),
            "first_word": first_word.astype(np.int64),
            "last_word": last_word.astype(np.int64),
            "stripped": stripped,
            "entity": entity,
            "label": label,
            "guard": guard,
            "weight": weight,
            "called": called,
            "behind_definite": has_before
            & (is_definite(words, first_word - 1) | (feminine & ~is_definite(words, first_word))),
            "agrees": has_before & feminine,
            "country": country,
            "at_source": country == batch.homes[text],
            "is_near": _is_near(batch, text, country),
            "is_party": of_kind("party")[entity],
            "is_noun": (first_word == last_word) & is_in(words.hash[first_word], hashes_of(*cues.NOUNS)),
            "is_club": club,
            "rival": rival,
            "is_its_club": club & also_a_place & only_a_town,
            "demonym": demonym,
            "fits_demonym": (demonym == country) & (feminine_behind == place),
            # Clubs of one name are Arab ones; behind others the adjective is rather a player's («برشلونة الأرجنتيني ميسي»).
            "is_national": of_kind("city", "region", "site", "party", "armed group")[entity]
            | (club & (guard == WORD) & np.isin(demonym, country_numbers(*SPOKEN[AR]))),
            "is_arab_club": club & of_arabs,
            "among_countries": _among_countries(batch, first_word, last_word, stripped, land),
            "beside_its_towns": _beside_its_towns(batch, first_word, last_word, stripped, entity),
            "country_itself": land,
            "is_region": place_of_region,
            "region": place_of_region & region,
            "is_its_city": has_before & is_in(before, hashes_of(*cues.CITY_CALLS)) & (place_of_region | land_alike),
            "capital_alike": capital_alike,
            "arabic": arabic,
            "quoted": _quoted(texts, text, hits.start[owner], hits.end[owner], outlet, own),
            "is_outlet": outlet,
            "is_source": own,
        }
    )


def _marks(words: Words, at: npt.NDArray[np.int32] | npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return for each word, and for two behind the last, whether it is in `at`."""
    marks = np.zeros(len(words.text) + 2, bool)
    marks[at] = True
    return marks


def _among_countries(
    batch: Batch,
    first_word: npt.NDArray[np.int32],
    last_word: npt.NDArray[np.int32],
    stripped: npt.NDArray[np.int8],
    countries: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Say of names whether a country's name stands on either side, or in Arabic on one with "and" (مصر وعمان, عمان والعراق)."""
    words = batch.words
    begins, ends = _marks(words, first_word[countries]), _marks(words, last_word[countries])
    joined = _marks(words, first_word[countries & (stripped == 1) & batch.begins_with_and[first_word]])
    before = ends[np.maximum(first_word - 1, 0)] & (first_word > 0)
    one_side = (before & joined[first_word]) | joined[last_word + 1]
    one_side &= (batch.languages[words.text[first_word]] & AR) != 0
    among: npt.NDArray[np.bool_] = (before & begins[last_word + 1]) | one_side
    return among


def _beside_its_towns(
    batch: Batch,
    first_word: npt.NDArray[np.int32],
    last_word: npt.NDArray[np.int32],
    stripped: npt.NDArray[np.int8],
    entity: npt.NDArray[np.int32],
) -> npt.NDArray[np.bool_]:
    """Say of a country's names in Arabic texts whether a town or a road beside them makes them its capital's.

    «الطريق السيارة تونس - صفاقس», «بين تونس وسوسة»: the capital is called like the country.
    """
    words = batch.words
    country = of_kind("country")[entity]
    town = of_kind("city")[entity] & (entity_weights()[entity] >= LITTLE_KNOWN)
    codes = np.int64(1 << 20)
    key = entity_countries()[entity].astype(np.int64)

    def stands(
        at: npt.NDArray[np.int64], which: npt.NDArray[np.bool_], word: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.bool_]:
        """Say whether at a word a town of the same country begins, or ends."""
        return np.isin(at * codes + key, word[which].astype(np.int64) * codes + key[which])

    first, last = first_word.astype(np.int64), last_word.astype(np.int64)
    after = np.minimum(last + 1, len(words.text) - 1)
    beside = stands(last + 1, town & (stripped == 1), first_word) & batch.begins_with_and[after]
    beside |= stands(last + 2, town & (stripped == 0), first_word) & batch.is_and[after]
    beside |= stands(first - 1, town, last_word) & (stripped == 1) & batch.begins_with_and[first]
    before = words.hash[np.maximum(first - 1, 0)]
    road = (first > 0) & (stripped == 0) & is_in(before, hashes_of(*cues.ROADS, *cues.ROAD_WORDS))
    # A court of first instance is a town's.
    road |= (first > 0) & (stripped == 1) & is_in(before, hashes_of(*cues.COURTS))
    out: npt.NDArray[np.bool_] = country & ((batch.languages[words.text[first_word]] & AR) != 0) & (beside | road)
    return out


def _called_alike(
    first_word: npt.NDArray[np.int32], last_word: npt.NDArray[np.int32], entity: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which readings are a country whose capital is called alike (تونس), and which a place called like its country."""
    place = (first_word.astype(np.int64) << 40) + (last_word.astype(np.int64) << 16) + entity_countries()[entity]
    country = of_kind("country")[entity]
    city = of_kind("city")[entity] & (entity_weights()[entity] >= LISTED_FROM)
    return country & np.isin(place, place[city]), ~country & np.isin(place, place[country])


def _is_near(batch: Batch, text: npt.NDArray[np.int32], countries: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Say of countries whether they are that of the text's source, or of its language where none is told."""
    near: npt.NDArray[np.bool_] = countries == batch.homes[text]
    for language in (FA, AR):
        told_by_language = (batch.homes[text] < 0) & ((batch.languages[text] & language) != 0)
        near |= told_by_language & np.isin(countries, country_numbers(*SPOKEN[language]))
    return near


def _listed(
    batch: Batch, names: npt.NDArray[np.int32], stripped: npt.NDArray[np.int8], last_word: npt.NDArray[np.int32]
) -> npt.NDArray[np.bool_]:
    """Say of names that end in `last_word` whether "and" and one of certain names follow.

    Args:
        batch: All words.
        names: The words that those certain names begin in.
        stripped: How many letters of proclitics stand before each of those.
        last_word: The last word of each name in question.
    """
    words = batch.words
    begins = _marks(words, names[stripped == 0])
    begins_behind_and = _marks(words, names[(stripped == 1) & batch.begins_with_and[names]])
    joined = _marks(words, np.flatnonzero(batch.is_and & (words.gap == 1)))
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


def _rivals(
    batch: Batch,
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
    rival = is_in(before, hashes_of(*cues.RIVALS))
    rival |= near & is_in(before, hashes_of(*cues.AGAINST)) & is_in(second, hashes_of(*with_proclitics(*cues.BEATS)))
    after = np.minimum(last_word + 1, len(words.text) - 1)
    digit = words.letters[words.first[after]]
    scored = (words.text[after] == words.text[last_word]) & (digit >= ord("0")) & (digit <= ord("9"))
    for i in np.flatnonzero(scored & ~rival).tolist():
        rival[i] = _SCORE.match(texts[words.text[last_word[i]]], words.end[last_word[i]]) is not None
    return rival


def _demonym_behind(
    batch: Batch, texts: list[str], text: npt.NDArray[np.int32], last_word: npt.NDArray[np.int32]
) -> npt.NDArray[np.int32]:
    """Return for names in Arabic texts the country whose adjective follows (سامارا الروسية), -1 where none does."""
    words = batch.words
    after = np.minimum(last_word + 1, len(words.text) - 1)
    near = (after > last_word) & (words.text[after] == text) & (words.start[after] - words.end[last_word] <= 3)
    near &= (batch.languages[text] & AR) != 0
    country = demonyms_of(words.hash[after])
    found = near & (country >= 0)
    for i in np.flatnonzero(found).tolist():
        between = texts[text[i]][words.end[last_word[i]] : words.start[after[i]]]
        found[i] = not between.strip(' \u200f»”"')
    return np.where(found, country, np.int32(-1))


def _paired_clubs(
    batch: Batch,
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
    followed = _listed(batch, first_word[beside], stripped[beside], last_word)
    ends = _marks(words, last_word[beside])
    bound = (stripped == 1) & batch.begins_with_and[first_word] & ends[first_word - 1]
    alone = batch.is_and[np.maximum(first_word - 1, 0)] & ends[first_word - 2]
    paired: npt.NDArray[np.bool_] = clubs & (first_word > 1) & (followed | bound | alone)
    return paired | (clubs & followed)


def _in_lists_of_regions(
    batch: Batch,
    texts: list[str],
    first_word: npt.NDArray[np.int32],
    last_word: npt.NDArray[np.int32],
    stripped: npt.NDArray[np.int8],
    places: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Say of names whether they stand in a list of places that begins behind «استان‌های» or its like.

    Args:
        batch: All words.
        texts: Their texts.
        first_word: The first word of each name.
        last_word: The last one.
        stripped: How many letters of proclitics stand before it.
        places: Which of the names are places'.
    """
    words = batch.words
    listed = np.zeros(len(first_word), bool)
    before = words.hash[np.maximum(first_word - 1, 0)]
    begins = is_in(before, hashes_of(*with_proclitics(*cues.REGIONS_CALLS)))
    begins |= is_in(before, hashes_of("های")) & is_in(
        words.hash[np.maximum(first_word - 2, 0)], hashes_of("استان", "ایالت")
    )
    begins &= places & (first_word > 0)
    for name in np.flatnonzero(begins & (words.gap[first_word] != 1)).tolist():
        first = int(first_word[name])
        same = words.text[first - 1] == words.text[first]
        begins[name] = same and texts[words.text[first]][words.end[first - 1] : words.start[first]].strip() == "("
    if not begins.any():
        return listed
    where = np.flatnonzero(places & np.isin(words.text[first_word], words.text[first_word[begins]]))
    ends: set[int] = set()
    for name in where[np.argsort(first_word[where], kind="stable")].tolist():
        first = int(first_word[name])
        goes_on = first - 2 in ends and bool(batch.is_and[first - 1])
        if first - 1 in ends and words.text[first - 1] == words.text[first]:
            between = texts[words.text[first]][words.end[first - 1] : words.start[first]]
            goes_on |= stripped[name] == 1 or between.strip() in ("،", ",")
        if begins[name] or goes_on:
            listed[name] = True
            ends.add(int(last_word[name]))
    return listed


def _beside_regions(
    batch: Batch,
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
    place = (entity_labels()[entity] == PLACE) & ((batch.languages[words.text[first_word]] & AR) != 0)
    region = of_kind("region")[entity] & free
    size = len(words.text)
    starts, ends = np.full(size + 2, -1, np.int64), np.full(size + 2, -1, np.int64)
    starts[first_word[place]] = last_word[place]
    ends[last_word[place]] = first_word[place]
    other = _marks(words, first_word[place & ~region])
    joined = _marks(words, first_word[place & (stripped == 1) & batch.begins_with_and[first_word]])
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
