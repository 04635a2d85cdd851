"""Pairs: documents alike enough to matter to any story, kept true to the documents present.

Belongs here: finding and measuring the pairs of documents that are new or changed.
Does not belong here: what a vector is (`features`), which pairs make a story (`grouping`).

Whether two documents are a pair, and how alike they are, is a property of the two alone: of their vectors, languages
and days. So a document that comes, changes or goes touches its own pairs and no others, and any sequence of runs that
ends with the same documents ends with the same pairs.
"""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.frames import registered
from pipeline.stories.features import REST
from pipeline.stories.tables import UNDATED

WINDOW_DAYS: Final = 3
"""Most days between two documents of a story."""
FLOORS: Final = (0.4, 0.34)
"""Least similarity of a pair of one language, and of two."""
BATCH: Final = 10_000
"""Documents compared at a time: what bounds memory."""
_SLIP: Final = 1e-6
"""More than sums of floats in another order can differ by."""


def compare(connection: duckdb.DuckDBPyConnection) -> int:
    """Find the pairs of the documents in the temporary table `_fresh` (`key`) with all in `stories.documents`.

    Pairs that these documents had before must have been deleted.

    Returns:
        How many pairs were found.
    """
    con = connection
    main = con.execute("SELECT mode(language ORDER BY language) FROM stories.documents").fetchall()[0][0]
    # In the order of days, so that a batch is compared with few others.
    order = con.sql(
        "SELECT key, day, language FROM stories.documents SEMI JOIN _fresh USING (key) ORDER BY day, key"
    ).pl()
    if order.is_empty():
        return 0
    order = order.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("turn"))
    undated, of_main = pl.col("day") == UNDATED, pl.col("language") == main
    found = 0
    with registered(con, _turns=order.select("key", "turn")):
        for day in (undated, ~undated):
            for batch in order.filter(day).iter_slices(BATCH):
                found += _compare_batch(con, batch, across=False, others="true")
                # Most documents have one language and most corpora little else: there, the few others are looked for.
                found += _compare_batch(con, batch.filter(of_main), across=True, others=f"language <> '{main}'")
                found += _compare_batch(con, batch.filter(~of_main), across=True, others="true")
    return found


def _compare_batch(con: duckdb.DuckDBPyConnection, batch: pl.DataFrame, *, across: bool, others: str) -> int:
    """Compare some documents with those others that a condition on their vectors names."""
    from pipeline.stories import kernels

    vector = "across" if across else "within"
    with registered(con, _looking=batch.select("key", "turn")):
        probes = con.sql(
            f"SELECT l.turn, key, feature, {vector} AS weight, day FROM stories.vectors JOIN _looking AS l USING (key) "
            f"WHERE probe_{vector} ORDER BY l.turn, feature"
        ).pl()
    posted = _posted(con, probes, vector, others)
    if posted.is_empty():
        return 0
    # Every document met, in the order of its key. Copies have vectors, and are in no pair.
    met_keys = np.unique(np.concatenate([posted["key"].to_numpy(), probes["key"].to_numpy()]))
    with registered(con, _met=pl.DataFrame({"key": met_keys})):
        met = con.sql(
            "SELECT key, d.day, d.language, coalesce(t.turn, -1) AS turn FROM _met JOIN stories.documents AS d USING (key) "
            "LEFT JOIN _turns AS t USING (key) ORDER BY key"
        ).pl()
    keys = met["key"].to_numpy()
    features, numbers = np.unique(probes["feature"].to_numpy(), return_inverse=True)
    places = np.searchsorted(keys, posted["key"].to_numpy())
    posted_features = np.searchsorted(features, posted["feature"].to_numpy())
    by_feature = np.flatnonzero(keys[np.minimum(places, len(keys) - 1)] == posted["key"].to_numpy())
    by_feature = by_feature[np.argsort(posted_features[by_feature], kind="stable")]
    _, first = np.unique(probes["turn"].to_numpy(), return_index=True)
    ones, twos = kernels.candidates(
        np.append(first, probes.height).astype(np.int64),
        numbers.astype(np.int64),
        probes["weight"].to_numpy(),
        np.searchsorted(keys, probes["key"].to_numpy()[first]),
        met["turn"].to_numpy(),
        _starts(posted_features[by_feature], len(features)),
        places[by_feature],
        posted["weight"].to_numpy()[by_feature],
        met["day"].cast(pl.Int64).to_numpy(),
        met["language"].rank("dense").cast(pl.Int64).to_numpy(),
        UNDATED,
        WINDOW_DAYS,
        across,
        FLOORS[across] - REST - _SLIP,
    )
    return _keep(con, keys, ones, twos, vector, FLOORS[across])


def _posted(con: duckdb.DuckDBPyConnection, probes: pl.DataFrame, vector: str, others: str) -> pl.DataFrame:
    """Return `feature`, `key`, `weight` of every document near in time that has one of the probes."""
    wanted = probes.select("feature", "day").unique()
    if wanted.is_empty() or wanted["day"][0] == UNDATED:  # compared with all days
        near, on = wanted.select("feature").unique(), "feature"
    else:
        days = [pl.col("day") + shift for shift in range(-WINDOW_DAYS, WINDOW_DAYS + 1)]
        shifted = pl.concat_list(*days, pl.lit(UNDATED)).alias("day")
        near, on = wanted.select("feature", shifted).explode("day").unique(), "feature, day"
    with registered(con, _near=near):
        found: pl.DataFrame = con.sql(
            f"SELECT feature, key, {vector} AS weight FROM stories.vectors SEMI JOIN _near USING ({on}) "
            f"WHERE {vector} > 0 AND {others}"
        ).pl()
    return found


def _keep(
    con: duckdb.DuckDBPyConnection,
    keys: npt.NDArray[np.uint64],
    ones: npt.NDArray[np.int64],
    others: npt.NDArray[np.int64],
    vector: str,
    floor: float,
) -> int:
    """Measure candidates and store those alike enough; return how many."""
    from pipeline.stories import kernels

    if not len(ones):
        return 0
    with registered(con, _wanted=pl.DataFrame({"key": keys[np.unique(np.concatenate([ones, others]))]})):
        vectors = con.sql(
            f"SELECT key, feature, {vector} AS weight FROM stories.vectors SEMI JOIN _wanted USING (key) "
            f"WHERE {vector} > 0 ORDER BY key, feature"
        ).pl()
    numbers = np.searchsorted(keys, vectors["key"].to_numpy())
    similarity = kernels.products(
        _starts(numbers, len(keys)), vectors["feature"].to_numpy(), vectors["weight"].to_numpy(), ones, others
    )
    alike = similarity >= floor
    one, other = keys[ones[alike]], keys[others[alike]]
    pairs = pl.DataFrame(
        {"key_a": np.minimum(one, other), "key_b": np.maximum(one, other), "similarity": similarity[alike]}
    )
    with registered(con, _pairs=pairs):
        con.execute("INSERT INTO stories.pairs FROM _pairs")
    return pairs.height


def _starts(numbers: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """Return where each number begins in a sorted array of numbers under `count`, and where the last ends."""
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(numbers, minlength=count), out=starts[1:])
    return starts
