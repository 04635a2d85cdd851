"""From segments to mentions: what the gazetteer and the statistical tagger find, made to agree.

Belongs here: reading segments, asking `matching` and the tagger, guards, agreement on spans, choice among
an ambiguous name's entities, offsets into the raw text. Does not belong here: what needs other documents
(`linking`).
"""

from __future__ import annotations

import functools
import hashlib
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.entities.gazetteer import FREE, SHORT, WORD, Gazetteer, load
from pipeline.entities.matching import AR, FA, OffsetMaps, Words, find_names, fold_name, hash_names, words_of

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

_LANGUAGES: Final = {"fa": FA, "ar": AR, "und": FA | AR}

_CALLS: Final[dict[str, tuple[str, ...]]] = {
    "LOC": (
        "شهر", "استان", "شهرستان", "کشور", "روستای", "جزیره", "بندر", "ایالت", "پایتخت", "شهرک", "فرودگاه", "دشت",
        "بخش", "شهرهای", "استانهای", "استان‌های", "کشورهای", "مردم", "فرماندار", "استاندار", "رود", "رودخانه",
        "مدينة", "محافظة", "بلدة", "قرية", "ولاية", "منطقة", "إقليم", "جزيرة", "ناحية", "قضاء", "مخيم", "مطار",
        "ريف", "العاصمة", "دولة", "جمهورية", "عاصمة", "مدينتي", "محافظتي", "نهر", "شمالي", "جنوبي", "بمدينة", "بمحافظة",
        "لمدينة", "لمحافظة", "ومدينة", "ومحافظة", "بولاية", "ببلدة", "بقرية", "بمنطقة",
    ),
    "ORG": (
        "باشگاه", "تیم", "تیمهای", "تیم‌های", "شرکت", "حزب", "سازمان", "خبرگزاری", "روزنامه", "گروه", "جنبش", "بانک", "شبکه",
        "مقابل", "برابر", "نادي", "فريق", "شركة", "حزب", "جماعة", "وكالة", "صحيفة", "حركة", "تنظيم", "بنك", "قناة", "موقع",
        "منتخب", "الفريق", "النادي", "بنادي", "لنادي", "ضد", "أمام", "لفريق", "بفريق",
    ),
    "PER": (
        "آقای", "خانم", "دکتر", "مهندس", "سردار", "ژنرال", "سرلشکر", "الرئيس", "السيد", "الدكتور", "الشيخ", "الأمير",
        "الملك", "اللواء", "العميد", "المهندس", "الوزير", "النائب", "السيدة", "رئیس‌جمهور", "وزیر", "نماینده",
    ),
}  # fmt: skip
"""Words before a name that call for its label."""


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
        document), `language`, `name` (what the mention is called in full where the document tells, folded:
        what `link` joins unknown names by).
    """
    frame = segments.filter(
        (pl.col("kind") != "boilerplate") & (pl.col("normalized_text").str.len_bytes() > 0)
    ).sort("document_id", "position")
    if frame.is_empty():
        return empty_mentions()
    texts = frame["normalized_text"].to_list()
    languages = frame["language"].replace_strict(_LANGUAGES, default=0, return_dtype=pl.UInt8).to_numpy()
    documents = frame["document_id"].rle_id().to_numpy().astype(np.int64)
    words = words_of(texts)
    gazetteer = load()
    found = _gazetteer_readings(gazetteer, words, languages, documents)
    spans = _no_overlaps(found)
    return _rows(frame, spans, gazetteer)


def _gazetteer_readings(
    gazetteer: Gazetteer, words: Words, languages: npt.NDArray[np.uint8], documents: npt.NDArray[np.int64]
) -> pl.DataFrame:
    """Return one row per span and best entity: `text`, `start`, `end`, `entity`, `label`, `score`."""
    hits = find_names(words, languages, gazetteer.table)
    owner, slot = gazetteer.candidates(hits.group)
    entity = gazetteer.candidate[slot]
    guard = gazetteer.guard[slot]
    text = hits.text[owner]
    keep = (gazetteer.languages[slot] & languages[text]) != 0
    owner, slot, entity, guard, text = owner[keep], slot[keep], entity[keep], guard[keep], text[keep]
    label = _labels()[entity]
    first_word = hits.first_word[owner]
    has_before = (first_word > 0) & (words.gap[first_word] == 1) & (hits.stripped[owner] == 0)
    before = np.where(has_before, words.hash[np.maximum(first_word - 1, 0)], np.uint64(0))
    called = np.zeros(len(owner), bool)
    for i, hashes in enumerate(_call_hashes()):
        at = np.minimum(np.searchsorted(hashes, before), len(hashes) - 1)
        called |= (label == i) & (hashes[at] == before)
    readings = pl.DataFrame(
        {
            "text": text,
            "document": documents[text],
            "start": hits.start[owner],
            "end": hits.end[owner],
            "words": (hits.last_word[owner] - first_word + 1),
            "stripped": hits.stripped[owner],
            "entity": entity,
            "label": label,
            "guard": guard,
            "weight": _weights()[entity],
            "called": called,
        }
    )
    sure = readings.filter((pl.col("guard") == FREE) | ((pl.col("guard") == WORD) & pl.col("called")))
    evident = sure.select("document", "entity").unique()
    short = readings.filter(pl.col("guard") == SHORT).join(evident, on=["document", "entity"], how="semi")
    sure = pl.concat([sure, short])
    # An ambiguous name: what else the document names of the entity, what calls for it, how known it is.
    return (
        sure.with_columns((pl.col("weight") + 0.5 * pl.col("called") + (pl.col("guard") == SHORT) * 1.0).alias("score"))
        .sort("text", "start", "end", "score", "entity", descending=[False, False, False, True, False])
        .unique(["text", "start", "end"], keep="first", maintain_order=True)
        .with_columns(pl.lit("gazetteer").alias("method"))
    )


def _no_overlaps(readings: pl.DataFrame) -> pl.DataFrame:
    """Return the readings of which none overlap: the longest wins, then the one with fewer letters stripped."""
    ordered = readings.with_columns((pl.col("end") - pl.col("start")).alias("length")).sort(
        "text", "length", "stripped", "start", descending=[False, True, False, False]
    )
    keep = _greedy(
        ordered["text"].to_numpy().astype(np.int64),
        ordered["start"].to_numpy().astype(np.int64),
        ordered["end"].to_numpy().astype(np.int64),
    )
    return ordered.filter(pl.Series(keep)).sort("text", "start")


def _greedy(
    text: npt.NDArray[np.int64], start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Say for spans in order of preference within each text which to keep so that none overlap."""
    from pipeline.entities.matching import greedy

    kept: npt.NDArray[np.bool_] = greedy(text, start, end)
    return kept


