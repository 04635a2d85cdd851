"""Ids of groups of documents that live on while the groups change.

Belongs here: which new group goes on under which id. Does not belong here: making ids for the others, which each stage does in
its own way.
"""

from __future__ import annotations

import polars as pl


def claims(members: pl.DataFrame, before: pl.DataFrame, group: str, identity: str) -> pl.DataFrame:
    """Say where the documents of each id went, and which group goes on under it.

    A group takes the id that most of its documents had, the least of several; an id that several groups want goes to the one
    with most of its documents.

    Args:
        members: `document_id` and the column `group`: which new group a document is in.
        before: `document_id` and the column `identity`: what its group was called until now.
        group: That column's name.
        identity: That column's name.

    Returns:
        One row per id that a member had: `identity`, `group` (where most of its documents are), `lives_on` (whether that
        group is called so); otherwise it has taken another id, and this one ends.
    """
    best = (
        members.join(before, on="document_id")
        .group_by(group, identity)
        .agg(pl.len().alias("votes"))
        .sort(pl.col("votes") * -1, identity, group)
        .unique(identity, keep="first", maintain_order=True)
    )
    return best.select(identity, group, pl.col(group).is_first_distinct().alias("lives_on"))
