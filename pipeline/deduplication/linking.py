"""Linking: the compared pairs, kept true to the texts remembered.

Belongs here: which texts are to be compared. Does not belong here: comparing them (`verification`), the
loops over fingerprints (`joining`).

Which pairs of texts are compared is a property of the two texts alone: the smaller must have as many of
its probes among the larger's fingerprints as it needs. So it does not depend on when either came. One
exception keeps templates from costs that grow with the square of their number. A fingerprint of
more than `CROWD` texts is common, and finds nothing. A text with fewer common probes than it needs loses
nothing by that: any partner shares another of its probes. The others are *templates* (a price list of every day): they are
compared with what shares a probe that is not common, and with the earliest `HUBS` templates of each common one.
Which texts these are depends on all others, so pairs whose smaller text is a template are decided anew by every call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from pipeline.deduplication import verification
from pipeline.deduplication.signatures import needed_probes
from pipeline.frames import column

CROWD: Final = 64
"""A fingerprint of more texts than this is common."""
HUBS: Final = 4
"""Templates of a crowd that each of the others is compared with: the earliest."""
MANY: Final = 10
"""From one new text in this many on, all fingerprints are grouped instead of those that new texts share."""

PART: Final = 4_000_000
"""Fingerprints sorted at a time: bounds memory at sixteen bytes each."""

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int32]


@dataclass(slots=True)
class _Texts:
    """The texts of twenty words and more, in the order of their numbers, in which their fingerprints stand.

    Fingerprints stay in the database until asked for: most additions pass over them once and keep none.
    """

    connection: duckdb.DuckDBPyConnection
    numbers: Numbers
    names: npt.NDArray[np.uint64]
    sizes: Numbers
    probes: Numbers
    counts: Numbers
    fresh: Mask
    starts: npt.NDArray[np.int64]
    _flat: Numbers | None = None

    @property
    def flat(self) -> Numbers:
        """All fingerprints."""
        if self._flat is None:
            self._flat = _fingerprints(self.connection.sql(_FINGERPRINTS).to_arrow_table())
        return self._flat

    @property
    def needed(self) -> Numbers:
        return needed_probes(self.probes)

    @property
    def templates(self) -> Mask:
        answer: Mask = self.counts >= self.needed
        return answer

    def passed_over(self) -> Iterator[tuple[int, Numbers]]:
        """Yield all fingerprints in parts that the processor's cache holds, each with its place among all."""
        begin = 0
        for part in self.connection.sql(_FINGERPRINTS).to_arrow_reader(_CACHED):
            yield begin, part["fingerprint"].to_numpy()
            begin += part.num_rows

    def fingerprints(self, texts: Mask, *, in_order: bool = True) -> Numbers:
        """Return the fingerprints of some texts, one text after the other, or in any order at less cost."""
        if not texts.any():
            return np.zeros(0, np.int32)
        if self._flat is not None:
            return self._flat[np.repeat(texts, np.diff(self.starts))]
        _asked = pl.DataFrame({"number": self.numbers[texts]})
        asked = f"{_FINGERPRINTS} WHERE number IN (SELECT number FROM _asked)"
        return _fingerprints(self.connection.sql(asked + " ORDER BY rowid" * in_order).to_arrow_table())

    def probes_of(self, texts: Mask) -> Numbers:
        """Return the probes of some texts."""
        found = self.fingerprints(texts)
        counts = np.diff(self.starts)[texts]
        steps = np.arange(len(found)) - np.repeat(np.cumsum(counts) - counts, counts)
        probes: Numbers = found[steps < np.repeat(self.probes[texts], counts)]
        return probes


_FINGERPRINTS: Final = "SELECT fingerprint FROM deduplication.fingerprints"
_CACHED: Final = 65_536
"""Fingerprints passed over at a time."""


def _fingerprints(table: pa.Table) -> Numbers:
    found: Numbers = table["fingerprint"].to_numpy()
    return found


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
    gone, former_prints = _drop_gone(con)
    fresh = con.execute("SELECT count(*) FROM deduplication.texts WHERE NOT is_linked").fetchall()[0][0]
    if not con.execute("SELECT 1 FROM deduplication.touched LIMIT 1").fetchall():
        return 0
    texts = _read(con)
    former = texts.templates & ~texts.fresh
    if gone or fresh or former.any():
        wanted = None
        if fresh * many <= len(texts.names):
            wanted = np.concatenate(
                [former_prints, texts.fingerprints(texts.fresh, in_order=False), texts.probes_of(former)]
            )
        pairs, active = _find(con, texts, former, wanted, crowd, hubs)
        if (active & ~texts.fresh).any():  # fresh ones have no pairs yet, and are touched as they came
            pairs = _known_apart(con, pairs, texts.names[active])
        verification.verify(con, bodies, pairs, progress)
        con.execute("UPDATE deduplication.texts SET is_linked = true WHERE NOT is_linked")
    return gone + int(fresh)


