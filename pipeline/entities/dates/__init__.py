"""Dates and spans of time in running text, in three calendars and two languages.

A run of date words (`pipeline.entities.expressions`) is read by a recursive-descent grammar into a `Meaning`: what
the words say, apart from when they were written. A meaning and a day of publication give two Gregorian days.
Distinct runs are read once, so that the grammar costs little however large the corpus.

Belongs here: finding the dates of a frame of segments, and the looks at the text around that decide what the words
alone leave open. Does not belong here: conversion between calendars and time stamps (`pipeline.text.calendars`),
amounts (`pipeline.entities.quantities`).

How the words are understood, where newsrooms leave it open, is written down in `docs/dates-and-amounts.md`.
"""

from __future__ import annotations

import functools
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from pipeline.entities.dates.context import look_around
from pipeline.entities.dates.grammar import read
from pipeline.entities.dates.values import Meaning, resolve
from pipeline.entities.dates.words import words
from pipeline.entities.expressions import slices, to_raw_offsets
from pipeline.schema import DATES
from pipeline.text.calendars import GREGORIAN, HIJRI, JALALI

_CALENDARS: Final = (GREGORIAN, JALALI, HIJRI)

_read = functools.lru_cache(maxsize=200_000)(read)
_resolve = functools.lru_cache(maxsize=200_000)(resolve)


def find_dates(segments: pl.DataFrame) -> pl.DataFrame:
    """Return the dates that segments name, one row each.

    Args:
        segments: Columns `document_id, position, kind, language, text, start_char, normalized_text, offset_map` as
            in `news.segments`, and `published_on`, the document's (Date, nullable). Boilerplate is left out.

    Returns:
        Rows of `news.dates`, in the order of the segments; offsets are code points of `news.documents.text`. Whatever
        the grammar made of the text, a row has one of the three calendars, its days are both known and in order or
        both NULL, and no two rows of a document have one span.
    """
    kept = segments.filter((pl.col("kind") != "boilerplate") & (pl.col("normalized_text").str.len_bytes() > 0))
    texts = kept["normalized_text"].to_list()
    languages = kept["language"].to_list()
    kinds = kept["kind"].to_list()
    days = kept["published_on"].to_list()
    runs = words().vocabulary.runs(texts)

    rows: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    calendars: list[str] = []
    precisions: list[str] = []
    firsts: list[date | None] = []
    lasts: list[date | None] = []
    relative: list[bool] = []
    for row, run_start, run in zip(runs.text.tolist(), runs.start.tolist(), runs.words, strict=True):
        for found in _read(run, languages[row] or ""):
            start, end = run_start + found.start, run_start + found.end
            meaning: Meaning | None = found.meaning
            if found.guard:
                meaning = look_around(
                    found, texts[row], start, end, arabic=languages[row] == "ar", tensed=kinds[row] != "caption"
                )
            if meaning is None:
                continue
            span = _resolve(meaning, days[row])
            rows.append(row)
            starts.append(start)
            ends.append(end)
            calendars.append(meaning.calendar)
            precisions.append(meaning.precision)
            firsts.append(span[0] if span else None)
            lasts.append(span[1] if span else None)
            relative.append(meaning.is_relative)
    where = np.asarray(rows, dtype=np.int64)
    raw_start, raw_end = to_raw_offsets(
        kept["offset_map"], where, np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)
    )
    found_rows = kept.select("document_id", "position", "start_char")[where]
    return DATES.conform(
        found_rows.with_columns(
            pl.Series("from", raw_start, dtype=pl.Int64),
            pl.Series("until", raw_end, dtype=pl.Int64),
            pl.Series("surface", slices(kept["text"], where, raw_start, raw_end), dtype=pl.String),
            pl.Series("calendar", calendars, dtype=pl.String),
            pl.Series("start_on", firsts, dtype=pl.Date),
            pl.Series("end_on", lasts, dtype=pl.Date),
            pl.Series("precision", precisions, dtype=pl.String),
            pl.Series("is_relative", relative, dtype=pl.Boolean),
        )
        .filter((pl.col("until") > pl.col("from")) & pl.col("calendar").is_in(_CALENDARS))
        .with_columns(pl.when(pl.col("start_on") <= pl.col("end_on")).then(pl.col("start_on", "end_on")))
        .select(
            "document_id",
            "position",
            (pl.col("start_char") + pl.col("from")).alias("start_char"),
            (pl.col("start_char") + pl.col("until")).alias("end_char"),
            "surface",
            "calendar",
            "start_on",
            "end_on",
            "precision",
            "is_relative",
        )
        .unique(["document_id", "start_char", "end_char"], keep="first", maintain_order=True)
    )