def _rows(frame: pl.DataFrame, spans: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
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
    entity = spans["entity"].to_numpy()
    at = frame.select("document_id", "position", "start_char", "text", "language")[text]
    rows = at.with_columns(
        pl.Series("from", start),
        pl.Series("to", end),
        pl.Series("method", spans["method"]),
        pl.Series("label", [LABELS[i] for i in spans["label"].to_list()]),
        gazetteer.entities["entity_id"][entity].alias("entity_id"),
    ).filter(pl.col("from") < pl.col("to"))
    rows = rows.with_columns(
        pl.col("text").str.slice(pl.col("from"), pl.col("to") - pl.col("from")).alias("surface"),
        (pl.col("start_char") + pl.col("to")).cast(pl.Int32).alias("end_char"),
        (pl.col("start_char") + pl.col("from")).cast(pl.Int32).alias("start_char"),
        pl.lit(0.95).cast(pl.Float32).alias("confidence"),
        pl.lit(None).cast(pl.String).alias("name"),
    )
    rows = rows.with_columns(
        pl.Series("mention_id", _ids(rows["document_id"], rows["start_char"], rows["end_char"], rows["label"]))
    )
    return rows.select(MENTION_SCHEMA.names()).cast(dict(MENTION_SCHEMA)).sort("document_id", "start_char")


def _ids(document: pl.Series, start: pl.Series, end: pl.Series, label: pl.Series) -> list[str]:
    """Return for each mention the first 16 hex digits of SHA-256 of document, start, end and label."""
    keys = pl.select(pl.concat_str(document, start.cast(pl.String), end.cast(pl.String), label, separator="\t"))
    return [hashlib.sha256(key.encode()).hexdigest()[:16] for key in keys.to_series().to_list()]
