"""The gazetteer in memory: entities, the forms they are called by, and when a form alone is enough.

Belongs here: loading the compiled files of `seeds/gazetteer` and answering which entities a form may
mean. Does not belong here: how the files are made (`training.gazetteer`), where forms stand in a text
(`matching`), which reading wins (`agreement`).

A form has a guard, for many names are words too:

- `FREE`: wherever it stands, it is a mention;
- `SHORT`: part of a person's name that others bear as well: a mention of this person only where the
  full name stands in the same document;
- `ADJECTIVE`: also a demonym: no mention behind a definite noun (السعودية, but القنصلية السعودية);
- `WORD`: also a common word: a mention only behind a word that calls for it («شهر نور») or where the
  statistical tagger sees one.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.entities.matching import NameTable, hash_names
from pipeline.seeds import fingerprint, seed

FREE: Final = 0
SHORT: Final = 1
WORD: Final = 2
ADJECTIVE: Final = 3

FILES: Final = ("khabar", "dr5hn", "geonames")
"""Compiled parts, one per licence: see `seeds/gazetteer/README.md`."""


@dataclass(frozen=True)
class Gazetteer:
    """Entities and the forms they are called by.

    Attributes:
        entities: One row per entity: `entity_id`, `wikidata_id`, `label`, `kind`, `country`, `weight` (how
            much it is in the news, 0 to 1), `name_en`, `name_fa`, `name_ar`. The row number is the entity's
            number below.
        table: Folded forms to groups.
        group_starts: Where each group's candidates begin in the arrays below; one more at the end.
        candidate: Entity numbers, by group.
        guard: The guard of the form for that entity.
        languages: The languages in which the form is this entity's, `matching.FA` | `matching.AR`.
    """

    entities: pl.DataFrame
    table: NameTable
    group_starts: npt.NDArray[np.int64]
    candidate: npt.NDArray[np.int32]
    guard: npt.NDArray[np.uint8]
    languages: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, entities: pl.DataFrame, forms: pl.DataFrame) -> Gazetteer:
        """Return the gazetteer of `entities` and `forms`.

        Args:
            entities: As in the attribute.
            forms: `entity_id`, `form` (folded, see `matching.fold_name`), `languages`, `guard`.
        """
        numbered = entities.select("entity_id").with_row_index("candidate")
        rows = (
            forms.join(numbered, on="entity_id", maintain_order="left")
            .group_by("form", "candidate", "guard")
            .agg(pl.col("languages").bitwise_or())
            .sort("form", "candidate", "guard")
            .with_columns((pl.col("form").rle_id()).alias("group"))
        )
        groups = rows.group_by("group", maintain_order=True).agg(
            pl.col("form").first(), pl.len().alias("size"), pl.col("languages").bitwise_or()
        )
        table = NameTable.build(
            groups["form"].to_list(),
            groups["group"].to_numpy().astype(np.int32),
            groups["languages"].to_numpy().astype(np.uint8),
        )
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(groups["size"].to_numpy().astype(np.int64))])
        return cls(
            entities,
            table,
            starts,
            rows["candidate"].to_numpy().astype(np.int32),
            rows["guard"].to_numpy().astype(np.uint8),
            rows["languages"].to_numpy().astype(np.uint8),
        )

    def candidates(self, groups: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return for many groups all candidates: the index into `groups` and into the candidate arrays."""
        first = self.group_starts[groups]
        sizes = self.group_starts[groups + 1] - first
        owner = np.repeat(np.arange(len(groups), dtype=np.int64), sizes)
        before = np.cumsum(sizes) - sizes
        slot: npt.NDArray[np.int64] = np.arange(len(owner), dtype=np.int64) + np.repeat(first - before, sizes)
        return owner, slot


def _file(name: str, what: str) -> Path:
    return seed("gazetteer", f"{name}-{what}.parquet")


def edition() -> str:
    """Return what moves with every change of the compiled files.

    Raises:
        FileNotFoundError: If one is missing.
    """
    files = [_file(name, what) for name in FILES for what in ("entities", "forms")]
    return fingerprint(*files, seed("gazetteer", "persian-names.parquet"))


@functools.cache
def load() -> Gazetteer:
    """Return the shipped gazetteer, loaded once a process.

    Raises:
        FileNotFoundError: If a compiled file is missing.
    """
    parts = [(pl.read_parquet(_file(name, "entities")), pl.read_parquet(_file(name, "forms"))) for name in FILES]
    return Gazetteer.of(pl.concat([e for e, _ in parts]), _with_cases(pl.concat([f for _, f in parts])))


def _with_cases(forms: pl.DataFrame) -> pl.DataFrame:
    """Return `forms` and the other cases of Arabic names that decline: أبو, أبي, أبا; ذو, ذي."""
    kunya = forms.filter(pl.col("form").str.contains(r"(?:^| )(?:ابو|ذو) "))
    cases = [
        kunya.with_columns(
            pl.col("form").str.replace_all(r"(^| )ابو ", f"${{1}}{case} ").str.replace_all(r"(^| )ذو ", "${1}ذی ")
        )
        for case in ("ابی", "ابا")
    ]
    added = pl.concat(cases).unique(["entity_id", "form"], maintain_order=True)
    return pl.concat([forms, added.join(forms, on=["entity_id", "form"], how="anti", maintain_order="left")])


def given_names() -> npt.NDArray[np.uint64]:
    """Return the sorted hashes of the Persian given names."""
    return _words("given")


def dictionary_words() -> npt.NDArray[np.uint64]:
    """Return the sorted hashes of the Persian words that end like family names and are none."""
    return _words("word")


@functools.cache
def _words(kind: str) -> npt.NDArray[np.uint64]:
    table = pl.read_parquet(seed("gazetteer", "persian-names.parquet")).filter(pl.col("kind") == kind)
    return np.sort(hash_names(table["form"].to_list()))
