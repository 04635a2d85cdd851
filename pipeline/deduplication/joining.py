"""Compiled loops over fingerprints: which texts share them, and which pairs of texts that makes.

The fingerprints of all texts lie in one array, each text's probes first, and `starts` says where each text
begins and the last ends. A *group* is the texts that share one fingerprint; a member of it is a text's
number, doubled, plus one where the fingerprint is a probe of the text.

Belongs here: what must run once per fingerprint. Does not belong here: reading and writing tables (`linking`).
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc, assignment"
# Numba infers these functions' types from their calls.

from __future__ import annotations

import numpy as np
from numba import njit

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)
_S3 = np.uint64(3)
_S7 = np.uint64(7)
_S32 = np.uint64(32)
_KNOWN = np.uint64(1 << 32)
_LOW32 = np.uint64(0xFFFFFFFF)
_BLOCK = 8192


@njit(cache=True)
def table(values):
    """Return a set of fingerprints as a hash table; no place is more than half full."""
    size = 64
    while size < 2 * len(values) + 2:
        size *= 2
    slots = np.zeros(size, np.uint64)
    mask = np.uint64(size - 1)
    for v in values:
        key = np.uint64(np.uint32(v)) | _KNOWN
        slot = key * _FACTOR >> _S32 & mask
        while slots[slot] != 0 and slots[slot] != key:
            slot = (slot + _ONE) & mask
        slots[slot] = key
    return slots


@njit(cache=True, inline="always")
def _in(slots, key):
    mask = np.uint64(len(slots) - 1)
    slot = key * _FACTOR >> _S32 & mask
    while slots[slot] != 0:
        if slots[slot] == key:
            return True
        slot = (slot + _ONE) & mask
    return False


@njit(cache=True)
def _sort(keys, scratch):
    """Sort by the upper 32 bits, one digit after the other; return the array that holds the result."""
    counts = np.empty(2049, np.int64)
    for shift, bits in ((32, 11), (43, 11), (54, 10)):
        by = np.uint64(shift)
        mask = np.uint64((1 << bits) - 1)
        counts[:] = 0
        for key in keys:
            counts[np.int64(key >> by & mask) + 1] += 1
        for digit in range(1 << bits):
            counts[digit + 1] += counts[digit]
        for key in keys:
            digit = np.int64(key >> by & mask)
            scratch[counts[digit]] = key
            counts[digit] += 1
        keys, scratch = scratch, keys
    return keys


@njit(cache=True)
def bits(wanted):
    """Return a bit for each fingerprint of a table, by the upper bits of its hash.

    They tell nearly all fingerprints that are not wanted, in less room than the table.
    """
    size = min(4 * len(wanted), 1 << 22)  # powers of two
    answer = np.zeros(size, np.uint8)
    away = _unused(answer)
    for key in wanted:
        if key != 0:
            x = np.int64(key * _FACTOR >> away)
            answer[x >> 3] |= 1 << (x & 7)
    return answer


@njit(cache=True)
def _unused(seen):
    """Return how many lower bits of a hash say nothing of its place in `seen`."""
    away = np.uint64(61)
    size = 1
    while size < len(seen):
        size *= 2
        away -= _ONE
    return away


@njit(cache=True)
def part_keys(flat, starts, probe_counts, part, away):
    """Return a sortable key of every fingerprint of one part.

    Args:
        flat: Fingerprints of all texts.
        starts: Where each text's begin, and where the last's end.
        probe_counts: How many of each text's are probes.
        part: Which part: what stands in a fingerprint's upper bits.
        away: How many bits are not among those.
    """
    # Room for all of them: what is not written costs no memory.
    keys = np.empty(len(flat), np.uint64)
    n = 0
    for t in range(len(starts) - 1):
        probes = starts[t] + probe_counts[t]
        for i in range(starts[t], starts[t + 1]):
            v = np.uint64(np.uint32(flat[i]))
            if np.int64(v >> away) == part:
                keys[n] = v << _S32 | np.uint64(2 * t + np.int64(i < probes))
                n += 1
    return keys[:n]


@njit(cache=True)
def wanted_keys(chunk, begin, starts, probe_counts, wanted, seen):
    """Return a sortable key of every fingerprint of a chunk that is wanted.

    Args:
        chunk: Fingerprints of some texts that stand together.
        begin: Where the chunk begins among the fingerprints of all texts.
        starts: As for `part_keys`.
        probe_counts: The same.
        wanted: The fingerprints that are, as `table` gives them.
        seen: `bits` of them.
    """
    keys = np.empty(len(chunk), np.uint64)
    places = np.empty(_BLOCK, np.int64)
    unused = _unused(seen)
    n = 0
    t = np.searchsorted(starts, begin, side="right") - 1
    for first in range(0, len(chunk), _BLOCK):
        # Most are not wanted: no branch on any of them, so that the processor need not guess.
        count = 0
        for i in range(first, min(first + _BLOCK, len(chunk))):
            x = (np.uint64(np.uint32(chunk[i])) | _KNOWN) * _FACTOR >> unused
            places[count] = i
            count += np.int64(seen[x >> _S3] >> np.uint8(x & _S7) & np.uint8(1))
        for i in places[:count]:
            v = np.uint64(np.uint32(chunk[i]))
            if _in(wanted, v | _KNOWN):
                while starts[t + 1] <= begin + i:
                    t += 1
                keys[n] = v << _S32 | np.uint64(2 * t + np.int64(begin + i < starts[t] + probe_counts[t]))
                n += 1
    return keys[:n].copy()


@njit(cache=True)
def _runs(ordered, before, crowd, found, starts, members, common, was, fill):
    """Write the groups of sorted keys, if `fill`; return how many groups and members there are."""
    count = 0
    filled = 0
    n = len(ordered)
    i = 0
    while i < n:
        v = ordered[i] >> _S32
        j = i
        probes = 0
        while j < n and ordered[j] >> _S32 == v:
            probes += np.int64(ordered[j] & _ONE)
            j += 1
        if probes and (j - i > 1 or len(before) > 0):
            was_common = len(before) > 0 and _in(before, v | _KNOWN)
            is_common = j - i > crowd
            if j - i > 1 or was_common:
                if fill:
                    found[count] = np.int32(np.uint32(v))
                    common[count] = is_common
                    was[count] = was_common
                    at = filled
                    for e in range(i, j):
                        member = np.int32(ordered[e] & _LOW32)
                        if not is_common or member & 1:
                            members[at] = member
                            at += 1
                    starts[count + 1] = at
                count += 1
                filled += probes if is_common else j - i
        i = j
    return count, filled


@njit(cache=True)
def groups(keys, before, crowd):
    """Group the texts by the fingerprints they share.

    Args:
        keys: Of `part_keys` or `wanted_keys`; left in no order.
        before: The fingerprints that were common, as `table` gives them.
        crowd: A fingerprint of more texts is common.

    Returns:
        Of every group with a probe in it and of more than one text, or common before: its fingerprint; where
        its members begin, and the last's end; the members, of common ones those alone it is a probe of;
        whether it is common; whether it was.
    """
    ordered = _sort(keys, np.empty(len(keys), np.uint64))
    found = np.empty(0, np.int32)
    group_starts = np.zeros(1, np.int64)
    members = np.empty(0, np.int32)
    common = np.empty(0, np.bool_)
    was = np.empty(0, np.bool_)
    count, filled = _runs(ordered, before, crowd, found, group_starts, members, common, was, False)
    found = np.empty(count, np.int32)
    group_starts = np.zeros(count + 1, np.int64)
    members = np.empty(filled, np.int32)
    common = np.empty(count, np.bool_)
    was = np.empty(count, np.bool_)
    _runs(ordered, before, crowd, found, group_starts, members, common, was, True)
    return found, group_starts, members, common, was


@njit(cache=True)
def _paired(pairs, count, a, b):
    """Write a pair as row `count` of an array of two columns; return the array, or a longer one in its place."""
    if count == len(pairs):
        longer = np.empty((2 * count, 2), np.int32)
        longer[:count] = pairs
        pairs = longer
    pairs[count, 0] = a
    pairs[count, 1] = b
    return pairs


@njit(cache=True)
def count_common(group_starts, members, common, was, fresh, counts):
    """Bring `counts`, each text's common probes, up to date: fresh texts have none so far."""
    for g in range(len(common)):
        if common[g] or was[g]:
            for e in range(group_starts[g], group_starts[g + 1]):
                if members[e] & 1:
                    t = members[e] >> 1
                    counts[t] += np.int32(common[g]) - (0 if fresh[t] else np.int32(was[g]))


