"""What needs more than one document: local entities and the table of entities.

Belongs here: joining the spellings of names the gazetteer does not know, which documents that touches, counting.
Does not belong here: finding mentions (`tagging`), how alike two names sound (`local`).

Everything here is a function of the set of mentions, whatever order and however many runs they came in:
an incremental run and one from scratch agree. Only distinct names are compared anew, never mentions; and only documents
whose mentions moved, or the entity of a name they hold, are linked again.
"""

from __future__ import annotations

from typing import Final

import duckdb
import polars as pl

from pipeline import schema
from pipeline.entities.gazetteer import load
from pipeline.entities.local import join_names
from pipeline.frames import registered, replace_differing
from pipeline.schema import ENTITIES, LINKED_NAMES

_NAMES: Final = """
    WITH spelled AS (
        SELECT label, language, name, surface, count(*) AS count
        FROM entities.mentions WHERE entity_id IS NULL AND name IS NOT NULL GROUP BY ALL
    )
    SELECT label, language, name, sum(count)::BIGINT AS mention_count, arg_min(surface, (-count, surface)) AS surface
    FROM spelled GROUP BY ALL
"""
"""Every name that the gazetteer does not know, how often it is mentioned and the surface it mostly has."""

_KEY: Final = ("label", "language", "name")


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that linking reads and writes where they are not: for tests; the warehouse makes its own."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS entities")
    for table in (schema.TAGGED_MENTIONS, *schema.LINKING):
        connection.execute(table.ddl())


def link(connection: duckdb.DuckDBPyConnection, moved: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """Bring names, links and entities up to date with `entities.mentions`.

    Call it inside a transaction.

    Args:
        connection: Holds the tables of the schema `entities`.
        moved: `document_id` of documents whose mentions are new or changed since the last call.
        gone: `document_id` of those that are no more.

    Returns:
        `document_id`, `fingerprint` of every document that was linked anew: the `moved` ones, and those that hold a
        name whose entity is another now. The fingerprint tells what its mentions link to.
    """
    con = connection
    names, merges = join_names(con.sql(_NAMES).pl())
    linked = LINKED_NAMES.conform(names.select(*_KEY, "entity_id"))
    with registered(con, _moved=moved.select("document_id"), _gone=gone.select("document_id"), _linked=linked):
        con.execute(
            """
            CREATE OR REPLACE TEMP TABLE _relinked AS
            SELECT document_id FROM _moved
            UNION
            SELECT document_id FROM entities.mentions AS m SEMI JOIN (
                SELECT label, language, name FROM entities.names AS was JOIN _linked AS is_now USING (label, language, name)
                WHERE was.entity_id <> is_now.entity_id
            ) USING (label, language, name) WHERE m.entity_id IS NULL
            """
        )
        con.execute("DELETE FROM entities.links WHERE document_id IN (FROM _relinked UNION ALL FROM _gone)")
    _replace(con, schema.LINKED_NAMES, linked)
    _replace(con, schema.LINKED_MERGES, merges)
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE _mentioned AS
        SELECT document_id, start_char, end_char, m.label, coalesce(m.entity_id, n.entity_id) AS entity_id
        FROM (FROM entities.mentions SEMI JOIN _relinked USING (document_id)) AS m
        LEFT JOIN entities.names AS n USING (label, language, name)
        """
    )
    con.execute(
        "INSERT INTO entities.links SELECT document_id, entity_id, count(*)::INTEGER FROM _mentioned "
        "WHERE entity_id IS NOT NULL GROUP BY document_id, entity_id ORDER BY document_id, entity_id"
    )
    counts = con.sql(
        "SELECT entity_id, sum(mention_count)::BIGINT AS mention_count, count(*) AS document_count "
        "FROM entities.links GROUP BY entity_id"
    ).pl()
    _replace(con, schema.LINKED_ENTITIES, tabulate(names, counts))
    relinked: pl.DataFrame = con.sql(
        """
        SELECT document_id, md5(coalesce(string_agg(coalesce(entity_id, ''), ' ' ORDER BY start_char, end_char, label), '')) AS fingerprint
        FROM _relinked LEFT JOIN _mentioned USING (document_id) GROUP BY document_id ORDER BY document_id
        """
    ).pl()
    con.execute("DROP TABLE _relinked")
    con.execute("DROP TABLE _mentioned")
    return relinked


def tabulate(names: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `news.entities`: every entity that a mention links to, the gazetteer's and the local ones.

    Args:
        names: `label`, `language`, `name`, `mention_count`, `surface`, `entity_id` of the names of local entities.
        counts: `entity_id`, `mention_count`, `document_count` of all entities.
    """
    known = load().entities.select("entity_id", "label", "name_en", "name_fa", "name_ar", "wikidata_id")
    # A local entity is called what its commonest name is called most, in each language.
    local = (
        names.sort("mention_count", "name", descending=[True, False])
        .group_by("entity_id", "label", maintain_order=True)
        .agg(
            pl.lit(None).cast(pl.String).alias("name_en"),
            pl.col("surface").filter(pl.col("language") == "fa").first().alias("name_fa"),
            pl.col("surface").filter(pl.col("language") == "ar").first().alias("name_ar"),
            pl.lit(None).cast(pl.String).alias("wikidata_id"),
        )
    )
    entities = counts.join(pl.concat([known, local]), on="entity_id", how="inner")
    return ENTITIES.conform(entities).sort("entity_id")


def _replace(con: duckdb.DuckDBPyConnection, table: schema.Table, rows: pl.DataFrame) -> None:
    """Put these rows in the place of all of a table, writing what differs alone."""
    with registered(con, _rows=table.conform(rows)):
        replace_differing(con, table.full_name, table.column_names, "_rows")
