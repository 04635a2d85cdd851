"""The gazetteer and the tagger made to agree: which span stands, and which of a name's entities is meant.

Belongs here: the tagger's spans tidied, the choice among readings, names inside names, institutions. Does not belong here: rules
that say a reading is none (`guards`), what the rest of the document adds (`tagging`).
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.entities import cues
from pipeline.entities.batch import (
    LISTED_FROM,
    LITTLE_KNOWN,
    ORGANISATION,
    PERSON,
    PLACE,
    STRIDE,
    WELL_KNOWN,
    Batch,
    call_hashes,
    entity_countries,
    hashes_of,
    is_definite,
    is_demonym,
    is_in,
    nowhere,
    of_kind,
)
from pipeline.entities.gazetteer import (
    ADJECTIVE,
    FREE,
    SHORT,
    WORD,
    dictionary_words,
    given_names,
    load,
)
from pipeline.entities.guards import without_namesakes, without_strangers
from pipeline.entities.matching import (
    AR,
    FA,
    affix_hashes,
    fold_name,
    greedy,
    hash_names,
)

_BELIEVED_FROM: Final = 0.9
"""How sure the tagger must be that a well-known organisation or place is a person."""

_FACILITY_FROM: Final = 0.7
"""How sure the tagger must be of an unknown place that is called after a known one."""

_HEADS: Final = 4
"""Words before a name that may belong to its head."""


@functools.cache
def _blocked() -> list[int]:
    """Numbers of what only looks like a name: phrases that hold one (the Copa América is neither land)."""
    return load().entities["kind"].eq("blocked").arg_true().to_list()


@functools.cache
def _side_hashes() -> npt.NDArray[np.uint64]:
    return np.sort(hash_names([fold_name(word) for word in cues.SIDES]))


def tidied(batch: Batch, seen: pl.DataFrame) -> pl.DataFrame:
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
        & (label != PERSON)
        & ~is_in(words.hash[behind], prefixes)
        & ~is_in(words.hash[first], suffixes)
    )
    cut |= begins & (words.gap[first] == 1) & (label == PLACE) & is_in(words.hash[behind], hashes_of("شبه"))
    second = np.minimum(first + 1, len(words.text) - 1)
    # What goes on behind a half-space is another word («ایران‌هراسی»), unless it is an ending other than the plural's.
    after = np.minimum(last + 1, len(words.text) - 1)
    compound = (after > last) & (words.gap[after] == 2) & (words.text[after] == text) & (label == PLACE)
    compound &= (first == last) & (
        ~is_in(words.hash[after], suffixes) | is_in(words.hash[after], hashes_of(*cues.PLURALS))
    )
    named = (
        begins
        & (label == PERSON)
        & (last > first)
        & ((batch.languages[text] & AR) != 0)
        & is_definite(words, first)
        & is_demonym(words, first)
        & ~is_definite(words, second)
        & ~is_in(words.hash[first], hashes_of(*cues.EPITHETS))
    )
    start = np.where(cut, words.start[behind], np.where(named, words.start[second], start))
    # "شعبا وحكومة": an accusative behind "and" is a noun, where nobody knows it for a place.
    noun = (label == PLACE) & (first == last) & ((batch.languages[text] & AR) != 0)
    noun &= (words.letters[words.first[first]] == ord("و")) & (words.letters[words.last[first] - 1] == ord("ا"))
    noun |= compound
    # Who is addressed or speaks is not named: «جناب‌عالی».
    addressed = hashes_of(*cues.ADDRESSES)
    noun |= (label == PERSON) & is_in(words.hash[first], addressed) & is_in(words.hash[last], addressed)
    return _one_by_one(
        batch, seen.with_columns(pl.Series("start", start.astype(np.int64))).filter(~pl.Series(noun, dtype=pl.Boolean))
    ).unique(["text", "start", "end"], keep="first", maintain_order=True)


def _one_by_one(batch: Batch, seen: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's spans with two persons joined by "and" apart («فاطمه و حیدر», شايع والألمعي)."""
    words = batch.words
    people = seen.with_row_index("span").filter(pl.col("label") == PERSON)
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
    alone = batch.is_and[at] & ~last & (words.gap[at] == 1)
    arabic = (batch.languages[text[owner]] & AR) != 0
    written = arabic & (letter == ord("و")) & (length > 4) & (is_definite(words, at) | (bound == ord("و")))
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


