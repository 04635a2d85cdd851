"""The gazetteer: ids, labels, guards, size and speed of loading."""

import re
import time

import polars as pl
import pytest

from pipeline.entities.gazetteer import FILES, FREE, SHORT, WORD, load
from pipeline.entities.matching import fold_name
from pipeline.schema import LABELS
from pipeline.seeds import SEEDS, seed


@pytest.fixture(scope="module")
def entities() -> pl.DataFrame:
    return load().entities


@pytest.fixture(scope="module")
def forms() -> pl.DataFrame:
    return pl.concat([pl.read_parquet(seed("gazetteer", f"{name}-forms.parquet")) for name in FILES])


def test_every_id_is_one_entity_of_a_known_label(entities: pl.DataFrame) -> None:
    assert entities["entity_id"].is_unique().all()
    assert set(entities["label"].unique()) == set(LABELS)


def test_an_entity_id_is_its_wikidata_id_where_there_is_one(entities: pl.DataFrame) -> None:
    known = entities.filter(pl.col("wikidata_id").is_not_null())
    assert known["wikidata_id"].str.contains(r"^Q[1-9]\d*$").all()
    assert (known["wikidata_id"] == known["entity_id"]).all()
    assert entities.filter(pl.col("wikidata_id").is_null())["entity_id"].str.starts_with("kh-").all()


def test_every_entity_can_be_called_by_a_name_in_arabic_script(entities: pl.DataFrame) -> None:
    named = entities.filter(pl.col("name_fa").is_not_null() | pl.col("name_ar").is_not_null())
    assert len(named) > 0.999 * len(entities)


def test_it_is_large_enough_for_the_news(entities: pl.DataFrame) -> None:
    counts = dict(entities.group_by("label").len().iter_rows())
    assert counts["LOC"] >= 25_000
    assert counts["PER"] >= 7_500
    assert counts["ORG"] >= 1_500


def test_a_form_belongs_to_an_entity_and_is_folded(entities: pl.DataFrame, forms: pl.DataFrame) -> None:
    assert forms.join(entities, on="entity_id", how="anti").is_empty()
    sample = forms["form"].sample(2000, seed=1).to_list()
    assert [fold_name(form) for form in sample] == sample


@pytest.mark.parametrize(
    "word", ["نور", "امید", "سلام", "آزادی", "بهار", "مهر", "آستانه", "دوشنبه", "خود", "با", "بود", "فتح"]
)
def test_no_persian_word_is_a_name_without_a_guard(forms: pl.DataFrame, word: str) -> None:
    free = forms.filter(
        (pl.col("form") == fold_name(word)) & (pl.col("languages") & 1 == 1) & (pl.col("guard") == FREE)
    )
    assert free.is_empty()


@pytest.mark.parametrize(
    "word", ["سلام", "نور", "كان", "صور", "الخبر", "العاصمة", "مالي", "النصر", "الهلال", "الاتحاد", "إطار", "دولار"]
)
def test_no_arabic_word_is_a_name_without_a_guard(forms: pl.DataFrame, word: str) -> None:
    free = forms.filter(
        (pl.col("form") == fold_name(word)) & (pl.col("languages") & 2 == 2) & (pl.col("guard") == FREE)
    )
    assert free.is_empty()


@pytest.mark.parametrize(
    ("name", "entity_id"),
    [
        ("پوتین", "Q7747"), ("بوتين", "Q7747"), ("روسیه", "Q159"), ("الصين", "Q148"), ("پکن", "Q956"), ("موسكو", "Q649"),
        ("سمرقند", "Q5753"), ("ازبکستان", "Q265"), ("منظمة شنغهاي للتعاون", "Q485207"), ("سازمان ملل متحد", "Q1065"),
    ],
)  # fmt: skip
def test_what_the_news_is_about_needs_no_guard(forms: pl.DataFrame, name: str, entity_id: str) -> None:
    held = forms.filter((pl.col("form") == fold_name(name)) & (pl.col("entity_id") == entity_id))
    assert FREE in held["guard"].to_list()


def test_a_short_name_is_guarded_by_its_full_one(forms: pl.DataFrame) -> None:
    assert forms.filter((pl.col("form") == "شی") & (pl.col("entity_id") == "Q15031"))["guard"].unique().to_list() == [
        SHORT
    ]


def test_a_demonym_is_no_form_of_a_country(entities: pl.DataFrame, forms: pl.DataFrame) -> None:
    countries = forms.join(entities.filter(pl.col("kind") == "country"), on="entity_id")
    held = set(countries.filter(pl.col("guard") != WORD)["form"].to_list())
    for demonym in ("آمریکایی", "ایرانی", "روسی", "چینی", "السوري", "المصري", "الروسي", "الصينية", "الإيراني"):
        assert fold_name(demonym) not in held


def test_sources_are_in_order_and_say_where_they_are_from() -> None:
    folder = SEEDS / "gazetteer"
    for path in sorted((folder / "sources").glob("*.tsv")):
        lines = path.read_text("utf-8").splitlines()
        width = len(lines[0].split("\t"))
        assert not [line for line in lines if len(line.split("\t")) != width], f"{path.name} has a row of another width"
    readme = (folder / "README.md").read_text("utf-8")
    assert re.search("ODbL", readme)
    for name in ("CLDR", "rigour", "EveryPolitician", "dr5hn", "GeoNames"):
        assert name in readme


def test_it_loads_quickly() -> None:
    load()
    load.cache_clear()
    start = time.perf_counter()
    load()
    assert time.perf_counter() - start < 3
