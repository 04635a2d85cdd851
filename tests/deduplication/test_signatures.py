"""Signatures: the compiled match form is the declared one, and signing does not depend on batches."""

import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import deduplication
from pipeline.deduplication import folding, kernels
from pipeline.text.matching import match_forms
from tests.deduplication.memory import article, changed, frame


def forms(texts: list[str]) -> list[str]:
    units, ends = folding.fold(pl.Series(texts, dtype=pl.String))
    return [units[a:b].tobytes().decode("utf-16-le") for a, b in itertools.pairwise(ends)]


letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
script = st.text(
    st.sampled_from("آأإئؤءيىكة۱٢3ـ\u200c\u200f\u064b\u0651ﻻﷲﷺ،؟!«» \n\tA é_Σς\u0130𐤀𠀀\U000e0101"), max_size=30
)


@settings(max_examples=300, deadline=None)
@given(st.lists(letters | script, max_size=5))
def test_the_compiled_match_form_is_the_declared_one(texts: list[str]) -> None:
    assert forms(texts) == match_forms(texts)


def test_every_character_folds_as_declared() -> None:
    """Alone, between letters and at a text's ends."""
    characters = [chr(c) for c in range(0x20000) if not 0xD800 <= c <= 0xDFFF]
    for pattern in ("{}", "س{}س", "{}س", "س{}"):
        texts = [pattern.format(c) for c in characters]
        assert forms(texts) == match_forms(texts)


def test_null_bodies_count_as_empty() -> None:
    documents = frame({"a": ""}).with_columns(body=pl.lit(None, pl.String))
    assert deduplication.sign(documents).documents["text_id"].to_list() == [None]


def test_no_documents_have_no_signatures() -> None:
    signed = deduplication.sign(frame({}))
    assert all(part.is_empty() for part in (signed.documents, signed.texts, signed.paragraphs))


def test_signatures_do_not_depend_on_the_batch() -> None:
    bodies = {f"d{i}": article(i, 10 + 7 * i) for i in range(20)} | {"empty": "", "again": article(3, 31)}
    together = deduplication.sign(frame(bodies))
    apart = [deduplication.sign(frame({name: body})) for name, body in bodies.items()]
    assert together.documents.equals(pl.concat([part.documents for part in apart]))
    counted = [part.paragraphs.with_columns(row=pl.lit(row, pl.Int64)) for row, part in enumerate(apart)]
    assert together.paragraphs.equals(pl.concat(counted))
    assert together.texts.equals(pl.concat([part.texts for part in apart]).unique(maintain_order=True))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(67, 400), st.integers(0, 300), st.integers(0, 300))
def test_the_whole_has_every_probe_of_an_excerpt(seed: int, length: int, before: int, after: int) -> None:
    """What is chosen of a run depends on the run alone, so the guarantee of winnowing holds."""
    excerpt = article(seed, 200)[:length]
    whole = article(seed + 1, 100)[:before] + " " + excerpt + " " + article(seed + 2, 100)[:after]
    if (
        min(len(text.split()) for text in (excerpt, whole)) < 1
        or len(excerpt.replace(" ", "")) < kernels.GRAM + kernels.WINDOW - 1
    ):
        return
    small, large = (folding.sign(pl.Series([text]), 8, 0, "") for text in (excerpt, whole))
    probes = set(small.fingerprints[: small.probes[0]])
    assert probes
    assert probes <= set(large.fingerprints)


def test_paragraphs_are_told_by_their_words_and_counted_from_the_first_line() -> None:
    standing = "این خبرگزاری در سال هزار و سیصد و هفتاد بنیان گذاشته شد"
    signed = deduplication.sign(
        frame({"a": f"کوتاه\n\n{standing}.", "b": f"{standing}\nکوتاه", "c": changed(standing, 1, 1)})
    ).paragraphs
    assert signed.select("row", "position", "word_count").rows() == [(0, 2, 12), (1, 0, 12), (2, 0, 12)]
    first, second, third = signed["paragraph_id"]
    assert first == second != third


@pytest.mark.parametrize("words", [0, 1, 3, 4, 5, 19, 20, 21, 64, 5000])
def test_counts_are_those_of_the_match_form(words: int) -> None:
    text = article(7, words)
    (form,) = match_forms([text])
    signed = deduplication.sign(frame({"a": text})).texts
    assert signed.select("word_count", "letter_count").rows() == (
        [(words, len(form.replace(" ", "")))] if words else []
    )