def agree(batch: Batch, readings: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
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
        .with_columns((STRIDE * pl.col("text") + pl.col("start")).alias("place"))
    )
    exact = exact.join(_without_sides(batch, seen), on=["text", "start", "end"], how="left", maintain_order="left")
    agreed = pl.any_horizontal(
        (pl.col(seen_as) == pl.col("label")).fill_null(False)
        for seen_as in ("seen_label", "clitic_label", "side_label")
    )
    quoted = pl.col("quoted") & (pl.col("arabic") | (pl.col("last_word") > pl.col("first_word")))
    called = pl.col("called") | pl.col("region") | quoted
    compound_at_home = (pl.col("label") == PLACE) & (pl.col("last_word") > pl.col("first_word")) & pl.col("at_source")
    sure = without_strangers(
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
        sure.filter((pl.col("weight") >= LISTED_FROM) & pl.col("country").ne(entity_countries()[nowhere()]))
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
            & (pl.col("weight") >= LITTLE_KNOWN)
            & (pl.col("country") != entity_countries()[nowhere()])
            & (pl.col("entity").n_unique().over("text", "start", "end") == 1)
        )
    ).select("document", "country")
    named = (
        pl.concat([named, batch.demonyms], how="vertical_relaxed").unique().with_columns(pl.lit(True).alias("at_home"))
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
    known = without_namesakes(batch, known, seen)
    known = _without_heads(batch, known, seen)
    # What the tagger says a known name is, it is, where a name has both uses (a club and its city); a country is one.
    # What is well known as a place or an organisation is no person, unless the tagger is sure of a name of one word.
    certain = (
        (pl.col("guard") == FREE)
        & (pl.col("weight") >= LISTED_FROM)
        & (pl.col("seen_label") == PERSON)
        & ((pl.col("words") > 1) | (pl.col("confidence") < _BELIEVED_FROM))
    )
    other = pl.col("seen_label").is_not_null() & (pl.col("seen_label") != pl.col("label")) & ~certain
    # A paper between quotation marks is one, a club that won is one; a person is neither place nor organisation.
    other &= ~(pl.col("is_outlet") & pl.col("quoted")) & ~pl.col("rival")
    other &= ~((pl.col("label") == PERSON) & (pl.col("weight") >= WELL_KNOWN) & (pl.col("guard") == FREE))
    persons = (pl.col("label") == PERSON) | (pl.col("seen_label") == PERSON)
    known = known.with_columns(
        pl.when(other & ((pl.col("weight") < WELL_KNOWN) | persons)).then(None).otherwise("entity").alias("entity"),
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
    begun = known.filter((pl.col("label") == PERSON) & (pl.col("words") > 1)).select("text", "label", "start")
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


def _without_heads(batch: Batch, known: pl.DataFrame, tagged: pl.DataFrame) -> pl.DataFrame:
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
    calls = np.concatenate(call_hashes())
    calls.sort()
    headed = pl.Series((name == head + 1) & is_in(batch.words.hash[head], calls))
    longer = longer.filter(
        (headed & (pl.col("end") == pl.col("inner_end")))
        | (
            (pl.col("entity") == pl.col("inner_entity"))
            & (pl.col("start") == pl.col("inner_start"))
            & pl.Series(is_demonym(batch.words, batch.word_at(longer["text"].to_numpy(), longer["end"].to_numpy() - 1)))
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


def _beheaded(batch: Batch, known: pl.DataFrame, tagged: pl.DataFrame, calls: npt.NDArray[np.uint64]) -> pl.DataFrame:
    """Return `known` with Arabic names that are listed with a head, and that the tagger saw without, cut to that.

    Arabic newsrooms and the sets count the head as no part of the name (صحيفة بيلد, دولة قطر), whatever a list says.
    """
    words = batch.words
    first = known["first_word"].to_numpy()
    second = np.minimum(first + 1, len(words.text) - 1)
    arabic = (batch.languages[known["text"].to_numpy()] & AR) != 0
    headed = arabic & (known["words"].to_numpy() > 1) & is_in(words.hash[first], calls)
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


def _without_sides(batch: Batch, seen: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's places without the words before them that say which part, or what kind of place.

    Columns: `text`, `start`, `end`, `side_label`; only those that have such words (دلتای رود ولگا gives رود ولگا
    and ولگا).
    """
    places = seen.filter(pl.col("label") == PLACE)
    text, end = places["text"].to_numpy(), places["end"].to_numpy()
    word = batch.word_at(text, places["start"].to_numpy())
    heads = np.sort(np.concatenate([_side_hashes(), call_hashes()[PLACE]]))
    size = len(batch.words.text)
    parts = []
    open_ = np.ones(len(places), bool)
    for _ in range(3):
        open_ &= is_in(batch.words.hash[word], heads) & (word + 1 < size)
        word = np.where(open_, word + 1, word)
        open_ &= (batch.words.text[word] == text) & (batch.words.start[word] < end)
        parts.append(
            pl.DataFrame(
                {
                    "text": text[open_],
                    "start": batch.words.start[word[open_]].astype(np.int64),
                    "end": end[open_],
                    "side_label": np.full(int(open_.sum()), PLACE, np.int8),
                }
            )
        )
    return pl.concat(parts).unique(["text", "start", "end"], maintain_order=True)


def _without_two_countries(batch: Batch, seen: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's spans without organisations that end in two countries, joined by "and".

    The ministers of two countries have no ministry together; a chamber of commerce may be theirs in common.
    """
    states = known.filter(pl.col("country_itself") & pl.col("entity").is_not_null() & (pl.col("label") == PLACE))
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
    between = batch.is_and[np.maximum(at - 1, 0)]
    joined = ((pairs["gap"].to_numpy() == 1) & (pairs["stripped"].to_numpy() == 1) & link) | (
        (pairs["gap"].to_numpy() == 2) & between
    )
    pairs = pairs.filter(pl.Series(joined, dtype=pl.Boolean)).select("text", "end", "first")
    inside = seen.filter(pl.col("label") == ORGANISATION).join(pairs, on=["text", "end"])
    inside = inside.filter(pl.col("first") >= pl.col("start"))
    head = words.hash[batch.word_at(inside["text"].to_numpy(), inside["start"].to_numpy())]
    apart = inside.filter(~pl.Series(is_in(head, hashes_of(*cues.JOINT)), dtype=pl.Boolean))
    return seen.join(
        apart.select("text", "start", "end").unique(), on=["text", "start", "end"], how="anti", maintain_order="left"
    )


def _without_portfolios(batch: Batch, seen: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's spans without a minister's portfolio and country («خارجه ایران»): the country is named."""
    words = batch.words
    states = known.filter(
        pl.col("country_itself") & pl.col("entity").is_not_null() & (pl.col("label") == PLACE)
    ).select("text", "end", country="start")
    spans = seen.filter(pl.col("label") == ORGANISATION).join(states, on=["text", "end"])
    spans = spans.filter(pl.col("country") > pl.col("start"))
    first = batch.word_at(spans["text"].to_numpy(), spans["start"].to_numpy())
    behind = (
        (first > 0) & (words.gap[first] == 1) & is_in(words.hash[np.maximum(first - 1, 0)], hashes_of(*cues.MINISTERS))
    )
    held = spans.filter(pl.Series(behind, dtype=pl.Boolean)).select("text", "start", "end").unique()
    return seen.join(held, on=["text", "start", "end"], how="anti", maintain_order="left")


def _without_facilities(seen: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's spans without doubtful places that end in a known place's name: that one is certain."""
    doubtful = seen.filter((pl.col("label") == PLACE) & (pl.col("confidence") < _FACILITY_FROM))
    ends = known.filter((pl.col("label") == PLACE) & (pl.col("guard") == FREE) & pl.col("entity").is_not_null()).select(
        "text", "end", inner="start"
    )
    called_after = doubtful.join(ends, on=["text", "end"]).filter(pl.col("inner") > pl.col("start"))
    return seen.join(
        called_after.select("text", "start", "end").unique(),
        on=["text", "start", "end"],
        how="anti",
        maintain_order="left",
    )


def _institutions(batch: Batch, known: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Return organisations that the tagger overlooked: a known place behind a word such as دانشگاه or بلدية."""
    words = batch.words
    places = known.filter(
        (pl.col("label") == PLACE)
        & (pl.col("guard") == FREE)
        & (pl.col("first_word") > 0)
        & pl.col("entity").is_not_null()
    )
    place = places["first_word"].to_numpy()
    head = np.maximum(place - 1, 0)
    adjacent = (words.gap[place] == 1) & (words.text[head] == places["text"].to_numpy())
    adjacent &= (places["stripped"] == 0).to_numpy()
    language = batch.languages[places["text"].to_numpy()]
    bare = ((language & FA) != 0) & is_in(words.hash[head], hashes_of(*cues.INSTITUTIONS[FA]))
    bare |= ((language & AR) != 0) & is_in(words.hash[head], hashes_of(*cues.INSTITUTIONS[AR]))
    bound = is_in(words.hash[head], hashes_of(*(clitic + word for word in cues.INSTITUTIONS[AR] for clitic in "بلوفك")))
    bound &= (language & AR) != 0
    # A town's club (ترجي جرجيس), in documents on sport.
    town = np.isin(batch.documents[places["text"].to_numpy()], batch.on_sport) & ((language & AR) != 0)
    town &= of_kind("city")[places["entity"].to_numpy()]
    bare |= town & is_in(words.hash[head], hashes_of(*cues.TOWN_CLUBS))
    bound |= town & is_in(
        words.hash[head], hashes_of(*(clitic + word for word in cues.TOWN_CLUBS for clitic in "بلوفك"))
    )
    association, begin = _associations(batch, places, town)
    found = places.with_columns(
        pl.Series("start", np.where(association, begin, words.start[head].astype(np.int64) + bound)),
        pl.lit(ORGANISATION).cast(pl.Int8).alias("label"),
        pl.lit(None).cast(pl.Int32).alias("entity"),
        pl.lit("gazetteer").alias("method"),
        pl.lit(0.9).alias("trust"),
    ).filter(pl.Series((adjacent & (bare | bound)) | association, dtype=pl.Boolean))
    return found.join(known.select("text", "start", "end"), on=["text", "start", "end"], how="anti").join(
        seen.select("text", "start", "end"), on=["text", "start", "end"], how="anti"
    )


def _associations(
    batch: Batch, places: pl.DataFrame, town: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return which places end the name of their sporting association, and where that begins: المستقبل الرياضي بقابس."""
    words = batch.words
    place = places["first_word"].to_numpy()
    adjective, head = np.maximum(place - 1, 0), np.maximum(place - 2, 0)
    letter = words.letters[words.first[place]]
    found = town & (place > 1) & (places["stripped"] == 1).to_numpy() & ((letter == ord("ب")) | (letter == ord("ل")))
    found &= (words.gap[place] == 1) & (words.gap[adjective] == 1) & (words.text[head] == places["text"].to_numpy())
    found &= is_in(words.hash[adjective], hashes_of("الرياضي", "الرياضية")) & is_definite(words, head)
    # What is bound to the article before it is no part of the name: والمستقبل, للمستقبل.
    clitic = words.letters[words.first[head]] != ord("ا")
    return found, words.start[head].astype(np.int64) + clitic


def _in_apposition(batch: Batch) -> pl.DataFrame:
    """Return persons of whom a Persian text says in passing who they are: a given and a family name by themselves.

    The two stand between commas or at a sentence's beginning («..., هیوا مریوانی, ...»), behind a word that calls
    for a person, or before a verb of saying. The family name ends as such names do and is no word of the dictionary.
    """
    words = batch.words
    at = np.flatnonzero(is_in(words.hash, given_names()))
    at = at[(at + 1 < len(words.text)) & ((batch.languages[words.text[at]] & FA) != 0)]
    following = np.minimum(at + 2, len(words.text) - 1)
    ends = (at + 2 >= len(words.text)) | (words.text[following] != words.text[at]) | (words.gap[following] == 0)
    says = ~ends & (words.gap[following] == 1) & is_in(words.hash[following], hashes_of(*cues.SAYING))
    before = words.hash[np.maximum(at - 1, 0)]
    begins = words.gap[at] == 0
    called = (words.gap[at] == 1) & is_in(before, call_hashes()[PERSON])
    one = (words.text[at + 1] == words.text[at]) & (words.gap[at + 1] == 1)
    at = at[one & ((begins & (ends | says)) | (called & (ends | says)))]
    letters = ["".join(map(chr, words.letters[words.first[i] : words.last[i]].tolist())) for i in (at + 1).tolist()]
    family = np.array([len(name) >= 4 and name.endswith(cues.FAMILY_ENDINGS) for name in letters], bool)
    at = at[family & ~is_in(words.hash[at + 1], dictionary_words())]
    return pl.DataFrame(
        {
            "text": words.text[at].astype(np.int64),
            "start": words.start[at].astype(np.int64),
            "end": words.end[at + 1].astype(np.int64),
        }
    ).with_columns(
        pl.lit(None).cast(pl.Int32).alias("entity"),
        pl.lit(PERSON).cast(pl.Int8).alias("label"),
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
    place = inner["text"].to_numpy() * STRIDE + inner["start"].to_numpy()
    text = spans["text"].to_numpy() * STRIDE
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


def _without_strings(batch: Batch, seen: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the tagger's spans without those that string known names together, or only say where in a place.

    A city and its country are two places, two persons' names in a row two persons; شمال شرق الصين names China, and
    «دامنهٔ دماوند» Damavand.
    """
    inner = _inside(seen.filter(pl.col("label") != ORGANISATION), known)
    outer = batch.words.hash[batch.word_at(inner["text"].to_numpy(), inner["outer_start"].to_numpy())]
    key = ["text", "outer_start", "outer_end"]
    side = inner.filter(
        pl.Series(
            is_in(outer, _side_hashes()) & ~_named_parts(batch, inner["text"].to_numpy(), outer), dtype=pl.Boolean
        )
        & (pl.col("label") == PLACE)
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
        pl.Series(is_in(outer, hashes_of(*cues.ROADS)), dtype=pl.Boolean)
        & (pl.col("label") == PLACE)
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


def _named_parts(batch: Batch, text: npt.NDArray[np.int64], heads: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Say of words whether they belong to a place's name: in Persian the points of the compass do («شمال اربیل»).

    So does the set that the tagger learned from, in all of some eighty places; Arabic sets leave them out.
    """
    persian: npt.NDArray[np.bool_] = (batch.languages[text] & AR) == 0
    persian &= is_in(heads, hashes_of(*cues.COMPASS))
    return persian


def _named_inside(batch: Batch, spans: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return `spans` with the entity of the known name that ends a longer span of its label.

    Before it stand only words that call for it or say which part: شهر سمرقند, شمال غرب قصر شیرین, but no museum of a
    city; سید محمد خاتمی, but no son of a man; «تیم فوتبال پرسپولیس», but not its fans' club.
    """
    lone = spans.filter(pl.col("entity").is_null())
    inner = _inside(lone, known.filter((pl.col("label") != PERSON) | (pl.col("words") > 1)))
    text = inner["text"].to_numpy()
    name = batch.word_at(text, inner["start"].to_numpy())
    at = batch.word_at(text, inner["outer_start"].to_numpy())
    label = inner["label"].to_numpy()
    calls = call_hashes()
    heads = {
        PERSON: calls[PERSON],
        ORGANISATION: np.unique(np.concatenate([calls[ORGANISATION], hashes_of(*cues.KINDS_OF_CLUBS)])),
        PLACE: np.unique(np.concatenate([calls[PLACE], _side_hashes()])),
    }
    called = name > at
    for _ in range(_HEADS):
        before = at < name
        of_label = np.zeros(len(at), bool)
        for kind, hashes in heads.items():
            of_label |= (label == kind) & is_in(batch.words.hash[at], hashes)
        called &= ~before | of_label
        at = np.where(before, at + 1, at)
    called &= at == name
    # A club is called by its kind, and nothing else is: حزب الاتحاد is none.
    head = batch.word_at(text, inner["outer_start"].to_numpy())
    is_club = load().entities["kind"].gather(inner["entity"]).eq("club").to_numpy()
    called &= (label != ORGANISATION) | (is_club == is_in(batch.words.hash[head], hashes_of(*cues.CLUB_HEADS)))
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
