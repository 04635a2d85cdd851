"""Search by SQL: ranking, spelling, and what gives no row."""

from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from pipeline import schema, search

TEXTS = {
    "ar1": ("title", "رئيس الوزراء يزور القاهرة"),
    "fa1": ("title", "نخست‌وزیر به قاهره می‌رود"),
    "fa2": ("paragraph", "او گفت همکاری‌های علمی گسترش می‌یابد و کتاب‌خانه‌ها باز می‌شوند"),
    "fa3": ("paragraph", "همکاری همکاری همکاری"),
}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    segments = pl.DataFrame(
        [(i, kind, text) for i, (kind, text) in TEXTS.items()],
        schema=["document_id", "kind", "normalized_text"],
        orient="row",
    )
    con = duckdb.connect()
    con.register("terms", search.index(segments).to_arrow())
    con.register("segments", segments.to_arrow())
    con.execute("CREATE SCHEMA search; CREATE SCHEMA news")
    for table in schema.SEARCH:
        con.execute(table.ddl())
    con.execute(
        "CREATE TABLE news.documents AS SELECT document_id, left(document_id, 2) AS language, normalized_text AS title, "
        "normalized_text AS normalized_title, DATE '2024-01-01' AS published_on FROM segments"
    )
    con.execute(
        "INSERT INTO search.documents SELECT row_number() OVER (ORDER BY document_id), document_id, sum(count) "
        "FROM terms GROUP BY document_id"
    )
    con.execute(
        "INSERT INTO search.words SELECT word, row_number() OVER (ORDER BY word), count(*) FROM terms GROUP BY word"
    )
    con.execute(
        "INSERT INTO search.postings SELECT w.number, d.document, t.count FROM terms t "
        "JOIN search.words w USING (word) JOIN search.documents d USING (document_id)"
    )
    con.execute(search.SEARCH_MACRO)
    yield con
    con.close()


def found(con: duckdb.DuckDBPyConnection, query: str | None) -> list[str]:
    return [row[0] for row in con.execute("SELECT document_id FROM search(?)", [query]).fetchall()]


@pytest.mark.parametrize("query", ["همکاری‌های", "همکاريهای", "همکاری های", "هَمکاریـهای"])
def test_spellings_of_one_word_find_the_same(con: duckdb.DuckDBPyConnection, query: str) -> None:
    assert "fa2" in found(con, query)


def test_the_document_that_says_it_most_comes_first(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("SELECT 1")
    assert found(con, "همکاری همکاری‌های")[0] in {"fa2", "fa3"}
    assert found(con, "همکاری") == ["fa3"]


def test_arabic_is_found_with_or_without_its_signs(con: duckdb.DuckDBPyConnection) -> None:
    assert found(con, "القَاهِرَة") == ["ar1"]
    assert found(con, "القاهره") == ["ar1"]


@pytest.mark.parametrize("query", ["", "   ", "؟!«»", None, "،"])
def test_a_query_without_a_word_gives_no_row(con: duckdb.DuckDBPyConnection, query: str | None) -> None:
    assert found(con, query) == []


def test_columns_are_those_of_the_contract(con: duckdb.DuckDBPyConnection) -> None:
    names = [row[0] for row in con.execute("DESCRIBE SELECT * FROM search('x')").fetchall()]
    assert names == ["document_id", "score", "language", "title", "published_on"]


def test_quotes_in_a_query_are_letters_of_no_word(con: duckdb.DuckDBPyConnection) -> None:
    assert found(con, "o'neil \"; drop table x; --") == []
