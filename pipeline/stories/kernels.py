"""Compiled loops that compare documents by their features and gather them into stories.

Belongs here: what runs once per feature of a document. Does not belong here: frames, features, ids.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
# Numba infers these functions' types from their calls.

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def similar(
    starts, features, weights, document_starts, documents, document_weights, languages, days, window, common, floors
):
    """Find pairs of documents alike enough to matter.

    Documents are numbered in the order of their day, undated ones last. A document looks for others by its
    rarest features, until what is left of it is too little to reach the floor alone: so no pair is missed
    but by `common` (Bayardo, Ma and Srikant, WWW 2007).

    Args:
        starts: Where each document's features begin, and where the last's end.
        features: Numbers of features, rising within each document.
        weights: Their weights; each document's squares sum to one.
        document_starts: Where each feature's documents begin, and where the last's end.
        documents: The documents of each feature, rising.
        document_weights: Their weights.
        languages: A number per document.
        days: Days since some day, -1 where unknown.
        window: Most days between two documents of a story.
        common: Features of more documents within the window than this find no pairs; they count where
            others did.
        floors: Least similarity of a pair of one language, and of two; above 1 for none at all.

    Returns:
        Pairs as arrays: the later document, the earlier one, their similarity. Sorted by the later.
    """
    count = len(starts) - 1
    scores = np.zeros(count, np.float64)
    touched = np.empty(count, np.int64)
    own = np.zeros(len(document_starts), np.float64)
    later = [np.int64(0) for _ in range(0)]
    earlier = [np.int64(0) for _ in range(0)]
    values = [0.0 for _ in range(0)]
    floor = min(floors[0], floors[1])
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
        size = starts[x + 1] - starts[x]
        spread = np.empty(size, np.int64)
        left = 0.0
        for e in range(size):
            f = features[starts[x] + e]
            spread[e] = document_starts[f + 1] - document_starts[f]
            own[f] = weights[starts[x] + e]
            left += own[f] * own[f]
        met = 0
        passed = 0.0  # what features passed over may still add
        for e in np.argsort(spread, kind="mergesort"):
            if left < floor * floor:
                break
            f = features[starts[x] + e]
            left -= own[f] * own[f]
            begin, end = document_starts[f], document_starts[f + 1]
            at = begin + np.searchsorted(documents[begin:end], least)
            stop = begin + np.searchsorted(documents[begin:end], x)
            if stop - at > common:
                passed += own[f] * own[f]
                continue
            for i in range(at, stop):
                y = documents[i]
                if floors[0 if languages[x] == languages[y] else 1] > 1.0:
                    continue
                if scores[y] == 0.0:
                    touched[met] = y
                    met += 1
                scores[y] += own[f] * document_weights[i]
        rest = np.sqrt(max(left, 0.0) + passed)
        for i in range(met):
            y = touched[i]
            asked = floors[0 if languages[x] == languages[y] else 1]
            if scores[y] + rest >= asked:
                total = 0.0
                for e in range(starts[y], starts[y + 1]):
                    total += own[features[e]] * weights[e]
                if total >= asked:
                    later.append(np.int64(x))
                    earlier.append(y)
                    values.append(total)
            scores[y] = 0.0
        for e in range(starts[x], starts[x + 1]):
            own[features[e]] = 0.0
    return np.array(later, np.int64), np.array(earlier, np.int64), np.array(values, np.float64)


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
