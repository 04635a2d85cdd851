"""Linking: the compared pairs, kept true to the texts remembered.

Belongs here: the SQL that finds which texts are to be compared. Does not belong here: comparing them
(`verification`).

Which pairs of texts are compared is a property of the two texts alone: the smaller must have as many of
its probes among the larger's fingerprints as it needs. So it does not depend on when either came. One
exception keeps templates from costs that grow with the square of their number. A fingerprint of
more than `CROWD` texts is common, and finds nothing. A text with fewer common probes than it needs loses
nothing by that: any partner shares another of its probes. The others are *templates* (a price list of every day): they are compared
with what shares a probe that is not common, and with the earliest `HUBS` templates of each common one.
Which texts these are depends on all others, so pairs whose smaller text is a template are decided anew by every call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import duckdb

from pipeline.deduplication import verification
from pipeline.deduplication.tables import count

CROWD: Final = 64
"""A fingerprint of more texts than this is common."""
HUBS: Final = 4
"""Templates of a crowd that each of the others is compared with: the earliest."""
MANY: Final = 10
"""From one new text in this many on, all fingerprints are read instead of those that new texts share."""

_TEMPLATES: Final = "SELECT text_id FROM deduplication.texts WHERE common_probes >= needed_probes"


def link(
    connection: duckdb.DuckDBPyConnection,
    bodies: str,
    *,
    progress: Callable[[int, int], None] | None = None,
    crowd: int = CROWD,
    hubs: int = HUBS,
    many: int = MANY,
) -> int:
    """Bring the compared pairs up to date with the texts remembered.

    Call it inside a transaction, after all of `remember` and `forget`.

    Args:
        connection: Holds the stage's tables.
        bodies: SQL that gives `document_id` and `body` of every document remembered, as it was signed.
        progress: Told how many of how many pairs are verified.
        crowd: See `CROWD`.
        hubs: See `HUBS`.
        many: See `MANY`.

    Returns:
        How many texts came or went since the last call.
    """
    con = connection
    _make(con, "_gone", "SELECT text_id FROM deduplication.texts ANTI JOIN deduplication.documents USING (text_id)")
    _make(con, "_fresh", "SELECT text_id FROM deduplication.texts WHERE NOT is_linked")
    _make(con, "_former_templates", f"{_TEMPLATES} AND is_linked")
    changed = count(con, "_gone") + count(con, "_fresh")
    if changed or count(con, "_former_templates"):
        is_whole = _read_shared(con, many)
        _drop_gone(con)
        _count_common(con, crowd, is_whole)
        _make(
            con,
            "_active",
            f"SELECT text_id FROM _fresh UNION {_TEMPLATES} UNION SELECT text_id FROM _former_templates",
        )
        if not is_whole and count(con, "_active", "text_id NOT IN (SELECT text_id FROM _fresh)"):
            _read_templates(con)
        _find_candidates(con, hubs)
        verification.verify(con, bodies, progress)
        con.execute("INSERT INTO deduplication.touched SELECT text_id FROM _active")
        con.execute("UPDATE deduplication.texts SET is_linked = true WHERE NOT is_linked")
        con.execute("DROP VIEW _shared")
        for table in ("_common", "_active", "_candidates", "_touched_prints", "_shared_prints"):
            con.execute(f"DROP TABLE IF EXISTS {table}")
    for table in ("_gone", "_fresh", "_former_templates"):
        con.execute(f"DROP TABLE {table}")
    return changed


def _make(con: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")


def _read_shared(con: duckdb.DuckDBPyConnection, many: int) -> bool:
    """Make `_touched_prints`, the fingerprints of texts that came or went, and `_shared`, every row with one of them.

    Returns:
        Whether so much is new that `_shared` is all rows instead.
    """
    if count(con, "_fresh") * many > count(con, "deduplication.texts"):
        con.execute("CREATE OR REPLACE TEMP VIEW _shared AS SELECT * FROM deduplication.fingerprints")
        return True
    _make(
        con,
        "_touched_prints",
        "SELECT DISTINCT fingerprint FROM deduplication.fingerprints "
        "WHERE text_id IN (SELECT text_id FROM _fresh UNION ALL SELECT text_id FROM _gone)",
    )
    _make(
        con, "_shared_prints", "SELECT * FROM deduplication.fingerprints SEMI JOIN _touched_prints USING (fingerprint)"
    )
    con.execute("DELETE FROM _shared_prints WHERE text_id IN (SELECT text_id FROM _gone)")
    con.execute("CREATE OR REPLACE TEMP VIEW _shared AS SELECT * FROM _shared_prints")
    return False


def _drop_gone(con: duckdb.DuckDBPyConnection) -> None:
    """Delete the texts no document has any more, and note that their partners' clusters are open."""
    if not count(con, "_gone"):
        return
    con.execute(
        """
        INSERT INTO deduplication.touched
        SELECT text_b FROM deduplication.pairs WHERE text_a IN (SELECT text_id FROM _gone)
        UNION ALL SELECT text_a FROM deduplication.pairs WHERE text_b IN (SELECT text_id FROM _gone)
        """
    )
    for table, column in (("texts", "text_id"), ("fingerprints", "text_id"), ("pairs", "text_a"), ("pairs", "text_b")):
        con.execute(f"DELETE FROM deduplication.{table} WHERE {column} IN (SELECT text_id FROM _gone)")


