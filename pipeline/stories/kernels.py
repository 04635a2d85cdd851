"""Compiled loops that compare documents by their features and gather them into stories.

Belongs here: what runs once per feature of a document. Does not belong here: frames, features, ids.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
# Numba infers these functions' types from their calls.

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def similar(starts, features, weights, document_starts, documents, languages, days, window, common, floors):
    """Find pairs of documents alike enough to matter.

    Documents are numbered in the order of their day, undated ones last.

    Args:
        starts: Where each document's features begin, and where the last's end.
        features: Numbers of features.
        weights: Their weights; a document's squares sum to one per view.
        document_starts: Where each feature's documents begin, and where the last's end.
        documents: The documents of each feature, rising.
        languages: A number per document.
        days: Days since some day, -1 where unknown.
        window: Most days between two documents of a story.
        common: Features of more documents than this find no pairs; they count where others did.
        floors: Least similarity of a pair of one language, and of two.

    Returns:
        Pairs as arrays: the later document, the earlier one, their similarity. Sorted by the later.
    """
    count = len(starts) - 1
    scores = np.zeros(count, np.float64)
    touched = np.empty(count, np.int64)
    own = np.zeros(len(document_starts), np.float64)
    size = 1024
    later = np.empty(size, np.int64)
    earlier = np.empty(size, np.int64)
    values = np.empty(size, np.float64)
    filled = 0
    first_in_window = 0
    for x in range(count):
        while (
            days[x] >= 0
            and first_in_window < x
            and days[first_in_window] >= 0
            and days[x] - days[first_in_window] > window
        ):
            first_in_window += 1
        least = 0 if days[x] < 0 else first_in_window
        met = 0
        for e in range(starts[x], starts[x + 1]):
            f = features[e]
            own[f] = weights[e]
            begin, end = document_starts[f], document_starts[f + 1]
            at = begin + np.searchsorted(documents[begin:end], least)
            stop = begin + np.searchsorted(documents[begin:end], x)
            if stop - at > common:
                continue
            for i in range(at, stop):
                y = documents[i]
                if scores[y] == 0.0:
                    scores[y] = 1.0
                    touched[met] = y
                    met += 1
        for i in range(met):
            y = touched[i]
            scores[y] = 0.0
            total = 0.0
            for e in range(starts[y], starts[y + 1]):
                total += own[features[e]] * weights[e]
            floor = floors[0] if languages[x] == languages[y] else floors[1]
            if total >= floor:
                if filled == size:
                    size *= 2
                    later = np.concatenate((later, np.empty(filled, np.int64)))
                    earlier = np.concatenate((earlier, np.empty(filled, np.int64)))
                    values = np.concatenate((values, np.empty(filled, np.float64)))
                later[filled] = x
                earlier[filled] = y
                values[filled] = total
                filled += 1
        for e in range(starts[x], starts[x + 1]):
            own[features[e]] = 0.0
    return later[:filled], earlier[:filled], values[:filled]


@njit(cache=True)
def lead(starts, earlier, similarity, margin, slack):
    """Gather documents into stories.

    Args:
        starts: Where each document's pairs with earlier ones begin, and where the last's end.
        earlier: The earlier document of each pair, rising within each document.
        similarity: How alike the pair is.
        margin: How much more alike than asked for.
        slack: A member with this much margin brings a document in that lacks no more to the first.

    Returns:
        For each document its story's first document (itself where it leads), and how alike it is to it.
    """
    count = len(starts) - 1
    leaders = np.arange(count)
    alike = np.ones(count, np.float64)
    brought = np.full(count, -2.0, np.float64)
    for x in range(count):
        best = np.int64(-1)
        best_margin = -2.0
        for e in range(starts[x], starts[x + 1]):
            y = earlier[e]
            brought[leaders[y]] = max(brought[leaders[y]], margin[e])
        for e in range(starts[x], starts[x + 1]):
            y = earlier[e]
            if leaders[y] != y:
                continue
            joins = margin[e] >= 0.0 or (margin[e] >= -slack and brought[y] >= slack)
            if joins and brought[y] > best_margin:
                best = y
                best_margin = brought[y]
        for e in range(starts[x], starts[x + 1]):
            y = earlier[e]
            brought[leaders[y]] = -2.0
            if y == best:
                alike[x] = min(similarity[e], 1.0)
        if best >= 0:
            leaders[x] = best
    return leaders, alike
