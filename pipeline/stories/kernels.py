"""Compiled loops that compare documents by their features and gather them into stories.

Belongs here: what runs once per feature of a document. Does not belong here: frames, tables, ids.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc, assignment"
# Numba infers these functions' types from their calls.

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def candidates(
    starts,
    features,
    weights,
    places,
    turns,
    postings,
    posted,
    posted_weights,
    days,
    languages,
    undated,
    window,
    across,
    least,
):
    """Find pairs of documents that may be alike enough to matter.

    Documents come in their turn, and look by their probes for all others that share one. What a document has
    beside its probes can add no more than its length, so no pair is missed (after Bayardo, Ma and Srikant, WWW 2007).

    Args:
        starts: Where the probes of each document that looks for others begin, and where the last's end.
        features: Numbers of features.
        weights: Their weights.
        places: The number of each document that looks, among all documents here.
        turns: For each document here its turn to look, -1 for none: of two that look, the later finds the other.
        postings: Where each feature's documents begin, and where the last's end.
        posted: The documents of each feature.
        posted_weights: The feature's weights in them.
        days: Days since 1970 of each document here, `undated` where unknown.
        languages: A number for each.
        undated: See `days`.
        window: Most days between two documents of a story.
        across: Whether pairs of two languages are looked for, or of one.
        least: Least product of a candidate's probes with the other.

    Returns:
        Pairs as two arrays of numbers of documents.
    """
    count = len(days)
    scores = np.zeros(count, np.float64)
    touched = np.empty(count, np.int64)
    ones = [np.int64(0) for _ in range(0)]
    others = [np.int64(0) for _ in range(0)]
    for x in range(len(starts) - 1):
        own = places[x]
        met = 0
        for e in range(starts[x], starts[x + 1]):
            f = features[e]
            for i in range(postings[f], postings[f + 1]):
                y = posted[i]
                if (languages[y] != languages[own]) != across:
                    continue
                # Itself, or one whose turn comes later and that will find this one.
                if turns[y] >= turns[own]:
                    continue
                if days[own] != undated and days[y] != undated and abs(days[own] - days[y]) > window:
                    continue
                if scores[y] == 0.0:
                    touched[met] = y
                    met += 1
                scores[y] += weights[e] * posted_weights[i]
        for i in range(met):
            y = touched[i]
            if scores[y] >= least:
                ones.append(own)
                others.append(y)
            scores[y] = 0.0
    return np.array(ones, np.int64), np.array(others, np.int64)


@njit(cache=True)
def products(starts, features, weights, ones, others):
    """Return the products of pairs of vectors.

    Args:
        starts: Where each document's features begin, and where the last's end.
        features: Its features, rising.
        weights: Their weights.
        ones: A document of each pair.
        others: The other.

    Returns:
        One product per pair; the same whichever comes first.
    """
    out = np.zeros(len(ones), np.float64)
    for p in range(len(ones)):
        i, j = starts[ones[p]], starts[others[p]]
        end_i, end_j = starts[ones[p] + 1], starts[others[p] + 1]
        total = 0.0
        while i < end_i and j < end_j:
            if features[i] == features[j]:
                total += np.float64(weights[i]) * np.float64(weights[j])
                i += 1
                j += 1
            elif features[i] < features[j]:
                i += 1
            else:
                j += 1
        out[p] = total
    return out


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