@njit(cache=True)
def _of_texts(group_starts, members, chosen, texts):
    """Return for each text the chosen groups it is a probe's text of: where each text's begin, and the groups."""
    begins = np.zeros(texts + 1, np.int64)
    for g in range(len(chosen)):
        if chosen[g]:
            for e in range(group_starts[g], group_starts[g + 1]):
                if members[e] & 1:
                    begins[(members[e] >> 1) + 1] += 1
    for t in range(texts):
        begins[t + 1] += begins[t]
    at = begins[:-1].copy()
    own = np.empty(begins[texts], np.int32)
    for g in range(len(chosen)):
        if chosen[g]:
            for e in range(group_starts[g], group_starts[g + 1]):
                if members[e] & 1:
                    t = members[e] >> 1
                    own[at[t]] = g
                    at[t] += 1
    return begins, own


@njit(cache=True)
def _finds(flat, starts, probe_counts, a, b):
    """Return how many probes of text `a` are fingerprints of text `b`."""
    count = 0
    for i in range(starts[a], starts[a] + probe_counts[a]):
        for j in range(starts[b], starts[b + 1]):
            if flat[i] == flat[j]:
                count += 1
                break
    return count


@njit(cache=True)
def finds(flat, starts, probe_counts, pairs, needed):
    """Say for each pair whether the first text has as many of its probes as it needs among those of the second.

    Args:
        flat: Fingerprints of all texts.
        starts: Where each text's begin, and where the last's end.
        probe_counts: How many of each text's are probes.
        pairs: One row per pair: numbers of the two texts.
        needed: How many probes each text needs to find.
    """
    answer = np.zeros(len(pairs), np.bool_)
    for p in range(len(pairs)):
        answer[p] = _finds(flat, starts, probe_counts, pairs[p, 0], pairs[p, 1]) >= needed[pairs[p, 0]]
    return answer


