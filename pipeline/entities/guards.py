"""Readings that are no mention: words, parts of other names, strangers, works' titles.

Belongs here: rules that drop a reading. Does not belong here: the cues they ask (`readings`), which of several readings wins
(`agreement`).
"""

from __future__ import annotations

import functools
import re
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.entities import cues
from pipeline.entities.batch import (
    LANGUAGES,
    LISTED_FROM,
    LITTLE_KNOWN,
    ORGANISATION,
    PERSON,
    PLACE,
    STRIDE,
    Batch,
    call_hashes,
    country_numbers,
    entity_countries,
    hashes_of,
    is_definite,
    is_in,
    nowhere,
    of_kind,
    with_proclitics,
)
from pipeline.entities.gazetteer import FREE, dictionary_words, load
from pipeline.entities.matching import AR, FA
from pipeline.entities.tagger import Noticed

_KNOWN_PARTY: Final = 0.65
"""Weight from which a party of two words is known abroad."""

_BEHIND_TITLE: Final = re.compile(r"(?: ?[0-9۰-۹٠-٩]+)?[»”\"]")
"""What closes a title behind its last word: «تگزاس ۲»."""


@functools.cache
def hashes_called_after() -> npt.NDArray[np.uint64]:
    """Return hashes of the words that make somebody's name behind them the name of something else."""
    return hashes_of(*with_proclitics(*cues.CALLED_AFTER))


def without_words(batch: Batch, texts: list[str], readings: pl.DataFrame, noticed: Noticed) -> pl.DataFrame:
    """Return `readings` without what is rather a word or something else that is called like the name.

    A little-known place of one word, where the tagger sees next to no chance of a name («کسل‌کننده» is not of
    Kassel, "جوان 2015" a month); a town in the plural («کابل‌های برق»); a person after whom a bridge or a street is called,
    a place after which a street, a hall, a firm or a party is; an adjective; part of a longer name; what the adjective
    behind it, or written vocalisation, says is another's.
    """
    words = batch.words
    text, first = readings["text"].to_numpy(), readings["first_word"].to_numpy()
    place = noticed.tokens["row"].to_numpy().astype(np.int64) * STRIDE + noticed.tokens["start"].to_numpy()
    # A token with its proclitic begins before the name, and may be longer than it.
    at = np.searchsorted(place, text * STRIDE + readings["end"].to_numpy()) - 1
    end = noticed.tokens["end"].to_numpy().astype(np.int64)
    row = noticed.tokens["row"].to_numpy().astype(np.int64)
    seen = np.zeros(len(readings), bool)
    if len(place):
        seen = (at >= 0) & (row[np.maximum(at, 0)] == text) & (end[np.maximum(at, 0)] > readings["start"].to_numpy())
    flags = np.uint8(sum(LANGUAGES[language] for language in noticed.languages))
    told = (batch.languages[text] & ~flags) == 0
    arabic = (batch.languages[text] & AR) != 0
    entity = readings["entity"].to_numpy()
    country, club = of_kind("country")[entity], of_kind("club")[entity]
    is_person, is_place = ((readings["label"] == label).to_numpy() for label in (PERSON, PLACE))
    has_before = (first > 0) & (words.gap[first] == 1)
    before, second = (words.hash[np.maximum(first - step, 0)] for step in (1, 2))
    two_before = has_before & (first > 1) & (words.gap[np.maximum(first - 1, 0)] == 1)
    called_after = hashes_called_after()
    after_someone = has_before & is_in(before, called_after)
    of_two = hashes_of(*cues.TWO_CALLED_AFTER, *(f"ب{word}" for word in cues.TWO_CALLED_AFTER))
    after_someone |= has_before & is_in(before, of_two) & (batch.languages[text] == AR)
    the_called_after = is_in(second, hashes_of(*cues.THE_CALLED_AFTER))
    after_someone |= two_before & the_called_after & ~is_in(before, call_hashes()[PERSON])
    after_someone |= _within(readings, after_someone & is_person)
    after_someone |= two_before & is_in(second, called_after)
    streets = has_before & is_in(before, hashes_of(*cues.STREETS[FA], *with_proclitics(*cues.STREETS[AR])))
    goods = has_before & is_in(before, hashes_of(*cues.GOODS))
    firms = has_before & is_in(before, hashes_of(*with_proclitics(*cues.FIRMS)))
    movements = two_before & is_in(second, hashes_of(*cues.MOVEMENTS))
    movements &= ~is_definite(words, first - 1) & ~is_in(before, hashes_of(*cues.LOCATIVES))
    movements |= has_before & is_in(before, hashes_of(*with_proclitics(*cues.MOVEMENTS)))
    services = has_before & is_in(before, hashes_of(*with_proclitics(*cues.SERVICES, *cues.BUSINESS)))
    # Its capital of the same name, too.
    land = country | of_kind("continent")[entity] | (np.isin(first, first[country]) & is_place)
    part = (firms | (movements & arabic)) & club
    part |= (movements | services) & arabic & land
    part &= (readings["stripped"] == 0).to_numpy()
    part |= _adjectives(batch, texts, readings, has_before & arabic, before)
    part |= _of_a_longer_name(batch, readings)
    part |= _of_that_country(batch, readings)
    last = readings["last_word"].to_numpy()
    after = np.minimum(last + 1, len(words.text) - 1)
    plural = (after > last) & (words.text[after] == text) & (words.gap[after] == 2) & (first == last)
    plural &= is_in(words.hash[after], hashes_of(*cues.PLURALS)) & ~country
    readings = readings.with_columns(pl.Series("contradicted", _otherwise_vocalised(texts, readings), dtype=pl.Boolean))
    return readings.filter(
        ~pl.col("contradicted"),
        # "سامارا الروسية" is in Russia, "الجزيرة الإماراتي" plays in the Emirates.
        ~(
            (pl.col("demonym") >= 0)
            & pl.col("is_national")
            & (pl.col("country") != pl.col("demonym"))
            & (pl.col("country") != entity_countries()[nowhere()])
        ),
        ~pl.Series(~seen & told, dtype=pl.Boolean)
        | (pl.col("label") != PLACE)
        | (pl.col("weight") >= LITTLE_KNOWN)
        | (pl.col("last_word") > pl.col("first_word"))
        | pl.col("called"),
        ~(pl.Series(after_someone, dtype=pl.Boolean) & (pl.col("label") == PERSON)),
        ~pl.Series(part, dtype=pl.Boolean),
        ~(pl.Series(streets | plural, dtype=pl.Boolean) & (pl.col("label") == PLACE)),
        ~(pl.Series(streets, dtype=pl.Boolean) & (pl.col("label") == ORGANISATION)),
        ~(pl.Series(goods, dtype=pl.Boolean) & (pl.col("label") == PLACE) & (pl.col("weight") < LITTLE_KNOWN)),
    ).drop("contradicted")


