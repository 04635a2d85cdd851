"""Local entities: names the gazetteer does not know, joined across documents and languages."""

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import schema
from pipeline.entities import link, tag
from pipeline.entities.linking import create_tables
from pipeline.entities.local import join_names
from pipeline.entities.matching import fold_name
from tests.entities.frames import segments


def names(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [(label, language, fold_name(name)) for label, language, name in rows],
        schema=["label", "language", "name"],
        orient="row",
    )


def ids(frame: pl.DataFrame) -> dict[tuple[str, str], str]:
    return {
        (language, name): entity for language, name, entity in frame.select("language", "name", "entity_id").iter_rows()
    }


@pytest.mark.parametrize(
    ("fa", "ar"),
    [
        ("آندری دنیسوف", "أندريه دينيسوف"),
        ("دنیسوف", "دينيسوف"),
        ("گوردون چاندلر", "جوردون تشاندلر"),
        ("پاول گریگوریف", "بافل غريغورييف"),
        ("محمدرضا نعمت‌پور", "محمد رضا نعمتبور"),
    ],
)
def test_two_spellings_of_one_name_meet(fa: str, ar: str) -> None:
    joined, merges = join_names(names(("PER", "fa", fa), ("PER", "ar", ar)))
    assert joined["entity_id"].n_unique() == 1
    assert len(merges) == 1
    assert merges["score"][0] > 0.7


@pytest.mark.parametrize(
    ("fa", "ar"),
    [
        ("جان هاپکینز", "جون هاتون"),
        ("علی مرادی", "علي مرعشي"),
        ("دیوید اندرسون", "داغ أندرسن"),
        ("سارا مک‌لین", "سارة ملكيان"),
    ],
)
def test_two_names_do_not_meet(fa: str, ar: str) -> None:
    joined, merges = join_names(names(("PER", "fa", fa), ("PER", "ar", ar)))
    assert joined["entity_id"].n_unique() == 2
    assert merges.is_empty()


def test_the_order_of_names_does_not_matter() -> None:
    rows = [
        ("PER", "fa", "آندری دنیسوف"),
        ("PER", "ar", "أندريه دينيسوف"),
        ("PER", "ar", "أندري دنيسوف"),
        ("ORG", "fa", "آندری دنیسوف"),
    ]
    forward, _ = join_names(names(*rows))
    backward, _ = join_names(names(*reversed(rows)))
    assert ids(forward.filter(pl.col("label") == "PER")) == ids(backward.filter(pl.col("label") == "PER"))


def test_a_surname_is_the_person_named_in_full_in_the_document() -> None:
    text = "آندری دنیسوف، سفیر روسیه، گفت که گفت‌وگوها ادامه دارد. دنیسوف افزود که نتیجه روشن نیست."
    mentions = tag(segments(("d", "fa", text)))
    people = mentions.filter(pl.col("label") == "PER")
    assert people.select("surface", "name").rows() == [
        ("آندری دنیسوف", fold_name("آندری دنیسوف")),
        ("دنیسوف", fold_name("آندری دنیسوف")),
    ]


class Memory:
    """The tables of linking, brought from one set of mentions to the next as the warehouse would."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        create_tables(self.connection)
        self.documents: set[str] = set()

    def become(self, mentions: pl.DataFrame) -> pl.DataFrame:
        """Link these mentions and no others; return which documents were linked anew."""
        now = set(mentions["document_id"])
        self.connection.execute("DELETE FROM entities.mentions")
        self.connection.register("_mentions", schema.TAGGED_MENTIONS.conform(mentions).to_arrow())
        self.connection.execute("INSERT INTO entities.mentions FROM _mentions")
        moved, gone = (
            pl.DataFrame({"document_id": sorted(ids)}, schema={"document_id": pl.String})
            for ids in (now - self.documents, self.documents - now)
        )
        self.documents = now
        return link(self.connection, moved, gone)

    def rows(self, table: str) -> pl.DataFrame:
        """Return all rows of a table, in an order of their own."""
        found: pl.DataFrame = self.connection.sql(f"FROM entities.{table} ORDER BY ALL").pl()
        return found


def test_a_local_entity_spans_both_languages() -> None:
    memory = Memory()
    memory.become(
        tag(
            segments(
                ("fa", "fa", "آندری دنیسوف، سفیر روسیه، در پکن سخن گفت."),
                ("ar", "ar", "قال السفير الروسي أندريه دينيسوف إن المحادثات مستمرة."),
            )
        )
    )
    local = memory.rows("entities").filter(pl.col("name_fa") == "آندری دنیسوف")
    assert local.select("name_ar", "document_count", "wikidata_id").rows() == [("أندريه دينيسوف", 2, None)]
    assert memory.rows("merges")["kind"].to_list() == ["transliteration"]


TOLD = (
    ("a", "fa", "آندری دنیسوف در پکن سخن گفت."),
    ("b", "ar", "قال السفير الروسي أندريه دينيسوف إن المحادثات مستمرة."),
    ("c", "fa", "پوتین و مارکوس لیندبرگ در مسکو دیدار کردند."),
    ("d", "ar", "التقى ماركوس ليندبرغ نظيره في موسكو."),
    ("e", "fa", "مارکوس لیندبرگ و آندری دنیسوف به تهران رسیدند."),
    ("f", "fa", "باران در شمال کشور ادامه دارد."),
)
MENTIONS = {told[0]: tag(segments(told)) for told in TOLD}
TABLES = ("names", "merges", "links", "entities")


def together(names: set[str]) -> pl.DataFrame:
    return pl.concat([MENTIONS["f"].clear(), *(MENTIONS[name] for name in sorted(names))])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.sampled_from(sorted(MENTIONS))), min_size=1, max_size=4))
def test_linking_is_a_function_of_the_mentions(steps: list[set[str]]) -> None:
    """Whatever came and went before, the last set of documents links as it does from scratch."""
    memory, whole = Memory(), Memory()
    for step in steps:
        memory.become(together(step))
    whole.become(together(steps[-1]))
    for table in TABLES:
        assert memory.rows(table).equals(whole.rows(table)), table


def test_a_name_that_joins_another_touches_the_documents_that_hold_it() -> None:
    memory = Memory()
    memory.become(together({"b", "c", "f"}))
    assert set(memory.become(together({"a", "b", "c", "f"}))["document_id"]) in ({"a"}, {"a", "b"})
    assert memory.rows("merges").height == 1
    before = dict(memory.rows("links").select("document_id", "entity_id").rows())
    touched = set(memory.become(together({"b", "c", "f"}))["document_id"])
    after = dict(memory.rows("links").select("document_id", "entity_id").rows())
    assert {name for name in ("b", "c", "f") if before.get(name) != after.get(name)} <= touched <= {"b"}


def test_nothing_links_to_nothing() -> None:
    memory = Memory()
    memory.become(tag(segments()))
    assert all(memory.rows(table).is_empty() for table in TABLES)
