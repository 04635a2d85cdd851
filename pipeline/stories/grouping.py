"""Stories: which documents report the same event.

Belongs here: who leads a story, ids that live on, which stories a change touches.
Does not belong here: what an article's features are (`features`), how alike two are (`pairs`), duplicates.

A story is led by its first document: the earliest, then by id. Others join if they are alike enough to
it, or to a member and fairly alike to it. Documents more than three days apart are never one story; where a day is
unknown, more likeness is asked for.

What a document's story is depends on the documents that pairs join it to, directly or over others, and on nothing
else. So only components that a change touches are decided anew, and what comes of any sequence of changes is a function
of the documents present.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.frames import registered
from pipeline.identities import claims
from pipeline.stories import pairs
from pipeline.stories.tables import KEY, UNDATED


@dataclass(frozen=True, slots=True)
class Limits:
    """How alike documents of a story are.

    Attributes:
        one_language: Least similarity to the story's first document, both of one language.
        two_languages: The same for documents of two languages.
        undated: Added to both where a day is unknown.
        slack: A document this much more alike to a member may be this much less alike to the first.
    """

    one_language: float = 0.5
    two_languages: float = 0.44
    undated: float = 0.05
    slack: float = 0.1


LIMITS: Final = Limits()


def gather(connection: duckdb.DuckDBPyConnection, fresh: pl.DataFrame, gone: pl.DataFrame) -> int:
    """Bring pairs and stories up to date with documents that came, changed or went.

    Call it inside a transaction, after all of `remember` and `forget`.

    Args:
        connection: Holds the stage's tables.
        fresh: `document_id`, `language`, `published_on`, `published_at` of kept documents that are new, or whose
            vector, language or day is.
        gone: `document_id` of those that were kept and are no more.

    Returns:
        How many documents have another story, or another place in it.
    """
    con = connection
    with registered(con, _given=fresh, _gone_ids=gone):
        con.execute(f"CREATE OR REPLACE TEMP TABLE _gone AS SELECT document_id, {KEY} AS key FROM _gone_ids")
        con.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE _fresh AS SELECT {KEY} AS key, document_id, coalesce(language, 'und') AS language,
                coalesce(coalesce(published_at::DATE, published_on) - DATE '1970-01-01', {UNDATED})::INTEGER AS day,
                coalesce(published_at, published_on::TIMESTAMP) AS moment
            FROM _given
            """
        )
    con.execute("CREATE OR REPLACE TEMP TABLE _moved AS SELECT key FROM _fresh UNION SELECT key FROM _gone")
    # Whoever was joined to one that moved may be in another story now, though no pair of its own is new.
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE _open AS
        SELECT key_a AS key FROM stories.pairs WHERE key_b IN (FROM _moved)
        UNION SELECT key_b FROM stories.pairs WHERE key_a IN (FROM _moved)
        UNION SELECT key FROM _fresh
        """
    )
    con.execute("DELETE FROM stories.pairs WHERE key_a IN (FROM _moved) OR key_b IN (FROM _moved)")
    con.execute("DELETE FROM stories.documents WHERE key IN (FROM _moved)")
    con.execute("INSERT INTO stories.documents BY NAME FROM _fresh")
    pairs.compare(con)
    written = _regroup(con)
    for table in ("_fresh", "_gone", "_moved", "_open", "_touched"):
        con.execute(f"DROP TABLE {table}")
    return written


def _regroup(con: duckdb.DuckDBPyConnection) -> int:
    """Decide the stories of all that pairs join to the documents in `_open`."""
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE _touched AS
        WITH RECURSIVE joined AS (
            SELECT key_a AS one, key_b AS other FROM stories.pairs UNION ALL SELECT key_b, key_a FROM stories.pairs
        ), reached AS (
            SELECT key FROM _open WHERE key IN (SELECT key FROM stories.documents)
            UNION SELECT other FROM reached JOIN joined ON one = key
        )
        FROM reached
        """
    )
    documents = con.sql(
        "SELECT key, document_id, language, day, moment FROM stories.documents SEMI JOIN _touched USING (key) "
        "ORDER BY moment NULLS LAST, document_id"
    ).pl()
    alike = con.sql("SELECT key_a, key_b, similarity FROM stories.pairs WHERE key_a IN (FROM _touched)").pl()
    before = con.sql(
        "SELECT document_id, story_id FROM stories.stories WHERE document_id IN (SELECT document_id FROM stories.documents "
        "SEMI JOIN _touched USING (key)) ORDER BY document_id"
    ).pl()
    made = lead(documents, alike)
    named = made.join(_name(con, made, before), on="first").select("story_id", "document_id", "similarity")
    con.execute("DELETE FROM stories.stories WHERE document_id IN (SELECT document_id FROM _gone)")
    with registered(con, _made=named.sort("document_id")):
        # Few of those decided anew are decided otherwise.
        con.execute(
            "CREATE OR REPLACE TEMP TABLE _differing AS FROM _made ANTI JOIN stories.stories USING (story_id, document_id, similarity)"
        )
    con.execute("DELETE FROM stories.stories WHERE document_id IN (SELECT document_id FROM _differing)")
    con.execute("INSERT INTO stories.stories BY NAME FROM _differing")
    written = con.execute("SELECT count(*) FROM _differing").fetchall()[0][0]
    con.execute("DROP TABLE _differing")
    return int(written)