def _count_common(con: duckdb.DuckDBPyConnection, crowd: int, is_whole: bool) -> None:
    """Bring `deduplication.common` and the texts' counts of common probes up to date."""
    _make(con, "_common", f"SELECT fingerprint FROM _shared GROUP BY fingerprint HAVING count(*) > {crowd}")
    # Texts that were there gain or lose what changed; new texts have all that is common.
    con.execute(
        """
        UPDATE deduplication.texts AS t SET common_probes = t.common_probes + c.change
        FROM (
            SELECT text_id, sum(now.fingerprint IS NOT NULL)::INTEGER
                - sum(f.text_id NOT IN (SELECT text_id FROM _fresh) AND before.fingerprint IS NOT NULL)::INTEGER AS change
            FROM _shared AS f
            LEFT JOIN _common AS now USING (fingerprint)
            LEFT JOIN deduplication.common AS before USING (fingerprint)
            WHERE f.is_probe AND (now.fingerprint IS NOT NULL OR before.fingerprint IS NOT NULL)
            GROUP BY text_id
        ) AS c
        WHERE t.text_id = c.text_id AND c.change <> 0
        """
    )
    counted = "true" if is_whole else "fingerprint IN (SELECT fingerprint FROM _touched_prints)"
    con.execute(f"DELETE FROM deduplication.common WHERE {counted}")
    con.execute("INSERT INTO deduplication.common SELECT fingerprint FROM _common")


def _read_templates(con: duckdb.DuckDBPyConnection) -> None:
    """Add to `_shared` the rows with a probe of a text that is or was a template: its pairs are all due."""
    con.execute(
        """
        INSERT INTO _shared_prints
        SELECT * FROM deduplication.fingerprints
        WHERE fingerprint IN (SELECT fingerprint FROM deduplication.fingerprints
                              WHERE is_probe AND text_id IN (SELECT text_id FROM _active))
        AND fingerprint NOT IN (SELECT fingerprint FROM _touched_prints)
        """
    )


def _find_candidates(con: duckdb.DuckDBPyConnection, hubs: int) -> None:
    """Make `_candidates`: pairs of a smaller and a larger text that are due to be compared.

    `is_asked` says whether it is still open if the smaller has as many probes in the larger as it needs:
    common probes are not looked for here, so they count as found. Drops the pairs of templates that are
    no more due.
    """
    _make(
        con,
        "_candidates",
        f"""
        WITH probes AS (
            SELECT f.fingerprint, f.text_id, t.letter_count, t.text_id IN (SELECT text_id FROM _active) AS active,
                t.needed_probes - t.common_probes AS needed, t.common_probes > 0 AS is_asked
            FROM _shared AS f JOIN deduplication.texts AS t USING (text_id)
            WHERE f.is_probe AND f.fingerprint NOT IN (SELECT fingerprint FROM deduplication.common)
        ),
        prints AS (
            SELECT f.fingerprint, f.text_id, t.letter_count, NOT t.is_linked AS fresh
            FROM _shared AS f JOIN deduplication.texts AS t USING (text_id)
        ),
        firsts AS (
            SELECT text_id, min((coalesce(moment, 'infinity'), document_id)) AS first
            FROM deduplication.documents WHERE text_id IN ({_TEMPLATES}) GROUP BY text_id
        ),
        crowds AS (
            SELECT f.fingerprint, f.text_id, t.letter_count,
                row_number() OVER (
                    PARTITION BY f.fingerprint ORDER BY d.first[1], t.letter_count DESC, d.first[2]
                ) AS place
            FROM _shared AS f
            JOIN deduplication.texts AS t USING (text_id)
            JOIN firsts AS d USING (text_id)
            WHERE f.is_probe AND f.fingerprint IN (SELECT fingerprint FROM deduplication.common)
        )
        SELECT a.text_id AS text_a, b.text_id AS text_b, any_value(a.is_asked) AS is_asked
        FROM probes AS a JOIN prints AS b USING (fingerprint)
        WHERE (b.letter_count, b.text_id) > (a.letter_count, a.text_id) AND (a.active OR b.fresh)
        GROUP BY a.text_id, b.text_id
        HAVING count(*) >= any_value(a.needed)
        UNION
        SELECT if(x.hub_smaller, x.hub, x.other), if(x.hub_smaller, x.other, x.hub), true
        FROM (SELECT h.text_id AS hub, o.text_id AS other,
                     (h.letter_count, h.text_id) < (o.letter_count, o.text_id) AS hub_smaller
              FROM crowds AS h JOIN crowds AS o USING (fingerprint)
              WHERE h.place <= {hubs} AND h.text_id <> o.text_id) AS x
        """,
    )
    _make(
        con,
        "_undue",
        "SELECT p.rowid AS place, text_b FROM deduplication.pairs AS p ANTI JOIN _candidates USING (text_a, text_b) "
        "WHERE p.text_a IN (SELECT text_id FROM _active)",
    )
    con.execute("INSERT INTO deduplication.touched SELECT text_b FROM _undue")
    con.execute("DELETE FROM deduplication.pairs WHERE rowid IN (SELECT place FROM _undue)")
    con.execute("DROP TABLE _undue")
