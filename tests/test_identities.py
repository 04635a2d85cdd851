"""Ids of groups that live on while their documents move."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identities import claims


def lives(now: dict[str, str], before: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return which group is called what, and where the ids that ended went, from each document's group and former id."""
    rows = claims(
        pl.DataFrame({"document_id": list(now), "group": list(now.values())}, schema={"document_id": pl.String, "group": pl.String}),
        pl.DataFrame({"document_id": list(before), "id": list(before.values())}, schema={"document_id": pl.String, "id": pl.String}),
        "group",
        "id",
    )  # fmt: skip
    called = {group: name for name, group, on in rows.iter_rows() if on}
    ended = {name: group for name, group, on in rows.iter_rows() if not on}
    return called, ended


def test_an_id_goes_where_most_of_its_documents_went() -> None:
    assert lives({"a": "g", "b": "h", "c": "h"}, {"a": "x", "b": "x", "c": "x"}) == ({"h": "x"}, {})


def test_a_group_of_two_takes_the_larger_ones_id_and_the_other_ends_in_it() -> None:
    now = dict.fromkeys("abc", "g")
    assert lives(now, {"a": "x", "b": "y", "c": "y"}) == ({"g": "y"}, {"x": "g"})


def test_of_equal_ids_the_least_lives_on() -> None:
    assert lives({"a": "g", "b": "g"}, {"a": "y", "b": "x"}) == ({"g": "x"}, {"y": "g"})


def test_of_a_split_the_larger_part_lives_on() -> None:
    assert lives({"a": "g", "b": "g", "c": "h"}, {"a": "x", "b": "x", "c": "x"}) == ({"g": "x"}, {})


@given(
    st.dictionaries(
        st.integers(0, 30).map(str), st.tuples(st.sampled_from("ghi"), st.sampled_from("xyz")), min_size=1, max_size=30
    )
)
def test_no_id_is_given_twice_and_the_order_of_documents_does_not_matter(rows: dict[str, tuple[str, str]]) -> None:
    now, before = {d: g for d, (g, _) in rows.items()}, {d: i for d, (_, i) in rows.items()}
    called, ended = lives(now, before)
    assert len(set(called.values())) == len(called)
    assert set(called.values()) | set(ended) == set(before.values())
    assert all(group in called for group in ended.values())
    assert lives(dict(reversed(now.items())), dict(sorted(before.items()))) == (called, ended)
