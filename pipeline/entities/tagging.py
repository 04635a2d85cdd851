"""From segments to mentions: what the gazetteer and the statistical tagger find, made to agree.

Belongs here: reading segments, asking `matching` and the tagger, guards, agreement on spans, choice among
an ambiguous name's entities, offsets into the raw text. Does not belong here: what needs other documents
(`linking`).
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.entities.gazetteer import ADJECTIVE, FREE, SHORT, WORD, Gazetteer, load
from pipeline.entities.matching import AR, FA, OffsetMaps, Words, find_names, fold_name, greedy, hash_names, words_of
from pipeline.entities.tagger import predict

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

_STRIDE: Final = 1 << 32
"""Texts times this plus offset is a place in the whole batch."""
_PLACE: Final = LABELS.index("LOC")
_ORGANISATION: Final = LABELS.index("ORG")
_PERSON: Final = LABELS.index("PER")

_LANGUAGES: Final = {"fa": FA, "ar": AR, "und": FA | AR}

_CALLS: Final[dict[str, tuple[str, ...]]] = {
    "LOC": (
        "شهر", "استان", "شهرستان", "کشور", "روستای", "جزیره", "بندر", "ایالت", "پایتخت", "شهرک", "فرودگاه", "دشت",
        "بخش", "شهرهای", "استانهای", "استان‌های", "کشورهای", "مردم", "فرماندار", "استاندار", "رود", "رودخانه",
        "مدينة", "محافظة", "بلدة", "قرية", "ولاية", "منطقة", "إقليم", "جزيرة", "ناحية", "قضاء", "مخيم", "مطار",
        "ريف", "العاصمة", "دولة", "جمهورية", "قطاع", "نوار", "باریکه", "هضبة", "صحراء", "عاصمة", "مدينتي", "محافظتي", "نهر", "شمالي", "جنوبي", "بمدينة", "بمحافظة",
        "لمدينة", "لمحافظة", "ومدينة", "ومحافظة", "بولاية", "ببلدة", "بقرية", "بمنطقة",
    ),
    "ORG": (
        "باشگاه", "تیم", "تیمهای", "تیم‌های", "شرکت", "حزب", "سازمان", "خبرگزاری", "روزنامه", "گروه", "جنبش", "بانک", "شبکه",
        "مقابل", "برابر", "نادي", "فريق", "شركة", "حزب", "جماعة", "وكالة", "صحيفة", "حركة", "تنظيم", "بنك", "قناة", "موقع",
        "منتخب", "الفريق", "النادي", "بنادي", "لنادي", "ضد", "أمام", "لفريق", "بفريق",
    ),
    "PER": (
        "آقای", "خانم", "دکتر", "مهندس", "سردار", "ژنرال", "سرلشکر", "الرئيس", "السيد", "الدكتور", "الشيخ", "الأمير",
        "الملك", "اللواء", "العميد", "المهندس", "الوزير", "النائب", "السيدة", "رئیس‌جمهور", "وزیر", "نماینده", "سید", "شیخ",
        "حاج", "امام", "ملک", "شاه", "پاپ", "شهید", "استاد", "پروفسور", "سرتیپ", "سپهبد", "ملا", "ملكة", "البابا", "الإمام",
        "المرحوم", "العقيد", "الفريق", "الجنرال", "القاضي", "الأستاذ", "الشهيد", "سمو",
    ),
}  # fmt: skip
"""Words before a name that call for its label."""


_SIDES: Final = (
    "شمال", "جنوب", "شرق", "غرب", "شمالی", "مرکز", "حومه", "اطراف", "سراسر", "داخل", "شمالي", "جنوبي", "شرقي", "غربي", "وسط",
)  # fmt: skip
"""Words that say which part of a place is meant."""
_REGION_CALLS: Final = (
    "استان", "ایالت", "استاندار", "استانداری", "محافظة", "ولاية", "منطقة", "بمحافظة", "بولاية", "بمنطقة", "محافظ", "إمارة", "أمير",
)  # fmt: skip
"""Words before a name that say the region of that name is meant, not its city."""


@functools.cache
def _call_hashes() -> tuple[npt.NDArray[np.uint64], ...]:
    return tuple(np.sort(hash_names([fold_name(word).split(" ")[-1] for word in _CALLS[label]])) for label in LABELS)


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
def _regions() -> npt.NDArray[np.bool_]:
    kinds: npt.NDArray[np.bool_] = (load().entities["kind"] == "region").to_numpy()
    return kinds


@functools.cache
def _countries() -> npt.NDArray[np.int32]:
    codes: npt.NDArray[np.int32] = load().entities["country"].rank("dense").to_numpy().astype(np.int32)
    return codes


@functools.cache
def _states() -> npt.NDArray[np.bool_]:
    kinds: npt.NDArray[np.bool_] = (load().entities["kind"] == "country").to_numpy()
    return kinds


@functools.cache
def _blocked() -> list[int]:
    """Numbers of what only looks like a name: phrases that hold one (the Copa América is neither land)."""
    return load().entities["kind"].eq("blocked").arg_true().to_list()


@functools.cache
def _side_hashes() -> npt.NDArray[np.uint64]:
    return np.sort(hash_names([fold_name(word) for word in _SIDES]))


@functools.cache
def _region_hashes() -> npt.NDArray[np.uint64]:
    return np.sort(hash_names([fold_name(word) for word in _REGION_CALLS]))


def empty_mentions() -> pl.DataFrame:
    """Return a frame of mentions without a row."""
    return pl.DataFrame(schema=MENTION_SCHEMA)


def tag(segments: pl.DataFrame) -> pl.DataFrame:
    """Return the mentions of persons, organisations and places in `segments`.

    A document's segments must come in one call: a short name is told by the full one elsewhere in the
    document. Documents do not influence each other.

    Args:
        segments: `document_id`, `position`, `kind`, `language`, `text`, `start_char`, `normalized_text`,
            `offset_map`, as in `news.segments`. Boilerplate is passed over.

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
    languages = frame["language"].replace_strict(_LANGUAGES, default=0, return_dtype=pl.UInt8).to_numpy()
    batch = _Batch(
        words_of(frame["normalized_text"].to_list()),
        languages,
        frame["document_id"].rle_id().to_numpy().astype(np.int64),
    )
    gazetteer = load()
    known = _gazetteer_readings(gazetteer, batch)
    seen = _tagger_spans(frame)
    spans = _linked_by_document(batch, _agree(batch, known, seen))
    return _rows(frame, spans, gazetteer)