@njit(cache=True)
def candidates(group_starts, members, common, active, fresh, sizes, names, needed, counts):
    """Find the pairs of texts that are due to be compared by probes that are not common.

    The smaller text must have as many of its probes among the larger's fingerprints as it needs. Where it has
    common ones, it may have: `finds` tells.

    Args:
        group_starts: Of `groups`.
        members: Of `groups`.
        common: Of `groups`.
        active: Texts all of whose pairs are due, as the smaller.
        fresh: Texts all of whose pairs are due, as the larger.
        sizes: Letters of each text.
        names: `text_id` of each text, which decides between texts of one size.
        needed: How many probes each text needs to find.
        counts: Common probes of each text.

    Returns:
        One row per pair: numbers of the smaller and of the larger text.
    """
    texts = len(active)
    begins, own = _of_texts(group_starts, members, ~common, texts)
    hits = np.zeros(texts, np.int32)
    met = np.empty(texts, np.int32)
    pairs = np.empty((1024, 2), np.int32)
    filled = 0
    for a in range(texts):
        if begins[a] == begins[a + 1]:
            continue
        groups_of = own[begins[a] : begins[a + 1]]
        seen = _meet(a, groups_of, group_starts, members, active[a], fresh, sizes, names, hits, met)
        for m in range(seen):
            b = met[m]
            enough = hits[b] + counts[a] >= needed[a]
            hits[b] = 0
            if not enough:
                continue
            pairs = _paired(pairs, filled, a, b)
            filled += 1
    return pairs[:filled]


@njit(cache=True)
def _meet(a, groups_of, group_starts, members, is_active, fresh, sizes, names, hits, met):
    """Count in `hits` how many of the groups each larger text is in; write these texts; return how many."""
    seen = 0
    for g in groups_of:
        for e in range(group_starts[g], group_starts[g + 1]):
            b = members[e] >> 1
            if not (is_active or fresh[b]) or b == a:
                continue
            if sizes[b] < sizes[a] or (sizes[b] == sizes[a] and names[b] < names[a]):
                continue
            if hits[b] == 0:
                met[seen] = b
                seen += 1
            hits[b] += 1
    return seen


@njit(cache=True)
def hub_candidates(
    group_starts, members, common, template, ranks, hubs, sizes, names, needed, flat, starts, probe_counts
):
    """Find the pairs of each template and the `hubs` first templates of each of its common probes.

    Args:
        group_starts: Of `groups`.
        members: Of `groups`.
        common: Of `groups`.
        template: Which texts are templates.
        ranks: The order in which they would be kept.
        hubs: See `linking.HUBS`.
        sizes: As for `candidates`, like what follows.
        names: The same.
        needed: The same.
        flat: As for `finds`, like what follows.
        starts: The same.
        probe_counts: The same.

    Returns:
        One row per pair: numbers of the smaller and of the larger text; a pair of two hubs may come twice.
    """
    texts = len(template)
    firsts = np.full((len(common), hubs), -1, np.int32)
    for g in range(len(common)):
        if not common[g]:
            continue
        for e in range(group_starts[g], group_starts[g + 1]):
            t = members[e] >> 1
            if not template[t]:
                continue
            for h in range(hubs):
                if firsts[g, h] < 0 or ranks[t] < ranks[firsts[g, h]]:
                    t, firsts[g, h] = firsts[g, h], t
                if t < 0:
                    break
    begins, own = _of_texts(group_starts, members, common, texts)
    pairs = np.empty((1024, 2), np.int32)
    filled = 0
    met = np.full(texts, -1, np.int32)
    for t in range(texts):
        if not template[t]:
            continue
        for o in range(begins[t], begins[t + 1]):
            for h in range(hubs):
                hub = firsts[own[o], h]
                if hub < 0 or hub == t or met[hub] == t:
                    continue
                met[hub] = t
                hub_is_smaller = sizes[hub] < sizes[t] or (sizes[hub] == sizes[t] and names[hub] < names[t])
                a, b = (hub, t) if hub_is_smaller else (t, hub)
                if _finds(flat, starts, probe_counts, a, b) < needed[a]:
                    continue
                pairs = _paired(pairs, filled, a, b)
                filled += 1
    return pairs[:filled]
