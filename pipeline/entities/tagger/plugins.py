"""Other taggers behind the same face: a spaCy, Stanza or Hugging Face model that a user has.

Belongs here: what a tagger must be, the specification that names one, adapters, what makes foreign spans ours.
Does not belong here: our own models (`model`), the libraries themselves: none is a dependency of Khabar
and none is imported before a specification names it.

A specification is ``kind:model``:

========================  =====================================================================
``spacy:MODEL``           a package or folder for `spacy.load`
``stanza:LANG``           a language (or ``LANG@FOLDER``) for `stanza.Pipeline` with processor ``ner``
``transformers:MODEL``    a name or folder for a token-classification pipeline
``python:MODULE:NAME``    a function from a list of texts to a list of lists of
                          ``(start, end, label, confidence)``
========================  =====================================================================

The environment variables `KHABAR_TAGGER_FA` and `KHABAR_TAGGER_AR` hold one each; without, ours run.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from pipeline.text.spans import Span, drop_overlaps


class Found(NamedTuple):
    """A name in a text: ``text[start:end]`` in code points, its label, the probability that it is right."""

    start: int
    end: int
    label: str
    confidence: float


LONGEST: Final = 20_000
"""Characters of the longest piece that is given to another tagger; a longer text is cut where a space stands."""

Tagger = Callable[[Sequence[str]], Sequence[Iterable[tuple[int, int, str, float]]]]
"""What a tagger is: texts to the names in each, labels in its own words."""

FOREIGN_LABELS: Final = {
    "PER": "PER", "PERS": "PER", "PERSON": "PER",
    "ORG": "ORG", "ORGANIZATION": "ORG", "ORGANISATION": "ORG", "POG": "ORG",
    "LOC": "LOC", "LOCATION": "LOC", "GPE": "LOC", "FAC": "LOC", "FACILITY": "LOC",
}  # fmt: skip
"""What other taggers call our labels, in capitals and without B- and I-. What is not here is no name."""


def specification(language: str) -> str | None:
    """Return what `KHABAR_TAGGER_<LANGUAGE>` says, None where it is empty: our own tagger."""
    return os.environ.get(f"KHABAR_TAGGER_{language.upper()}") or None


@functools.cache
def tagger(named: str) -> Tagger:
    """Return the tagger that a specification names, loaded once per process.

    Raises:
        ValueError: If it is no specification.
        ModuleNotFoundError: If its library is not installed.
    """
    kind, _, model = named.partition(":")
    make = {"spacy": _spacy, "stanza": _stanza, "transformers": _transformers, "python": _python}.get(kind)
    if make is None or not model:
        raise ValueError(
            f"{named!r} names no tagger: write spacy:MODEL, stanza:LANG, transformers:MODEL or python:MODULE:NAME "
            "in KHABAR_TAGGER_FA or KHABAR_TAGGER_AR, or leave it empty"
        )
    return make(model)


def find(named: str, texts: Sequence[str]) -> list[list[Found]]:
    """Return the names that a tagger finds in `texts`, made ours: our labels, inside the text, without overlaps.

    Args:
        named: A specification.
        texts: The texts.

    Raises:
        ValueError: If the specification is none, or the tagger gives another number of answers than texts.
    """
    pieces = [(owner, start, text[start:end]) for owner, text in enumerate(texts) for start, end in _pieces(text)]
    answers = tagger(named)([piece for _, _, piece in pieces])
    if len(answers) != len(pieces):
        raise ValueError(f"the tagger {named!r} gave {len(answers)} answers for {len(pieces)} texts")
    found: list[list[tuple[int, int, str, float]]] = [[] for _ in texts]
    for (owner, at, piece), answer in zip(pieces, answers, strict=True):
        # Places outside of its piece would land in another one.
        found[owner] += [(at + max(0, a), at + min(len(piece), b), label, sure) for a, b, label, sure in answer]
    return [_ours(text, answer) for text, answer in zip(texts, found, strict=True)]


def _pieces(text: str) -> list[tuple[int, int]]:
    """Return where a text's pieces begin and end: each ends behind white space, unless it has none."""
    out = []
    start = 0
    while len(text) - start > LONGEST:
        end = start + LONGEST
        while end > start and not text[end - 1].isspace():
            end -= 1
        end = end if end > start else start + LONGEST
        out.append((start, end))
        start = end
    return [*out, (start, len(text))]


def _ours(text: str, answer: Iterable[tuple[int, int, str, float]]) -> list[Found]:
    found = []
    for start, end, label, confidence in answer:
        bare = label[2:] if label[:2] in ("B-", "I-", "E-", "S-") else label
        known = FOREIGN_LABELS.get(bare.upper())
        start, end = max(0, start), min(len(text), end)
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if known and start < end:
            found.append(Found(start, end, known, min(1.0, max(0.0, float(confidence)))))
    kept = drop_overlaps((Span(name.start, name.end), name.confidence) for name in found)
    return [found[i] for i in kept]


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"KHABAR_TAGGER names a tagger of {name}, which is not installed: "
            f"install {name} into Khabar's environment (for spacy, stanza and transformers: uv sync --inexact --extra {name})"
        ) from error


def _spacy(model: str) -> Tagger:
    nlp = _library("spacy").load(model)

    def run(texts: Sequence[str]) -> list[list[tuple[int, int, str, float]]]:
        return [[(e.start_char, e.end_char, e.label_, 1.0) for e in document.ents] for document in nlp.pipe(texts)]

    return run


def _stanza(model: str) -> Tagger:
    language, _, folder = model.partition("@")
    where = {"dir": folder} if folder else {}
    nlp = _library("stanza").Pipeline(language, processors="tokenize,ner", download_method=None, verbose=False, **where)

    def run(texts: Sequence[str]) -> list[list[tuple[int, int, str, float]]]:
        return [[(e.start_char, e.end_char, e.type, 1.0) for e in nlp(text).ents] for text in texts]

    return run


def _transformers(model: str) -> Tagger:
    classify = _library("transformers").pipeline("token-classification", model=model, aggregation_strategy="first")
    if not classify.tokenizer.is_fast:
        raise ValueError(
            f"the tokenizer of {model} does not tell where its tokens stand: "
            "save it as a fast one (AutoTokenizer.from_pretrained(..., use_fast=True).save_pretrained(...))"
        )
    # A model reads so many tokens and fails on more, and not every tokenizer was told how many: two places are kept
    # for families that count from there. Longer texts go in windows that share a quarter.
    places = getattr(classify.model.config, "max_position_embeddings", None)
    if places:
        classify.tokenizer.model_max_length = min(classify.tokenizer.model_max_length, places - 2)
    window = classify.tokenizer.model_max_length // 4 if classify.tokenizer.model_max_length < LONGEST else None

    def run(texts: Sequence[str]) -> list[list[tuple[int, int, str, float]]]:
        return [
            [(int(e["start"]), int(e["end"]), str(e["entity_group"]), float(e["score"])) for e in found]
            for found in classify(list(texts), stride=window)
        ]

    return run


def _python(named: str) -> Tagger:
    module, _, name = named.partition(":")
    function = getattr(_library(module), name, None)
    if not callable(function):  # what is wrong is the specification
        raise ValueError(  # noqa: TRY004
            f"the module {module} has no function {name!r}: write python:MODULE:NAME"
        )
    result: Tagger = function
    return result