def lead(documents: pl.DataFrame, alike: pl.DataFrame, limits: Limits = LIMITS) -> pl.DataFrame:
    """Gather documents around their stories' first ones.

    Args:
        documents: `key`, `document_id`, `language`, `day`, in the order in which they may lead.
        alike: `key_a`, `key_b`, `similarity` of all pairs among them.
        limits: How alike documents of a story are.

    Returns:
        `document_id`, `first` (the id of its story's first document), `similarity` to that one.
    """
    from pipeline.stories import kernels

    keys = documents["key"].to_numpy()
    order = np.argsort(keys)
    one, other = (
        order[np.searchsorted(keys[order], alike[name].to_numpy())].astype(np.int64) for name in ("key_a", "key_b")
    )
    later, earlier = np.maximum(one, other), np.minimum(one, other)
    similarity = alike["similarity"].to_numpy()
    languages = documents["language"].rank("dense").cast(pl.Int64).to_numpy()
    undated = documents["day"].to_numpy() == UNDATED
    asked = np.where(languages[later] == languages[earlier], limits.one_language, limits.two_languages)
    margin = similarity - asked - np.where(undated[later] | undated[earlier], limits.undated, 0.0)
    keep = margin >= -limits.slack
    later, earlier, similarity, margin = later[keep], earlier[keep], similarity[keep], margin[keep]
    order = np.lexsort((earlier, later))
    leaders, similarities = kernels.lead(
        _starts(later, documents.height), earlier[order], similarity[order], margin[order], limits.slack
    )
    names = documents["document_id"]
    return pl.DataFrame(
        {"document_id": names, "first": names.gather(leaders), "similarity": pl.Series(similarities).round(6)}
    )


def _starts(numbers: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(numbers, minlength=count), out=starts[1:])
    return starts


def _name(con: duckdb.DuckDBPyConnection, made: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Give stories their ids: `first`, `story_id`.

    Ids live on as `pipeline.identities` says. Others get an id made of their first document's.
    """
    claimed = claims(made, before, "first", "story_id").filter("lives_on").select("first", "story_id")
    named = made.select("first").unique().sort("first").join(claimed, on="first", how="left")
    fresh = _new_ids(con, named.filter(pl.col("story_id").is_null())["first"].to_list())
    return named.with_columns(
        pl.coalesce("story_id", pl.col("first").replace_strict(fresh, default=None, return_dtype=pl.String))
    )


def _new_ids(con: duckdb.DuckDBPyConnection, firsts: list[str]) -> dict[str, str]:
    """Return an id that no story has, or had until now, for each first document."""
    made: dict[str, str] = {}
    attempt = 0
    while firsts:
        ids = {first: "s" + hashlib.sha256(f"{first}\x1f{attempt}".encode()).hexdigest()[:16] for first in firsts}
        with registered(con, _ids=pl.DataFrame({"story_id": list(ids.values())})):
            taken = {
                row[0]
                for row in con.execute(
                    "SELECT story_id FROM _ids SEMI JOIN stories.stories USING (story_id)"
                ).fetchall()
            }
        made |= {first: name for first, name in ids.items() if name not in taken}
        firsts = [first for first, name in ids.items() if name in taken]
        attempt += 1
    return made
