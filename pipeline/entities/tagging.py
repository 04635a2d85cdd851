"""From segments to mentions: what the gazetteer and the statistical tagger find, made to agree.

Belongs here: the stage's face, reading segments, short names told by the document, offsets into the raw text. Does not belong
here: what a name may mean (`readings`), what is none (`guards`), which reading stands (`agreement`), what needs other documents
(`linking`).
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.entities.agreement import agree, tidied
from pipeline.entities.batch import LABELS, LANGUAGES, PERSON, Batch, entity_countries, hashes_of, is_in
from pipeline.entities.gazetteer import Gazetteer, load
from pipeline.entities.guards import are_titles, hashes_called_after, without_words
from pipeline.entities.home import country_of, outlet_of
from pipeline.entities.matching import OffsetMaps, fold_name, words_of
from pipeline.entities.readings import gazetteer_readings
from pipeline.entities.tagger import notice

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
    languages = frame["language"].replace_strict(LANGUAGES, default=0, return_dtype=pl.UInt8).to_numpy()
    texts = frame["normalized_text"].to_list()
    batch = Batch(
        words_of(texts),
        languages,
        frame["document_id"].rle_id().to_numpy().astype(np.int64),
        _by_source(frame, country_of, _country_codes),
        _by_source(frame, outlet_of, _entity_ids),
    )
    gazetteer = load()
    noticed = notice(frame.drop("text_index"))
    readings = gazetteer_readings(gazetteer, batch, texts)
    titles = readings.filter(are_titles(batch, texts, readings)).select("text", "start", "end")
    place = ["text", "start", "end"]
    known = without_words(batch, texts, readings.join(titles, on=place, how="anti", maintain_order="left"), noticed)
    seen = tidied(batch, _tagger_spans(frame, noticed.spans)).join(titles, on=place, how="anti", maintain_order="left")
    spans = _linked_by_document(batch, agree(batch, known, seen))
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


def _by_source(
    frame: pl.DataFrame, told: Callable[[str], str], numbers: Callable[[], dict[str, int]]
) -> npt.NDArray[np.int32]:
    """Return for each text the number of what its source is `told` to be, -1 where nothing is."""
    if "source" not in frame.columns:
        return np.full(len(frame), -1, np.int32)
    sources = frame["source"].unique()
    found = [numbers().get(told(source), -1) if source else -1 for source in sources.to_list()]
    return (
        frame.select(pl.col("source").replace_strict(sources, pl.Series(found, dtype=pl.Int32), return_dtype=pl.Int32))
        .to_series()
        .to_numpy()
    )


@functools.cache
def _country_codes() -> dict[str, int]:
    """Return the number of each country's code."""
    numbers = dict(zip(load().entities["country"].to_list(), entity_countries().tolist(), strict=True))
    numbers.pop("", None)
    return numbers


@functools.cache
def _entity_ids() -> dict[str, int]:
    """Return the number of each entity's id."""
    ids = load().entities["entity_id"]
    return dict(zip(ids.to_list(), range(len(ids)), strict=True))


def _tagger_spans(frame: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the statistical tagger's spans: `text`, `start`, `end`, `label`, `confidence`."""
    return spans.join(frame.select("text_index", "document_id", "position"), on=["document_id", "position"]).select(
        pl.col("text_index").cast(pl.Int64).alias("text"),
        pl.col("start").cast(pl.Int64),
        pl.col("end").cast(pl.Int64),
        pl.col("label").replace_strict(list(LABELS), [0, 1, 2], return_dtype=pl.Int8),
        pl.col("confidence").cast(pl.Float32),
    )


def _linked_by_document(batch: Batch, spans: pl.DataFrame) -> pl.DataFrame:
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
    known = spans.filter((pl.col("label") == PERSON) & pl.col("entity").is_not_null())
    others = (
        spans.filter((pl.col("label") == PERSON) & (pl.col("words") > 1) & pl.col("entity").is_null())
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
            pl.when((pl.col("label") == PERSON) & (pl.col("words") == 1) & pl.col("another").fill_null(False))
            .then(None)
            .otherwise("entity")
            .alias("entity")
        )
        .drop("another")
    )
    # The last word of "سلمان بن عبدالعزيز" is his father's name.
    father = is_in(words.hash[np.maximum(last - 1, 0)], hashes_of("بن", "ابن")) & (last > first)
    called_after = hashes_called_after()
    after_someone = is_in(words.hash[np.maximum(first - 1, 0)], called_after)
    after_someone |= is_in(words.hash[np.maximum(first - 2, 0)], called_after)
    spans = spans.with_columns(
        pl.Series("father", father, dtype=pl.Boolean), pl.Series("after_someone", after_someone, dtype=pl.Boolean)
    )
    full = spans.filter((pl.col("label") == PERSON) & (pl.col("words") > 1) & ~pl.col("father")).select(
        "document", "last_hash", "order", pl.col("entity").alias("full_entity"), pl.col("order").alias("full_order")
    )
    short = spans.filter(
        (pl.col("label") == PERSON) & (pl.col("words") == 1) & pl.col("entity").is_null() & ~pl.col("after_someone")
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