@dataclass(frozen=True)
class _Batch:
    """The words of the texts, and each text's languages and document."""

    words: Words
    languages: npt.NDArray[np.uint8]
    documents: npt.NDArray[np.int64]

    def word_at(self, texts: npt.NDArray[np.int64], points: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the word that begins at or last before each place of a text."""
        stride = np.int64(1 << 32)
        place = self.words.text.astype(np.int64) * stride + self.words.start
        found: npt.NDArray[np.int64] = np.maximum(np.searchsorted(place, texts * stride + points, side="right") - 1, 0)
        return found


def _gazetteer_readings(gazetteer: Gazetteer, batch: _Batch) -> pl.DataFrame:
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
    has_before = (first_word > 0) & (words.gap[first_word] == 1) & (hits.stripped[owner] == 0)
    before = np.where(has_before, words.hash[np.maximum(first_word - 1, 0)], np.uint64(0))
    called = np.zeros(len(owner), bool)
    for i, hashes in enumerate(_call_hashes()):
        called |= (label == i) & _isin(before, hashes)
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
            "behind_definite": has_before & _is_definite(words, first_word - 1),
            "country": _countries()[entity],
            "country_itself": _states()[entity],
            "is_region": _regions()[entity],
            "region": _regions()[entity] & _isin(before, _region_hashes()),
        }
    )


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


def _tagger_spans(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the statistical tagger's spans: `text`, `start`, `end`, `label`, `confidence`."""
    spans = predict(frame.drop("text_index"))
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
    agreed = ((pl.col("seen_label") == pl.col("label")) | (pl.col("clitic_label") == pl.col("label"))).fill_null(False)
    sure = exact.filter(
        (pl.col("guard") == FREE)
        | ((pl.col("guard") == WORD) & (pl.col("called") | agreed))
        | ((pl.col("guard") == ADJECTIVE) & ~pl.col("behind_definite"))
    )
    evident = sure.select("document", "entity", "place", pl.col("place").alias("full_place")).sort("place")
    short = (
        exact.filter(pl.col("guard") == SHORT)
        .join(evident, on=["document", "entity"], how="semi")
        .sort("place")
        .join_asof(evident, on="place", by=["document", "entity"], strategy="backward", check_sortedness=False)
    )
    # An ambiguous name: the label seen, what is called for, what else the document names, how known it is.
    readings_in = pl.concat([sure, short], how="diagonal")
    # Countries that the document names for certain: theirs is whoever could be somebody else's.
    named = (
        readings_in.filter(pl.col("country_itself"))
        .select("document", "country")
        .unique()
        .with_columns(pl.lit(True).alias("at_home"))
    )
    # Whom the document names by a name of several words, the word is short for.
    in_full = (
        readings_in.filter(
            (pl.col("guard") == FREE) & (pl.col("last_word") > pl.col("first_word")) & ~pl.col("is_region")
        )
        .select("document", "entity")
        .unique()
        .with_columns(pl.lit(True).alias("in_full"))
    )
    chosen = (
        readings_in.join(in_full, on=["document", "entity"], how="left", maintain_order="left")
        .join(named, on=["document", "country"], how="left", maintain_order="left")
        .with_columns(
            (
                pl.col("weight")
                + 2.0 * agreed
                + 0.5 * pl.col("called")
                + 1.0 * pl.col("region")
                + 0.8 * ((pl.col("guard") == WORD) & pl.col("in_full").fill_null(False))
                + 0.3 * pl.col("at_home").fill_null(False)
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
        "text", "start", "end", "entity", "label", "stripped", "weight", "seen_label", "confidence",
        (pl.col("last_word") - pl.col("first_word") + 1).alias("words"),
    )  # fmt: skip
    known = _without_heads(batch, known)
    # What the tagger says a known name is, it is, where a name has both uses (a club and its city); a country is one.
    other = pl.col("seen_label").is_not_null() & (pl.col("seen_label") != pl.col("label"))
    known = known.with_columns(
        pl.when(other & (pl.col("weight") < 0.595)).then(None).otherwise("entity").alias("entity"),
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
    both = pl.concat([known.select(columns), alone.select(columns)], how="vertical_relaxed")
    blocked = _blocked()
    kept = _no_overlaps(both).filter(~pl.col("entity").is_in(blocked).fill_null(False))
    return _named_inside(batch, kept, known)


def _without_heads(batch: _Batch, known: pl.DataFrame) -> pl.DataFrame:
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
        | ((pl.col("entity") == pl.col("inner_entity")) & (pl.col("start") == pl.col("inner_start")))
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
    return (
        known.join(
            longer.select("text", "start", "end"), on=["text", "start", "end"], how="anti", maintain_order="left"
        )
        .join(told, on=["text", "label", "start", "end"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("told", "entity").alias("entity"))
        .drop("told")
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

    A city and its country are two places, two persons' names in a row two persons; شمال شرقی چین names China.
    """
    inner = _inside(seen.filter(pl.col("label") != _ORGANISATION), known)
    outer = batch.words.hash[batch.word_at(inner["text"].to_numpy(), inner["outer_start"].to_numpy())]
    key = ["text", "outer_start", "outer_end"]
    side = inner.filter(
        pl.Series(_isin(outer, _side_hashes()))
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
    return seen.join(
        pl.concat([strings, side]).unique(),
        left_on=["text", "start", "end"],
        right_on=key,
        how="anti",
        maintain_order="left",
    )


def _named_inside(batch: _Batch, spans: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return `spans` with the entity of the known name that ends a longer span of its label.

    Before it stands one word that calls for it: شهر سمرقند, but no museum of a city; سید محمد خاتمی, but no
    son of a man.
    """
    lone = spans.filter(pl.col("entity").is_null() & (pl.col("label") != _ORGANISATION))
    inner = _inside(lone, known.filter((pl.col("label") == _PLACE) | (pl.col("words") > 1)))
    starts = batch.word_at(inner["text"].to_numpy(), inner["start"].to_numpy())
    outer = batch.word_at(inner["text"].to_numpy(), inner["outer_start"].to_numpy())
    before = batch.words.hash[outer]
    is_place = (inner["label"] == _PLACE).to_numpy()
    called = np.where(is_place, _isin(before, _call_hashes()[_PLACE]), _isin(before, _call_hashes()[_PERSON]))
    ending = (
        inner.filter(pl.Series(called & (starts == outer + 1)) & (pl.col("end") == pl.col("outer_end")))
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
    full = spans.filter((pl.col("label") == 0) & (pl.col("words") > 1)).select(
        "document", "last_hash", "order", pl.col("entity").alias("full_entity"), pl.col("order").alias("full_order")
    )
    short = spans.filter((pl.col("label") == 0) & (pl.col("words") == 1) & pl.col("entity").is_null()).select(
        "document", "last_hash", "order"
    )
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
        .drop("full_entity", "full_order")
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
    at = frame.select("document_id", "position", "start_char", "text", "language", "normalized_text")[text]
    rows = at.with_columns(
        pl.Series("from", start),
        pl.Series("to", end),
        spans["method"],
        spans["label"].replace_strict([0, 1, 2], list(LABELS), return_dtype=pl.String).alias("label"),
        gazetteer.entities["entity_id"].gather(spans["entity"]).alias("entity_id"),
        spans["words"],
        spans["named_by"].cast(pl.UInt32),
        confidence(spans),
        pl.col("normalized_text")
        .str.slice(pl.Series(spans["start"]), pl.Series(spans["end"] - spans["start"]))
        .alias("called"),
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
        pl.col("text").str.slice(pl.col("from"), pl.col("to") - pl.col("from")).alias("surface"),
        (pl.col("start_char") + pl.col("to")).cast(pl.Int32).alias("end_char"),
        (pl.col("start_char") + pl.col("from")).cast(pl.Int32).alias("start_char"),
    )
    rows = rows.with_columns(
        pl.Series("mention_id", _ids(rows["document_id"], rows["start_char"], rows["end_char"], rows["label"]))
    )
    rows = rows.select(pl.col(name).cast(dtype) for name, dtype in MENTION_SCHEMA.items())
    return rows.sort("document_id", "start_char")


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
