"""Leaders: every office of the table is held without a gap by people the gazetteer knows in both languages."""

import csv
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest

from pipeline.entities.gazetteer import load
from pipeline.seeds import SEEDS

SOURCES = SEEDS / "gazetteer" / "sources"
OFFICES = ("head of state", "head of government", "foreign minister")
G20 = "AR AU BR CA CN DE EU FR GB ID IN IT JP KR MX RU SA TR US ZA"
MIDDLE_EAST = "AE BH EG IL IQ IR JO KW LB OM PS QA SA SY TR YE"
CENTRAL_ASIA = "AF KG KZ PK TJ TM UZ"
CAUCASUS = "AM AZ GE"
NORTH_AFRICA = "DZ EG LY MA MR SD TN"
COUNTRIES = sorted({*f"{G20} {MIDDLE_EAST} {CENTRAL_ASIA} {CAUCASUS} {NORTH_AFRICA}".split()})
SINCE, UNTIL = 2000, 2025


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def leaders() -> dict[str, dict[str, str]]:
    return {row["en"]: row for row in rows(SOURCES / "leaders.tsv")}


@pytest.fixture(scope="module")
def tenures() -> list[dict[str, str]]:
    return rows(SOURCES / "offices.tsv")


def test_every_year_of_every_office_has_its_holder(tenures: list[dict[str, str]]) -> None:
    held: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in tenures:
        assert not row["to"] or int(row["from"]) <= int(row["to"]), row
        held[row["country"], row["office"]].update(range(int(row["from"]), int(row["to"] or UNTIL) + 1))
    years = set(range(SINCE, UNTIL + 1))
    gaps = {
        (country, office): sorted(years - held[country, office])
        for country in COUNTRIES
        for office in OFFICES
        if years - held[country, office]
    }
    assert not gaps
    assert {office for _, office in held} == set(OFFICES)


def test_one_holder_follows_the_other(tenures: list[dict[str, str]]) -> None:
    """Within an office a holder begins in the year, or the year after, in which an earlier one ended."""
    by_office: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in tenures:
        by_office[row["country"], row["office"]].append((int(row["from"]), int(row["to"] or 9999)))
    for office, spans in by_office.items():
        last = SINCE
        for start, end in sorted(spans):
            assert start <= last + 1, (office, start)
            last = max(last, end)


def test_every_holder_has_a_name_in_both_languages(
    leaders: dict[str, dict[str, str]], tenures: list[dict[str, str]]
) -> None:
    for row in tenures:
        person = leaders[row["person"]]
        assert person["fa"], row
        assert person["ar"], row


def test_every_leader_is_one_entity_and_its_id_has_a_source(leaders: dict[str, dict[str, str]]) -> None:
    ids = [row["id"] for row in leaders.values() if row["id"]]
    assert len(ids) == len(set(ids))
    assert all(row["source"] for row in leaders.values() if row["id"])
    known = load().entities.filter(pl.col("label") == "PER")
    assert set(ids) <= set(known["entity_id"])
    # Nobody stands in the gazetteer a second time by hand; EveryPolitician has namesakes (two Gerhard Schröders).
    named = known.filter(
        (pl.col("kind") == "person") & pl.col("name_en").is_in([row["en"] for row in leaders.values()])
    )
    assert named["name_en"].is_unique().all()


@pytest.mark.parametrize(
    ("office", "share"), [("head of state", 0.92), ("head of government", 0.93), ("foreign minister", 0.78)]
)
def test_most_holders_have_a_wikidata_id(
    leaders: dict[str, dict[str, str]], tenures: list[dict[str, str]], office: str, share: float
) -> None:
    people = {row["person"] for row in tenures if row["office"] == office}
    assert sum(bool(leaders[person]["id"]) for person in people) >= share * len(people)
