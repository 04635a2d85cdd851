"""What the other documents of a source say of a line: furniture stands in many articles, a sentence in one.

Belongs here: what is kept of each line, the query that counts, and what follows for a document. Does not belong
here: what a line's own shape says (`pipeline.parsing.segmentation`), storing anything.

A line is taken for furniture where it stands in so many *different* articles of its source as its shape asks for:
few for a short line at an article's edge, many for a whole sentence amid the text, more the larger the source.
Two documents are one article to a line where the longest paragraph beside it is the same in both, so a wire
story counts once however often it was printed, and so do five thousand copies of one text. Counts depend on the
set of documents alone, never on the order they came in; the size of a source enters as a power of two, so that
one more document moves a decision only where it tips that one line's count.
"""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

import polars as pl

from pipeline.parsing.stage import compose
from pipeline.text.matching import match_form

LINES_SCHEMA: Final = pl.Schema(
    {
        "document_id": pl.String,
        "position": pl.Int32,
        "source_key": pl.String,
        "line_key": pl.UInt64,
        "article_key": pl.UInt64,
        "needed": pl.Int32,
    }
)
"""The columns of `line_evidence`."""

_KINDS: Final = ("title", "lead", "heading", "paragraph", "caption")
_LONG: Final = 120

REPEATED_SQL: Final = """
WITH sizes AS (
    SELECT source_key, 2.0 ** floor(log2(count(DISTINCT article_key))) AS size
    FROM parsing.lines GROUP BY source_key
), counted AS (
    SELECT source_key, line_key, count(DISTINCT article_key) AS articles, quantile_disc(needed, 0.5) AS needed
    FROM parsing.lines GROUP BY source_key, line_key HAVING count(*) >= 4
)
SELECT document_id, position
FROM parsing.lines
JOIN counted USING (source_key, line_key)
JOIN sizes USING (source_key)
WHERE articles >= greatest(counted.needed, ceil(size * counted.needed / 64))
"""
"""The lines that are furniture by evidence, as `document_id, position`, out of the stored evidence of all documents."""


class Settled(NamedTuple):
    """What is article in documents, once the other documents have had their say.

    Attributes:
        documents: document_id, title, lead, body.
        segments: document_id, position, kind.
    """

    documents: pl.DataFrame
    segments: pl.DataFrame


def line_evidence(documents: pl.DataFrame, segments: pl.DataFrame) -> pl.DataFrame:
    """Return what to keep of documents' lines as evidence about other documents.

    Args:
        documents: document_id, path, source, url.
        segments: document_id, position, kind (as read), text.

    Returns:
        One row per line that may yet be furniture: document_id, position, source_key (publisher, else host, else
        folder), line_key (its match form), article_key (the longest paragraph beside it), needed (in how many
        articles of a small source it must stand to be furniture).
    """
    if documents.is_empty() or segments.is_empty():
        return pl.DataFrame(schema=LINES_SCHEMA)
    host = pl.col("url").str.extract(r"^(?:https?:)?(?://)?(?:www\.)?([^/?#\s]+)")
    # An archive is a folder of its members, and so is a file of many records.
    folder = pl.col("path").str.replace(r"[^/!]*$", "").str.replace(r"^$", "./")
    sources = documents.select(
        "document_id", pl.coalesce(pl.col("source"), host, folder).str.to_lowercase().alias("source_key")
    )
    lines = (
        segments.filter(pl.col("kind").is_in(_KINDS))
        .select("document_id", "position", "kind", "text")
        .with_columns(
            match_form(pl.col("text").str.slice(0, 400)).alias("form"), pl.col("text").str.len_chars().alias("chars")
        )
        .filter(pl.col("form") != "")
        .join(sources, on="document_id", how="inner", maintain_order="left")
    )
    if lines.is_empty():
        return pl.DataFrame(schema=LINES_SCHEMA)
    lines = lines.with_columns(
        pl.Series("line_key", [_key(form) for form in lines["form"]], dtype=pl.UInt64),
        pl.col("position").rank("ordinal").over("document_id").alias("place"),
        pl.len().over("document_id").alias("size"),
    )
    longest = (
        lines.filter(pl.col("kind").is_in(("paragraph", "lead", "title", "heading")))
        .sort("document_id", "chars", "line_key", descending=[False, True, False])
        .unique(["document_id", "line_key"], keep="first", maintain_order=True)
        .group_by("document_id", maintain_order=True)
        .agg(pl.col("line_key").first().alias("first"), pl.col("line_key").get(1, null_on_oob=True).alias("second"))
    )
    sentence = pl.col("text").str.contains(r"[.!?؟۔][\"»”'’)\]›]*$")
    words = pl.col("form").str.count_matches(" ", literal=True) + 1
    edge = (pl.col("place") <= 1) | (pl.col("place") + 3 > pl.col("size"))
    asks = (
        pl.when((words <= 3) & (sentence | pl.col("text").str.contains(r"[:：؛،]$")))  # «وی افزود:», «نعم.»
        .then(24)
        .when(sentence & (pl.col("chars") >= _LONG))
        .then(pl.when(edge).then(8).otherwise(16))
        .when(sentence)
        .then(pl.when(edge).then(5).otherwise(8))
        .otherwise(pl.when(edge).then(4).otherwise(6))
    )
    return (
        lines.join(longest, on="document_id", how="left", maintain_order="left")
        .with_columns(
            pl.when(pl.col("line_key") == pl.col("first"))
            .then(pl.col("second"))
            .otherwise(pl.col("first"))
            .alias("other"),
            asks.cast(pl.Int32).alias("needed"),
        )
        # A line with nothing beside it is an article of its own words: its copies are copies of it.
        .with_columns(pl.coalesce("other", pl.lit(0, pl.UInt64)).alias("article_key"))
        .select(LINES_SCHEMA.names())
        .cast(dict(LINES_SCHEMA))  # type: ignore[arg-type]
    )


