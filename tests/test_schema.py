"""The declarations: complete, consistent, and the source of everything made from them."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline import reference, schema
from pipeline.schema import Column, Table

EVERY = (*schema.PUBLISHED, *schema.SEARCH, *schema.META, *schema.WAREHOUSE)

# The contract's own words: these tables and columns, in this order among the others, never fewer.
CONTRACT = {
    "files": "file_id path content_hash size_bytes format encoding state reason document_count first_seen_at last_seen_at run_id",
    "rejects": "path record reason run_id",
    "documents": "document_id file_id path record content_hash text title lead body source agency author url external_id "
    "published_on published_at language language_confidence is_mixed normalized_title normalized_body duplicate_of "
    "duplicate_cluster_id story_id run_id",
    "segments": "document_id position kind start_char end_char text language language_confidence normalized_text offset_map",
    "duplicates": "document_id duplicate_of cluster_id kind similarity",
    "duplicate_pairs": "document_a document_b kind similarity run_id",
    "mentions": "mention_id document_id position start_char end_char surface label entity_id confidence method",
    "entities": "entity_id label name_en name_fa name_ar wikidata_id mention_count document_count",
    "dates": "document_id position start_char end_char surface calendar start_on end_on precision is_relative",
    "quantities": "document_id position start_char end_char surface kind value unit",
    "stories": "story_id document_id similarity",
}


def test_every_table_and_column_of_the_contract_is_declared() -> None:
    declared = {table.name: [c.name for c in table.columns] for table in schema.PUBLISHED}
    assert declared.keys() >= CONTRACT.keys()
    for name, columns in CONTRACT.items():
        wanted = columns.split()
        assert [c for c in declared[name] if c in wanted] == wanted


@pytest.mark.parametrize("table", EVERY, ids=lambda t: t.full_name)
def test_a_declaration_makes_a_table_that_takes_its_own_frame(table: Table) -> None:
    con = duckdb.connect()
    con.execute(f"CREATE SCHEMA {table.schema}")
    con.execute(table.ddl())
    for comment in table.comments():
        con.execute(comment)
    rows = table.frame()
    con.register("rows", rows.to_arrow())
    con.execute(f"INSERT INTO {table.full_name} SELECT * FROM rows")
    described = con.execute(
        "SELECT count(*) FROM duckdb_columns() WHERE schema_name = ? AND comment IS NOT NULL", [table.schema]
    ).fetchall()
    assert described == [(len(table.columns),)]


def test_lineage_names_only_columns_that_are_declared() -> None:
    known = {f"{t.full_name}.{c.name}" for t in EVERY for c in t.columns}
    said = {source for t in EVERY for c in t.columns for source in c.sources}
    assert said <= known


def test_references_name_only_columns_that_are_declared() -> None:
    tables = {t.full_name: t for t in schema.PUBLISHED}
    for table in schema.PUBLISHED:
        for reference_ in table.references:
            assert set(reference_.columns) <= set(table.column_names)
            assert set(reference_.to_columns) <= set(tables[reference_.to_table].column_names)


def test_a_table_refuses_a_key_it_does_not_have() -> None:
    with pytest.raises(ValueError, match=r"s\.t has no column b"):
        Table("s", "t", "x", (Column("a", "VARCHAR", "x"),), key=("b",))


def test_a_table_refuses_an_unknown_type() -> None:
    with pytest.raises(ValueError, match="unknown type TEXT"):
        Table("s", "t", "x", (Column("a", "TEXT", "x"),), key=())


def test_conform_fills_nullable_columns_and_refuses_missing_ones() -> None:
    table = Table("s", "t", "x", (Column("a", "INTEGER", "x"), Column("b", "VARCHAR", "x", nullable=True)), key=("a",))
    assert table.conform(pl.DataFrame({"a": [1]})).to_dicts() == [{"a": 1, "b": None}]
    with pytest.raises(ValueError, match="lack a"):
        table.conform(pl.DataFrame({"b": ["x"]}))


def test_the_reference_page_is_the_one_the_declarations_make() -> None:
    page = Path(__file__).parent.parent / "docs" / "tables.md"
    assert page.read_text() == reference.page(), "run: python -m pipeline.reference > docs/tables.md"