def _adjectives(
    batch: Batch,
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
    bare &= of_kind("country")[readings["entity"].to_numpy()]
    ends_so = (words.letters[words.last[first] - 1] == alef) & (
        words.letters[np.maximum(words.last[first] - 2, 0)] == ye
    )
    accusative = (words.letters[words.last[noun] - 1] == alef) & (words.last[noun] - words.first[noun] >= 4)
    accusative &= words.letters[np.maximum(words.last[noun] - 2, 0)] != ord("ه")  # تقودها روسيا
    accusative &= ~is_in(before, hashes_of(*cues.ADVERBS)) & ~is_definite(words, noun)
    accusative &= ~np.isin(noun, last[readings["label"].to_numpy() == PLACE])
    accusative &= bare & ends_so
    text = readings["text"].to_numpy()
    begins = set(first[(readings["stripped"] == 1).to_numpy()].tolist())
    for i in np.flatnonzero(accusative).tolist():  # folding takes the hamza of «وزراء»
        accusative[i] = texts[text[i]][: words.end[noun[i]]].rstrip("\u064b").endswith("ا")
        # "منتخبا إيطاليا وفرنسا" are two teams, in the dual.
        accusative[i] &= int(last[i]) + 1 not in begins
    alike = is_in(words.hash[first], hashes_of(*cues.COUNTRY_ADJECTIVES))
    alike &= ~is_in(before, hashes_of(*with_proclitics(*cues.BEFORE_COUNTRIES, *cues.LOCATIVES))) & ~is_in(
        before, call_hashes(AR)[PLACE]
    )
    found: npt.NDArray[np.bool_] = accusative | (bare & alike)
    for i in np.flatnonzero(found).tolist():  # "غانا - مالي" is a match
        found[i] = texts[text[i]][words.end[noun[i]] : words.start[first[i]]].strip("\u064b\u064d") == " "
    return found


def _of_that_country(batch: Batch, readings: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Say of organisations in Persian texts whether «این کشور» behind them makes them those of a country named before.

    «بانک مرکزی این کشور» is no bank of the country whose bank needs no other name at home.
    """
    words = batch.words
    text, last = readings["text"].to_numpy(), readings["last_word"].to_numpy()
    one, two = (np.minimum(last + step, len(words.text) - 1) for step in (1, 2))
    that = (two == last + 2) & (words.text[two] == text) & (words.gap[one] == 1) & (words.gap[two] == 1)
    that &= is_in(words.hash[one], hashes_of("این", "آن")) & is_in(words.hash[two], hashes_of("کشور"))
    of_that: npt.NDArray[np.bool_] = (
        that & (readings["label"] == ORGANISATION).to_numpy() & readings["is_near"].to_numpy()
    )
    return of_that


def are_titles(batch: Batch, texts: list[str], readings: pl.DataFrame) -> pl.Series:
    """Say of places' readings whether they are a work's title: in quotation marks, behind a word for works.

    So wherever else in the document they stand between quotation marks alone («قصر شیرین», a film). Festivals are
    called after the places they are held in.
    """
    words = batch.words
    works, festivals = hashes_of(*cues.WORKS), hashes_of(*cues.FESTIVALS)
    quoted: list[tuple[int, int, str]] = []
    titles = set()
    papers = readings.filter(pl.col("is_outlet") & pl.col("quoted"))
    places = (
        readings.with_row_index("row")
        .filter(pl.col("label") == PLACE, pl.col("stripped") == 0)
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
        if is_in(hashes[-2:], works).any() and not is_in(hashes, festivals).any():
            titles.add((document, title))
    rows = [row for row, *title in quoted if tuple(title) in titles]
    return pl.int_range(len(readings), eager=True).is_in(rows)


def _of_a_longer_name(batch: Batch, readings: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Say of persons in Arabic texts whether their name is part of another's, who has no entry.

    «فيصل بن بندر بن خالد بن عبدالعزيز» is none of the two princes whom it holds; «محمد صلاح الدين» is not محمد صلاح.
    """
    words = batch.words
    first, last = readings["first_word"].to_numpy(), readings["last_word"].to_numpy()
    text = readings["text"].to_numpy()
    size = len(words.text)
    person = (readings["label"].to_numpy() == PERSON) & ((batch.languages[text] & AR) != 0)
    sons = hashes_of("بن", "ابن", "بنت")
    inside = (first > 0) & (words.gap[first] == 1) & is_in(words.hash[np.maximum(first - 1, 0)], sons)
    inside &= (readings["stripped"] == 0).to_numpy()
    after, second = np.minimum(last + 1, size - 1), np.minimum(last + 2, size - 1)
    follows = (after > last) & (words.text[after] == text) & (words.gap[after] == 1)
    goes_on = follows & (is_in(words.hash[after], hashes_of("الدين")))
    princes = readings["country"].to_numpy() == country_numbers("SA")[0]
    fathered = follows & is_in(words.hash[after], sons) & (words.text[second] == text) & (words.gap[second] == 1)
    fathered &= ~is_in(words.hash[second], hashes_of("عبدالعزيز", "عبد"))
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


def without_strangers(batch: Batch, readings: pl.DataFrame) -> pl.DataFrame:
    """Return `readings` without what is more likely something else that the gazetteer does not know.

    A place that is little known or called like a word, a club called like a word (الشباب), or a party of two words (الحزب
    الجمهوري), of a country that nothing else in the document is of, where the source is of another one: Bardo in Tunis is
    not Bardu in Norway, a scene (مشهد) not Mashhad. The document tells a country by other names of it and by its adjective.
    """
    size = pl.col("last_word") - pl.col("first_word") + 1
    certain = (pl.col("guard") == FREE) | (size > 1)
    named = readings.filter((pl.col("weight") >= LISTED_FROM) & ~pl.col("is_party") & certain)
    told = (
        pl.concat(
            [
                named.select("document", "country", "entity"),
                batch.demonyms.with_columns(pl.lit(-1, readings.schema["entity"]).alias("entity")),
            ]
        )
        .group_by("document", "country")
        .agg(pl.col("entity").n_unique().alias("tellers"), pl.col("entity").first().alias("teller"))
    )
    doubtful = (pl.col("weight") < LITTLE_KNOWN) | pl.col("is_noun")
    place = (pl.col("label") == PLACE) & doubtful & ~pl.col("country_itself")
    club = pl.col("is_arab_club") & ~certain
    party = pl.col("is_party") & (size == 2) & (pl.col("weight") < _KNOWN_PARTY)
    untold = pl.col("tellers").is_null() | ((pl.col("tellers") == 1) & (pl.col("teller") == pl.col("entity")))
    stranger = (place | club | party) & ~pl.col("is_near") & untold
    stranger &= pl.col("country") != entity_countries()[nowhere()]
    return (
        readings.join(told, on=["document", "country"], how="left", maintain_order="left")
        .filter(~stranger)
        .drop("tellers", "teller")
    )


def without_namesakes(batch: Batch, known: pl.DataFrame, tagged: pl.DataFrame) -> pl.DataFrame:
    """Return `known` without persons whose full name only begins another person's: «حسن روحانی پور», "أحمد حسن الزيات".

    The next word belongs to the name: it ends family names and nothing else, or the tagger's span goes on with it and
    it is like a name (in Persian a family name's ending, in Arabic the article and ي). A person whom the document
    also names without it is meant after all, and so is whoever the next word is a title of.
    """
    words = batch.words
    people = known.with_row_index("row").filter(
        (pl.col("label") == PERSON) & (pl.col("words") > 1) & pl.col("entity").is_not_null()
    )
    last = people["last_word"].to_numpy()
    text = people["text"].to_numpy()
    after = np.minimum(last + 1, len(words.text) - 1)
    # A name with an ending glued on («پوتین‌ها») goes on with no other name.
    whole = (after > last) & (words.text[after] == text) & (words.gap[after] != 0)
    whole &= words.end[last] == people["end"].to_numpy()
    persian = (batch.languages[text] & FA) != 0
    ending = persian & is_in(words.hash[after], hashes_of(*cues.GIVEN_ON))
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
    ending &= ~is_in(words.hash[after], dictionary_words()) & ~is_in(words.hash[after], call_hashes()[PERSON])
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