def _drop_gone(con: duckdb.DuckDBPyConnection) -> tuple[int, Numbers]:
    """Delete the texts no document has any more; note that their partners' clusters are open.

    Returns:
        How many, and their fingerprints.
    """
    if not con.execute("SELECT 1 FROM deduplication.forgotten LIMIT 1").fetchall():
        return 0, np.zeros(0, np.int32)
    _gone = con.sql(
        """
        SELECT number, text_id FROM deduplication.texts
        WHERE text_id IN (SELECT text_id FROM deduplication.touched)
        AND text_id NOT IN (SELECT text_id FROM deduplication.documents
                            WHERE text_id IN (SELECT text_id FROM deduplication.touched))
        """
    ).pl()
    if _gone.is_empty():
        return 0, np.zeros(0, np.int32)
    former = _fingerprints(con.sql(f"{_FINGERPRINTS} WHERE number IN (SELECT number FROM _gone)").to_arrow_table())
    con.execute(
        """
        INSERT INTO deduplication.touched
        SELECT text_b FROM deduplication.pairs WHERE text_a IN (SELECT text_id FROM _gone)
        UNION ALL SELECT text_a FROM deduplication.pairs WHERE text_b IN (SELECT text_id FROM _gone)
        """
    )
    con.execute("DELETE FROM deduplication.fingerprints WHERE number IN (SELECT number FROM _gone)")
    for table, name in (("texts", "text_id"), ("pairs", "text_a"), ("pairs", "text_b")):
        con.execute(f"DELETE FROM deduplication.{table} WHERE {name} IN (SELECT text_id FROM _gone)")
    return _gone.height, former


def _read(con: duckdb.DuckDBPyConnection) -> _Texts:
    texts = con.sql(
        "SELECT number, text_id, letter_count, probe_count, common_probes, is_linked, fingerprint_count "
        "FROM deduplication.texts WHERE probe_count > 0"
    ).to_arrow_table()
    # Fingerprints are only added and deleted, so they stand in the order of their texts' numbers.
    numbers = texts["number"].to_numpy()
    if (numbers[1:] < numbers[:-1]).any():
        texts = texts.sort_by("number")
    starts = np.zeros(len(numbers) + 1, np.int64)
    np.cumsum(texts["fingerprint_count"].to_numpy(), out=starts[1:])

    def values(name: str) -> Numbers:
        found: Numbers = texts[name].to_numpy()
        return found

    return _Texts(
        connection=con,
        numbers=values("number"),
        names=texts["text_id"].to_numpy(),
        sizes=values("letter_count"),
        probes=values("probe_count"),
        counts=values("common_probes").copy(),
        fresh=~texts["is_linked"].to_numpy(),
        starts=starts,
    )


