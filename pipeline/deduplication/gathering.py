"""Compiled loops over pairs: what they join, round-ups, and the gathering of clusters.

Belongs here: what must run once per pair. Does not belong here: what counts as a pair (`clusters`).
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"
# Numba infers these functions' types from their calls.

from __future__ import annotations

import heapq

import numpy as np
from numba import njit

NEAR = 1
"""In `lead`: the pair is near."""
CONTAINED = 2
"""In `lead`: one of the pair is contained in the other."""


@njit(cache=True)
def _root(parents, x):
    while parents[x] != x:
        parents[x] = parents[parents[x]]
        x = parents[x]
    return x


@njit(cache=True)
def components(first, second, count):
    """Return for each of `count` things the least one it is joined with by pairs of `first` and `second`."""
    parents = np.arange(count)
    for i in range(len(first)):
        _join(parents, first[i], second[i])
    for x in range(count):
        parents[x] = _root(parents, x)
    return parents


@njit(cache=True)
def joined(first, second, touched):
    """Return the names in `touched` and all that pairs join to them, over others too; and which pairs are theirs."""
    size = 64
    while size < 2 * (2 * len(first) + len(touched)) + 2:
        size *= 2
    places = np.full(size, -1, np.int64)
    names = np.empty(2 * len(first) + len(touched), np.uint64)
    count = 0
    one = np.empty(len(first), np.int64)
    two = np.empty(len(first), np.int64)
    asked = np.empty(len(touched), np.int64)
    for i in range(len(first)):
        count = _number(first[i], places, names, count, one, i)
        count = _number(second[i], places, names, count, two, i)
    for i in range(len(touched)):
        count = _number(touched[i], places, names, count, asked, i)
    parents = components(one, two, count)
    is_open = np.zeros(count, np.bool_)
    for x in asked:
        is_open[parents[x]] = True
    roots = parents[one]
    return names[:count][is_open[parents]], is_open[roots]


@njit(cache=True)
def _number(name, places, names, count, numbers, i):
    """Give a name its number, the next where it is new; return how many have one."""
    mask = np.uint64(len(places) - 1)
    slot = name & mask  # names are hashes
    while places[slot] >= 0 and names[places[slot]] != name:
        slot = (slot + np.uint64(1)) & mask
    if places[slot] < 0:
        places[slot] = count
        names[count] = name
        count += 1
    numbers[i] = places[slot]
    return count


@njit(cache=True)
def _join(parents, x, y):
    """Join two groups; return 1 if they were two."""
    one = _root(parents, x)
    two = _root(parents, y)
    if one == two:
        return 0
    parents[max(one, two)] = min(one, two)
    return 1


@njit(cache=True)
def roundups(starts, others, holds, sizes, outweighs):
    """Say which texts hold two or more texts that have nothing to do with each other, and what stays theirs.

    Args:
        starts: Where each text's links begin in the arrays of links, and where the last's end.
        others: For each link the other text, rising within each text.
        holds: For each link whether this text is the larger and holds most of the other.
        sizes: Letters of each text.
        outweighs: A text that holds one this many times as large as all the others together is no round-up:
            it is an article beside which, or in which, something short stands that also stands alone.

    Returns:
        A mask of links: the other text has nothing to do with what this one mainly is.
    """
    count = len(starts) - 1
    answer = np.zeros(count, np.bool_)
    apart = np.zeros(len(others), np.bool_)
    group = np.full(count, -1, np.int64)
    largest = np.zeros(count, np.int64)
    for text in np.argsort(sizes, kind="mergesort"):  # what it holds is smaller, hence decided before it
        held = 0
        for e in range(starts[text], starts[text + 1]):
            if holds[e] and not answer[others[e]]:
                group[others[e]] = others[e]
                held += 1
        groups = held
        if held > 1:
            for e in range(starts[text], starts[text + 1]):
                x = others[e]
                if group[x] < 0:
                    continue
                if starts[x + 1] - starts[x] > starts[text + 1] - starts[text]:
                    # A text with very many links: look its few companions up instead of walking them all.
                    for f in range(starts[text], starts[text + 1]):
                        y = others[f]
                        if y != x and group[y] >= 0:
                            at = starts[x] + np.searchsorted(others[starts[x] : starts[x + 1]], y)
                            if at < starts[x + 1] and others[at] == y:
                                groups -= _join(group, x, y)
                else:
                    for f in range(starts[x], starts[x + 1]):
                        y = others[f]
                        if y != text and group[y] >= 0:
                            groups -= _join(group, x, y)
        if groups > 1:
            total = 0
            main = np.int64(-1)
            for e in range(starts[text], starts[text + 1]):
                if group[others[e]] >= 0:
                    root = _root(group, others[e])
                    grown = max(largest[root], sizes[others[e]])
                    total += grown - largest[root]
                    largest[root] = grown
                    if main < 0 or largest[root] > largest[main]:
                        main = root
            answer[text] = largest[main] < outweighs * (total - largest[main])
            for e in range(starts[text], starts[text + 1]):
                x = others[e]
                apart[e] = answer[text] or group[x] < 0 or _root(group, x) != main
            for e in range(starts[text], starts[text + 1]):
                largest[others[e]] = 0
        for e in range(starts[text], starts[text + 1]):
            group[others[e]] = -1
    return apart


@njit(cache=True)
def lead(starts, others, kinds, similarities):
    """Gather texts around the first of each cluster.

    Texts are numbered in the order in which they would be kept. The first one free leads; a text joins it
    if the two were compared and a path of links leads from one to the other over texts that joined. So
    no chain carries a text to a leader it has little in common with.

    Args:
        starts: Where each text's compared pairs begin, and where the last's end.
        others: For each pair the other text.
        kinds: NEAR or CONTAINED where the pair is a link, 0 where it was only compared.
        similarities: How alike the two are.

    Returns:
        For each text its leader (itself where it has none), and the kind and the similarity of the pair of
        the two or, where that is no link, of the weakest link on the widest path between them.
    """
    count = len(starts) - 1
    leaders = np.arange(count)
    free = np.ones(count, np.bool_)
    kind = np.zeros(count, np.int8)
    similarity = np.ones(count, np.float64)
    known = np.full(count, -1, np.int64)
    width = np.zeros(count, np.float64)  # weakest link of the widest path to the leader at hand
    weakest = np.zeros(count, np.int8)  # its kind
    for leader in range(count):
        if not free[leader]:
            continue
        free[leader] = False
        heap = [(0.0, np.int64(0))]
        heap.pop()
        for e in range(starts[leader], starts[leader + 1]):
            x = others[e]
            if not free[x]:
                continue
            known[x] = leader
            width[x] = 0.0
            if kinds[e] != 0:
                leaders[x] = leader
                free[x] = False
                kind[x] = kinds[e]
                similarity[x] = similarities[e]
                weakest[x] = kinds[e]
                width[x] = similarities[e]
                heap.append((-similarities[e], x))
        heapq.heapify(heap)
        while len(heap) > 0:
            negative, x = heapq.heappop(heap)
            if -negative < width[x]:
                continue
            if free[x]:
                leaders[x] = leader
                free[x] = False
                kind[x] = weakest[x]
                similarity[x] = width[x]
            for e in range(starts[x], starts[x + 1]):
                y = others[e]
                if kinds[e] == 0 or known[y] != leader:
                    continue
                least = min(width[x], similarities[e])
                if least > width[y]:
                    weakest[y] = kinds[e] if similarities[e] <= width[x] else weakest[x]
                    width[y] = least
                    heapq.heappush(heap, (-least, y))
    return leaders, kind, similarity


@njit(cache=True)
def present(asked, values):
    """Return those of the names `asked`, all different, that stand in `values`."""
    size = 64
    while size < 2 * len(asked) + 2:
        size *= 2
    mask = np.uint64(size - 1)
    one = np.uint64(1)
    places = np.full(size, -1, np.int64)
    for i in range(len(asked)):
        slot = asked[i] & mask
        while places[slot] >= 0:
            slot = (slot + one) & mask
        places[slot] = i
    answer = np.zeros(len(asked), np.bool_)
    for value in values:
        slot = value & mask
        while places[slot] >= 0 and asked[places[slot]] != value:
            slot = (slot + one) & mask
        if places[slot] >= 0:
            answer[places[slot]] = True
    return asked[answer]
