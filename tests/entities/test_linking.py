"""Local entities: names the gazetteer does not know, joined across documents and languages."""

import polars as pl
import pytest

from pipeline.entities import link, tag
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


def test_a_local_entity_spans_both_languages() -> None:
    mentions = tag(
        segments(
            ("fa", "fa", "آندری دنیسوف، سفیر روسیه، در پکن سخن گفت."),
            ("ar", "ar", "قال السفير الروسي أندريه دينيسوف إن المحادثات مستمرة."),
        )
    )
    linked = link(mentions)
    local = linked.entities.filter(pl.col("name_fa") == "آندری دنیسوف")
    assert local.select("name_ar", "document_count", "wikidata_id").rows() == [("أندريه دينيسوف", 2, None)]
    assert linked.merges["kind"].to_list() == ["transliteration"]


def test_linking_all_at_once_or_in_any_order_gives_the_same() -> None:
    mentions = tag(
        segments(
            ("a", "fa", "آندری دنیسوف در پکن سخن گفت."),
            ("b", "ar", "قال السفير الروسي أندريه دينيسوف إن المحادثات مستمرة."),
            ("c", "fa", "پوتین و مارکوس لیندبرگ در مسکو دیدار کردند."),
        )
    )
    shuffled = mentions.sample(fraction=1.0, shuffle=True, seed=5)
    assert link(mentions).entities.equals(link(shuffled).entities)
    assert link(mentions).names.sort("name", "language").equals(link(shuffled).names.sort("name", "language"))


def test_nothing_links_to_nothing() -> None:
    linked = link(tag(segments()))
    assert linked.entities.is_empty()
    assert linked.names.is_empty()
    assert linked.merges.is_empty()
