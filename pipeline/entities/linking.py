"""What needs more than one document: local entities and the table of entities.

Belongs here: joining the spellings of names the gazetteer does not know, counting. Does not belong here:
finding mentions (`tagging`), how alike two names sound (`local`).

Everything here is a function of the set of mentions, whatever order and however many runs they came in:
an incremental run and one from scratch agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.entities.gazetteer import load
from pipeline.entities.local import join_names
from pipeline.schema import ENTITIES, LINKED_NAMES


@dataclass(frozen=True)
class Linked:
    """What comparing the documents gives.

    Attributes:
        names: The rows of `entities.names`: label, language and folded name to its local entity. A mention
            whose `entity_id` is NULL and whose label, language and name stand here links to it.
        merges: The rows of `entities.merges`: why two names are one local entity.
        entities: The rows of `news.entities`: every entity that a mention links to, the gazetteer's and the
            local ones, with counts.
    """

    names: pl.DataFrame
    merges: pl.DataFrame
    entities: pl.DataFrame


def link(mentions: pl.DataFrame) -> Linked:
    """Return the local entities and the table of entities of all documents.

    Args:
        mentions: Of all documents, as `tag` gives them: `document_id`, `label`, `entity_id`, `language`,
            `name`, `surface` (further columns are passed over).
    """
    unknown = mentions.filter(pl.col("entity_id").is_null() & pl.col("name").is_not_null())
    names, merges = join_names(
        unknown.group_by("label", "language", "name").agg(
            pl.len().alias("mention_count"), pl.col("surface").mode().sort().first()
        )
    )
    key = ["label", "language", "name"]
    ids = LINKED_NAMES.conform(names.select(*key, "entity_id"))
    linked = mentions.select("document_id", "entity_id", *key).join(
        ids.rename({"entity_id": "local_id"}), on=key, how="left"
    )
    counts = (
        linked.select("document_id", pl.coalesce("entity_id", "local_id").alias("entity_id"))
        .filter(pl.col("entity_id").is_not_null())
        .group_by("entity_id")
        .agg(pl.len().alias("mention_count"), pl.col("document_id").n_unique().alias("document_count"))
    )
    known = load().entities.select("entity_id", "label", "name_en", "name_fa", "name_ar", "wikidata_id")
    # A local entity is called what its commonest name is called most, in each language.
    local = (
        names.sort("mention_count", "name", descending=[True, False])
        .group_by("entity_id", "label", maintain_order=True)
        .agg(
            pl.lit(None).cast(pl.String).alias("name_en"),
            pl.col("surface").filter(pl.col("language") == "fa").first().alias("name_fa"),
            pl.col("surface").filter(pl.col("language") == "ar").first().alias("name_ar"),
            pl.lit(None).cast(pl.String).alias("wikidata_id"),
        )
    )
    entities = counts.join(pl.concat([known, local]), on="entity_id", how="inner")
    return Linked(ids, merges, ENTITIES.conform(entities).sort("entity_id"))