def _find(
    con: duckdb.DuckDBPyConnection, texts: _Texts, former: Mask, wanted: Numbers | None, crowd: int, hubs: int
) -> tuple[pl.DataFrame, Mask]:
    """Find the pairs that are due, and bring what is common up to date.

    Args:
        con: Holds the stage's tables.
        texts: All of them; their counts of common probes are brought up to date.
        former: Which were templates before.
        wanted: The fingerprints that may have changed; None for all.
        crowd: See `CROWD`.
        hubs: See `HUBS`.

    Returns:
        `text_a`, `text_b`, `a_letters`, `b_letters` of the pairs due; and the texts all of whose pairs are
        due, as the smaller.
    """
    from pipeline.deduplication import joining

    before = column(con, "SELECT fingerprint FROM deduplication.common")
    none = np.zeros(0, np.uint64)
    before_table = joining.table(before) if len(before) else none

    def keys(chosen: Numbers | None) -> Iterator[npt.NDArray[np.uint64]]:
        """Yield all fingerprints in parts, those that are chosen at once."""
        if chosen is None:
            halvings = max(0, (len(texts.flat) // PART).bit_length())
            for part in range(1 << halvings):
                yield joining.part_keys(texts.flat, texts.starts, texts.probes, part, np.uint64(32 - halvings))
        else:
            table = joining.table(chosen)
            seen = joining.bits(table)
            found = [
                joining.wanted_keys(part, begin, texts.starts, texts.probes, table, seen)
                for begin, part in texts.passed_over()
            ]
            yield np.concatenate([none, *found])

    def group(chosen: Numbers | None) -> tuple[Numbers, npt.NDArray[np.int64], Numbers, Mask, Mask]:
        parts = [joining.groups(part, before_table, crowd) for part in keys(chosen)]
        prints, begins, members, common, was = zip(*parts, strict=True)
        ends = np.cumsum([0, *map(len, members)])
        joined = [begin[1:] + end for begin, end in zip(begins, ends[:-1], strict=True)]
        return (
            np.concatenate(prints), np.concatenate([[0], *joined]), np.concatenate(members),
            np.concatenate(common), np.concatenate(was),
        )  # fmt: skip

    prints, begins, members, common, was = group(wanted)
    counts = texts.counts.copy()
    joining.count_common(begins, members, common, was, texts.fresh, texts.counts)
    _remember_common(con, texts, counts, prints[common], before, wanted)
    templates = texts.templates
    active = texts.fresh | templates | former
    if wanted is not None and (templates & ~former & ~texts.fresh).any():
        # All pairs of what has become a template are due.
        wanted = np.concatenate([wanted, texts.probes_of(templates)])
        prints, begins, members, common, was = group(wanted)
    shared = (texts.sizes, texts.names, texts.needed)
    found = joining.candidates(begins, members, common, active, texts.fresh, *shared, texts.counts)
    unsure = texts.counts[found[:, 0]] > 0
    if unsure.any():
        asked = np.zeros(len(texts.names), np.bool_)
        asked[found[unsure]] = True
        lengths = np.where(asked, np.diff(texts.starts), 0)
        is_due = ~unsure
        is_due[unsure] = joining.finds(
            texts.fingerprints(asked),
            np.concatenate([[0], np.cumsum(lengths)]),
            texts.probes,
            found[unsure],
            texts.needed,
        )
        found = found[is_due]
    if templates.any():
        of_hubs = joining.hub_candidates(
            begins, members, common, templates, _ranks(con, texts, templates), hubs, *shared,
            texts.flat, texts.starts, texts.probes,
        )  # fmt: skip
        found = np.unique(np.concatenate([found, of_hubs]).view(np.int64)).view(np.int32).reshape(-1, 2)
    a, b = found.T
    pairs = pl.DataFrame(
        {
            "text_a": texts.names[a],
            "text_b": texts.names[b],
            "a_letters": texts.sizes[a],
            "b_letters": texts.sizes[b],
            "came": np.minimum(a, b),
        }
    )
    return pairs, active


def _remember_common(
    con: duckdb.DuckDBPyConnection,
    texts: _Texts,
    counts: Numbers,
    common: Numbers,
    before: Numbers,
    wanted: Numbers | None,
) -> None:
    """Write which fingerprints are common, and the counts that differ from `counts`."""
    # The fingerprints looked at that were common and are no more, and those that are and were not.
    stale = np.setdiff1d(before if wanted is None else before[np.isin(before, wanted)], common)
    if len(stale):
        _stale = pl.DataFrame({"fingerprint": stale})
        con.execute("DELETE FROM deduplication.common WHERE fingerprint IN (SELECT fingerprint FROM _stale)")
    new = np.setdiff1d(common, before)
    if len(new):
        _common = pl.DataFrame({"fingerprint": new})
        con.execute("INSERT INTO deduplication.common SELECT fingerprint FROM _common")
    differs = texts.counts != counts
    if differs.any():
        _changed = pl.DataFrame({"text_id": texts.names[differs], "common_probes": texts.counts[differs]})
        con.execute(
            "UPDATE deduplication.texts AS t SET common_probes = c.common_probes FROM _changed AS c "
            "WHERE t.text_id = c.text_id"
        )


def _ranks(con: duckdb.DuckDBPyConnection, texts: _Texts, templates: Mask) -> npt.NDArray[np.int64]:
    """Return for each text the place at which it would be kept among the templates."""
    _templates = pl.DataFrame({"text_id": texts.names[templates], "letters": texts.sizes[templates]})
    ordered = con.sql(
        """
        SELECT text_id FROM (
            SELECT text_id, any_value(letters) AS letters,
                min((coalesce(moment, 'infinity'), document_id)) AS first
            FROM deduplication.documents JOIN _templates USING (text_id) GROUP BY text_id
        ) ORDER BY first[1], letters DESC, first[2]
        """
    ).pl()
    by_name = ordered.with_row_index("rank").sort("text_id")
    places = np.searchsorted(by_name["text_id"].to_numpy(), texts.names[templates])
    ranks = np.full(len(templates), ordered.height, np.int64)
    ranks[templates] = by_name["rank"].to_numpy()[places]
    return ranks


def _known_apart(con: duckdb.DuckDBPyConnection, pairs: pl.DataFrame, active: npt.NDArray[np.uint64]) -> pl.DataFrame:
    """Return the pairs that are not stored; delete those stored of active texts that are no more due."""
    _candidates, _active = pairs, pl.DataFrame({"text_id": active})
    _undue = con.sql(
        "SELECT p.rowid AS place, text_b FROM deduplication.pairs AS p ANTI JOIN _candidates USING (text_a, text_b) "
        "WHERE p.text_a IN (SELECT text_id FROM _active)"
    ).pl()
    con.execute("INSERT INTO deduplication.touched SELECT text_b FROM _undue UNION ALL SELECT text_id FROM _active")
    con.execute("DELETE FROM deduplication.pairs WHERE rowid IN (SELECT place FROM _undue)")
    unknown: pl.DataFrame = con.sql(
        "SELECT * FROM _candidates ANTI JOIN deduplication.pairs USING (text_a, text_b)"
    ).pl()
    return unknown