def _key(form: str) -> int:
    return int.from_bytes(hashlib.blake2b(form.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def settle(segments: pl.DataFrame) -> Settled:
    """Return documents and kinds with the evidence taken in.

    Args:
        segments: All segments of each document, in order: document_id, position, kind (as read), text, title (the
            document's, as read) and is_repeated (whether `REPEATED_SQL` names it).

    Returns:
        The same documents and segments, recomposed. Where nothing is repeated they are as they were read.
    """
    documents: list[tuple[str, str | None, str | None, str]] = []
    kinds_of: list[str] = []
    if segments.is_empty():
        columns = ("document_id", "title", "lead", "body")
        empty = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        return Settled(empty, segments.select("document_id", "position", "kind"))
    for (document_id,), rows in segments.group_by(["document_id"], maintain_order=True):
        kinds, texts = rows["kind"].to_list(), rows["text"].to_list()
        given: str | None = rows["title"][0]
        if rows["is_repeated"].any():
            kinds, renamed = _without_furniture(kinds, texts, rows["is_repeated"].to_list())
            given = None if renamed else given
        title, lead, body = compose(kinds, texts)
        documents.append((str(document_id), title or given, lead, body))
        kinds_of.extend(kinds)
    return Settled(
        pl.DataFrame(
            documents, schema=dict.fromkeys(("document_id", "title", "lead", "body"), pl.String), orient="row"
        ),
        segments.select("document_id", "position", pl.Series("kind", kinds_of, dtype=pl.String)),
    )


def _without_furniture(kinds: list[str], texts: list[str], repeated: list[bool]) -> tuple[list[str], bool]:
    """Make repeated lines boilerplate; a site's name in the title's place hands it on. Says whether it did."""
    settled = list(kinds)
    for i, kind in enumerate(kinds):
        if repeated[i] and kind in _KINDS and kind != "title":
            settled[i] = "boilerplate"
    title = next((i for i, kind in enumerate(kinds) if kind == "title"), -1)
    renamed = False
    if title >= 0 and repeated[title]:
        following = next(
            (i for i in range(title + 1, len(kinds)) if settled[i] in ("heading", "paragraph", "lead")), -1
        )
        later = any(settled[i] == "paragraph" for i in range(following + 1, len(kinds)))
        # A column's standing headline has its text under it; a site's name has the headline.
        if following >= 0 and later and len(texts[following]) <= 160 and not texts[following].rstrip("»”\") ").endswith((".", ":", "۔")):  # fmt: skip
            settled[title] = "boilerplate"
            settled[following] = "title"
            renamed = True
    # A heading over nothing but furniture is furniture.
    for i, kind in enumerate(settled):
        if kind == "heading":
            after = next((j for j in range(i + 1, len(settled)) if settled[j] != "metadata"), None)
            if after is not None and repeated[after] and settled[after] == "boilerplate" and not any(settled[j] == "paragraph" for j in range(after, len(settled))):  # fmt: skip
                settled[i] = "boilerplate"
    return settled, renamed
