"""Half-spaces given back: where words are in a batch of lines, what the models say, what is done.

Persian text loses its half-spaces in two ways: they are deleted (*glued*: میشود) or become spaces
(*split*: می شود). Which of the two happened, if any, is a matter of the whole document, so each
document's *condition* is weighed first: of all places where a half-space belongs, how many hold one,
how many hold nothing, how many a space. The models' odds are multiplied by those shares (Bayes' rule); text
that is in order is thus left as it is where the models are merely inclined to change it. What a place itself
says of the condition does not count when that place is decided: a lone mistake is no evidence for itself.

Changes only ever add half-spaces, and go on until no rule would add another, so that a second
normalisation finds nothing left to do.

Belongs here: the walk and the decisions. Does not belong here: features and scores
(`pipeline.normalization.features`), where the tables come from (`pipeline.normalization.lexicon`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.normalization import doubts, features, neighbours
from pipeline.normalization.folding import Batch, character_classes
from pipeline.normalization.lexicon import Model

# What stands after a letter; signs between words are told apart from BREAK on (`neighbours.sign_break`).
NOTHING: Final = 0
SPACE: Final = 1
JOINED: Final = 2
BREAK: Final = neighbours.BREAK

SURE: Final = 2.0
"""Log-odds from which a place counts towards the document's condition."""
FLOOR: Final = -6.0
"""The condition moves log-odds no further down than this."""
HELD: Final = 0.1
LOST: Final = 0.2
SPACED: Final = 0.1
"""What is believed of a document before it is looked at, in places that hold a half-space, nothing, a space. Together less
than half a place: most documents are of one kind, and the first sure place says of which."""
GLANCE: Final = -3.0
"""A space whose first features weigh less is none that was a half-space: no text was seen whose other features could
make up for it, and nine in ten spaces are settled so."""
CERTAIN: Final = 9.0
"""Log-odds of what the word table or the corpus has decided."""


@njit(cache=True, nogil=True)
def _letters(
    chars: NDArray[np.uint32],
    guarded: NDArray[np.uint8],
    line_ends: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    classes: NDArray[np.uint8],
) -> Any:
    """Letters of the wanted lines: code point, place of what follows, what follows, where lines end."""
    letters = np.empty(chars.size, np.uint32)
    follows_at = np.empty(chars.size, np.int64)
    follows = np.empty(chars.size, np.uint8)
    ends = np.empty(line_ends.size, np.int64)
    n = 0
    at = 0
    for line in range(line_ends.size):
        high = line_ends[line]
        if wanted[line]:
            first = n
            i = at
            sign = neighbours.OTHER
            while i < high:
                c = chars[i]
                if guarded[i] or c >= 0x10000 or classes[c] != 1 or (i > at and chars[i - 1] == 0x5F):
                    if c != 0x20:
                        sign = neighbours.sign_kind(c)
                    if classes[c & np.uint32(0xFFFF)] == 1 and i > at and chars[i - 1] == 0x5F:
                        while i < high and chars[i] < 0x10000 and classes[chars[i]] == 1:
                            i += 1  # part of a name in code
                    else:
                        i += 1
                    continue
                if n > first and follows[n - 1] >= BREAK:
                    follows[n - 1] = neighbours.sign_break(follows[n - 1] - BREAK, sign)
                sign = neighbours.OTHER
                letters[n] = c
                i += 1
                while i < high and chars[i] < 0x10000 and classes[chars[i]] == 2:
                    i += 1
                follows_at[n] = i
                if i == high:
                    follows[n] = neighbours.sign_break(neighbours.EDGE, 0)
                else:
                    c = chars[i]
                    after = chars[i + 1] if i + 1 < high else np.uint32(0)
                    next_is_letter = after < 0x10000 and classes[after] == 1 and guarded[min(i + 1, high - 1)] == 0
                    if guarded[i] == 0 and c < 0x10000 and classes[c] == 1:
                        follows[n] = 0
                    elif c == 0x20 and next_is_letter:
                        follows[n] = 1
                    elif c == 0x200C and next_is_letter:
                        follows[n] = 2
                    else:
                        j = i
                        while j < high and chars[j] == 0x20:
                            j += 1
                        kind = neighbours.EDGE if j == high else neighbours.sign_kind(chars[j])
                        follows[n] = neighbours.sign_break(kind, 0)
                        if c == 0x5F:  # a name in code: the word before the underscore is part of it
                            while n > first and follows[n - 1] == 0:
                                n -= 1
                            if n > first:
                                follows[n - 1] = neighbours.sign_break(neighbours.OTHER, 0)
                            n -= 1
                n += 1
            if n > first and follows[n - 1] < BREAK:
                follows[n - 1] = neighbours.sign_break(neighbours.EDGE, 0)
        ends[line] = n
        at = high
    return letters[:n], follows_at[:n], follows[:n], ends


@njit(cache=True, nogil=True)
def _bits_of(lexicon: Any, key: Any) -> Any:
    row = features.find(lexicon.piece_keys, lexicon.piece_rows, key)
    return np.uint64(lexicon.pieces[row, 5]) if row >= 0 else np.uint64(0)


@njit(cache=True, nogil=True)
def _bears_the_prefix(letters: Any, low: int, high: int, mask: Any, lexicon: Any) -> bool:
    """Whether a cutting after می or نمی leaves a form of a verb: not so in a name such as میرحسین.

    A form of a verb is one that hazm's conjugation has, with or without an object pronoun; of verbs that it lacks,
    one that ends like a plural or like a regular past.
    """
    k = 2
    if letters[low] == 0x646:  # ن
        k = 3
    if (
        high - low <= k + 1
        or letters[low + k - 2] != 0x645
        or letters[low + k - 1] != 0x6CC
        or not mask >> np.uint32(k - 1) & np.uint32(1)
    ):
        return True
    a = low + k
    b = a + 1
    while b < high and not mask >> np.uint32(b - low - 1) & np.uint32(1):
        b += 1
    verb = np.uint64(8)
    if _bits_of(lexicon, features.hash_letters(letters, a, b)) & verb:
        return True
    last = letters[b - 1]
    pronoun = 0
    if b - a >= 3 and (last == 0x645 or last == 0x62A or last == 0x634):  # م ت ش
        pronoun = 1
    elif b - a >= 4 and last == 0x646 and letters[b - 2] == 0x627:  # مان تان شان
        pronoun = 3
    if pronoun and _bits_of(lexicon, features.hash_letters(letters, a, b - pronoun)) & verb:
        return True
    if b - a < 4:
        return False
    before = letters[b - 2]
    if (last == 0x62F and (before == 0x646 or before == 0x6CC)) or (last == 0x645 and before == 0x6CC):  # ند ید یم
        return True
    # The first two persons of a regular past: یدم یدی اندم اندی.
    third = letters[b - 3]
    return bool(
        b - a >= 5
        and (last == 0x645 or last == 0x6CC)
        and before == 0x62F
        and (third == 0x6CC or (third == 0x646 and letters[b - 4] == 0x627))
    )


@njit(cache=True, nogil=True)
def _piece_end(follows: Any, low: int) -> int:
    high = low + 1
    while follows[high - 1] == 0:
        high += 1
    return high


@njit(cache=True, nogil=True)
def _never_joins(lexicon: Any, left: Any, right: Any) -> bool:
    """Whether one of two pieces is a word seen often, and never joined on that side."""
    row = features.find(lexicon.piece_keys, lexicon.piece_rows, left)
    if row >= 0 and lexicon.pieces[row, 0] >= 5 and lexicon.pieces[row, 1] == 0 and lexicon.pieces[row, 2] == 0:
        return True
    row = features.find(lexicon.piece_keys, lexicon.piece_rows, right)
    return row >= 0 and lexicon.pieces[row, 0] >= 5 and lexicon.pieces[row, 2] == 0 and lexicon.pieces[row, 3] == 0


@njit(cache=True, nogil=True)
def _cuts(mask: Any) -> int:
    """How many half-spaces a cutting has."""
    count = 0
    while mask:
        mask &= mask - np.uint32(1)
        count += 1
    return count


@njit(cache=True, nogil=True)
def _comes_back(margin: float, own: int, like: float, others: float, prior: float, other_prior: float) -> bool:
    """Whether a place's odds, and the share of places like it in the document, speak for a half-space.

    Args:
        margin: The place's log-odds.
        own: Half-spaces that it would give back.
        like: Places of the document that have lost their half-space the same way.
        others: Places of the document that have not.
        prior: What is believed of `like` beforehand.
        other_prior: What is believed of `others` beforehand.
    """
    if margin <= 0.0:
        return False
    if margin > SURE:  # it was counted itself
        like = max(like - own, 0.0)
    like += prior
    return bool(margin + max(FLOOR, np.log(like / (like + others + other_prior))) > 0.0)


@njit(cache=True, nogil=True)
def _decide(
    letters: NDArray[np.uint32],
    follows: NDArray[np.uint8],
    ends: NDArray[np.int64],
    documents: NDArray[np.int32],
    document_count: int,
    lexicon: Any,
    certain_keys: NDArray[np.uint64],
    certain_rows: NDArray[np.int32],
    certain_masks: NDArray[np.uint32],
    corpus_keys: NDArray[np.uint64],
    corpus_rows: NDArray[np.int32],
    corpus_masks: NDArray[np.uint32],
    word_weights: NDArray[np.float32],
    neighbour_weights: NDArray[np.float32],
    forest: doubts.Forest,
    space_weights: NDArray[np.float32],
    do_glued: bool,
    do_split: bool,
) -> Any:
    """Set `follows` to JOINED wherever a half-space comes back; return how many of each kind did."""
    total = letters.size
    word_context = np.zeros(total, np.uint64)
    word_margin = np.zeros(total, np.float32)
    word_mask = np.zeros(total, np.uint32)
    space_context = np.zeros(total, np.uint64)
    space_margin = np.zeros(total, np.float32)
    piece_out = np.empty((features.LONGEST + 1, features.LONGEST + 1, features.PIECE_FEATURES), np.int32)
    cut_out = np.empty((features.LONGEST + 1, features.CUT_FEATURES), np.int32)
    scores = np.empty((features.LONGEST + 1, features.LONGEST + 1), np.float64)
    space_out = np.empty(features.SPACE_FEATURES, np.int32)
    context = np.zeros(7, np.uint64)
    seen = np.zeros((2 * neighbours.REACH, 4), np.uint64)
    neighbour = np.zeros(4, np.uint64)
    neighbour_out = np.empty(neighbours.FEATURES, np.uint64)
    word_view = np.empty(doubts.COLUMNS, np.float32)
    left = np.zeros(7, np.uint64)
    right = np.zeros(7, np.uint64)
    zero = np.uint64(0)
    one = np.uint64(1)
    # Of the places where a half-space belongs: those that hold one, nothing, a space.
    held = np.zeros(document_count, np.float64)
    lost = np.zeros(document_count, np.float64)
    spaced = np.zeros(document_count, np.float64)
    spaced_now = np.zeros(document_count, np.float64)
    changed = np.zeros(2, np.int64)
    # What the document's condition adds to log-odds is below 0: a line none of whose places has any above is settled.
    settled = np.zeros(ends.size, np.bool_)
    # First all is counted; then glued words are cut, and spaces counted once more between what they are now;
    # then words and spaces are gone over until nothing changes.
    for phase in range(3):
        start = 0
        for line in range(ends.size):
            stop = ends[line]
            d = documents[line]
            if settled[line]:
                start = stop
                continue
            is_open = False
            for _ in range(8 if phase == 2 else 1):
                any_change = False
                # Words.
                low = start
                while low < stop and do_glued:
                    high = low + 1
                    joined = False
                    while follows[high - 1] == 0 or follows[high - 1] == 2:
                        joined |= follows[high - 1] == 2
                        high += 1
                    if joined:
                        # Something is in order here: the certain table alone speaks, piece by piece.
                        a = low
                        while a < high:
                            b = a + 1
                            while follows[b - 1] == 0:
                                b += 1
                            if phase == 0 and follows[b - 1] == 2:
                                held[d] += 1
                            if b - a >= 3 and b - a <= features.LONGEST:
                                row = features.find(certain_keys, certain_rows, features.hash_letters(letters, a, b))
                                if row >= 0 and certain_masks[row]:
                                    is_open = True
                                    for k in range(b - a - 1):
                                        if certain_masks[row] >> np.uint32(k) & np.uint32(1):
                                            if phase == 0:
                                                lost[d] += 1
                                            else:
                                                follows[a + k] = 2
                                                changed[0] += 1
                                                any_change = True
                            a = b
                    elif high - low >= 3 and high - low <= features.LONGEST:
                        n = high - low
                        key = features.hash_letters(letters, low, high)
                        row = features.find(certain_keys, certain_rows, key)
                        if row >= 0:
                            mask = certain_masks[row]
                            margin = CERTAIN if mask else -CERTAIN
                        else:
                            a = low - 1
                            while a > start and (follows[a - 1] == 0 or follows[a - 1] == 2):
                                a -= 1
                            context[:] = 0
                            if low > start and follows[low - 1] == 1:
                                neighbours.look_at(letters, a, low, lexicon, neighbour)
                                context[0], context[2], context[4] = neighbour[0], neighbour[1], neighbour[2]
                            if follows[high - 1] == 1:
                                b = high + 1
                                while follows[b - 1] == 0 or follows[b - 1] == 2:
                                    b += 1
                                neighbours.look_at(letters, high, b, lexicon, neighbour)
                                context[1], context[3], context[5] = neighbour[0], neighbour[1], neighbour[2]
                            if neighbours.is_two_ways(letters, low, high):
                                neighbours.look(letters, follows, low, high, start, lexicon, seen)
                                context[6] = neighbours.bucket(neighbours.odds(seen, neighbour_weights, neighbour_out))
                            memo = features.mix(features.mix(context[0], context[1]), context[6]) | one
                            if word_context[low] != memo:
                                word_context[low] = memo
                                features.word_features(letters[low:high], n, context, lexicon, piece_out, cut_out)
                                features.word_scores(n, word_weights, piece_out, cut_out, scores)
                                mask, margin = features.best_cutting(n, scores)
                                if abs(margin) < doubts.DOUBT:
                                    context[:] = 0
                                    features.word_features(letters[low:high], n, context, lexicon, piece_out, cut_out)
                                    features.word_scores(n, word_weights, piece_out, cut_out, scores)
                                    alone, margin_alone = features.best_cutting(n, scores)
                                    if alone == mask:
                                        margin = margin_alone
                                    doubts.word_view(letters[low:high], n, mask, margin, lexicon, word_view)
                                    margin = doubts.odds(forest, word_view)
                                known = features.find(lexicon.word_keys, lexicon.word_rows, key) >= 0
                                if not known and not _bears_the_prefix(letters, low, high, mask, lexicon):
                                    margin = -CERTAIN
                                if corpus_keys.size and margin < CERTAIN:
                                    row = features.find(corpus_keys, corpus_rows, key)
                                    if row >= 0 and not known:
                                        mask = corpus_masks[row]
                                        margin = CERTAIN
                                word_mask[low] = mask
                                word_margin[low] = margin
                            mask = word_mask[low]
                            margin = word_margin[low]
                        is_open |= margin > 0
                        if phase == 0:
                            if margin > SURE:
                                lost[d] += _cuts(mask)
                        elif _comes_back(margin, _cuts(mask), lost[d], held[d] + spaced[d], LOST, HELD + SPACED):
                            for k in range(n - 1):
                                if mask >> np.uint32(k) & np.uint32(1):
                                    follows[low + k] = 2
                                    changed[0] += 1
                                    any_change = True
                            continue  # its pieces are looked up once more
                    low = high
                # Spaces: piece [low, high), the next one [high, b), the one after that [b, c).
                low = start
                high = _piece_end(follows, low) if low < stop else low
                left_key = features.hash_letters(letters, low, high) if low < stop else zero
                before = zero
                while low < stop and do_split:
                    b = high
                    right_key = zero
                    if high < stop:
                        b = _piece_end(follows, high)
                        right_key = features.hash_letters(letters, high, b)
                    if follows[high - 1] == 1:
                        after = zero
                        if follows[b - 1] < BREAK:
                            after = features.hash_letters(letters, b, _piece_end(follows, b))
                        memo = features.mix(features.mix(left_key, right_key), features.mix(before, after)) | one
                        if space_context[high - 1] != memo:
                            space_context[high - 1] = memo
                            margin = -CERTAIN
                            if b - high == 1 and letters[high] == 0x6CC and letters[high - 1] == 0x647:
                                margin = CERTAIN  # the ezafe of a word that ends in ه: خانه ی ما
                            elif not _never_joins(lexicon, left_key, right_key):
                                both = features.hash_letters(letters, low, b)
                                features.space_glance(
                                    left_key, right_key, both, np.uint64(high - low), lexicon, space_out
                                )
                                glance = 0.0
                                for k in range(features.GLANCE_FEATURES):
                                    glance += space_weights[space_out[k]]
                                if glance > GLANCE:
                                    features.side_view(letters, low, high, left)
                                    features.side_view(letters, high, b, right)
                                    m = features.space_features(left, right, before, after, both, lexicon, space_out)
                                    margin = 0.0
                                    for k in range(m):
                                        margin += space_weights[space_out[k]]
                            space_margin[high - 1] = margin
                        margin = space_margin[high - 1]
                        is_open |= margin > 0
                        if phase == 0:
                            if margin > SURE:
                                spaced[d] += 1
                        elif phase == 1:
                            if margin > SURE:
                                spaced_now[d] += 1
                        elif _comes_back(margin, 1, spaced_now[d], held[d] + lost[d], SPACED, HELD + LOST):
                            follows[high - 1] = 2
                            changed[1] += 1
                            any_change = True
                    before = zero if follows[high - 1] >= BREAK else left_key
                    low, high, left_key = high, b, right_key
                if not any_change:
                    break
            settled[line] = not is_open
            start = stop
    return changed


@njit(cache=True, nogil=True)
def _apply(
    chars: Any, starts: Any, ends: Any, line_ends: Any, before: Any, follows: Any, follows_at: Any, letter_ends: Any
) -> Any:
    """Write the decided half-spaces into the batch's arrays."""
    inserted = 0
    for i in range(follows.size):
        if follows[i] == 2 and before[i] == 0:
            inserted += 1
    size = chars.size + inserted
    out = np.empty(size, np.uint32)
    out_start = np.empty(size, np.int32)
    out_end = np.empty(size, np.int32)
    out_lines = np.empty(line_ends.size, np.int64)
    n = 0
    at = 0
    i = 0
    for line in range(line_ends.size):
        while i < letter_ends[line]:
            if follows[i] == before[i]:
                i += 1
                continue
            place = follows_at[i]
            while at < place:
                out[n], out_start[n], out_end[n] = chars[at], starts[at], ends[at]
                at += 1
                n += 1
            out[n] = 0x200C
            if before[i] == 0:  # nothing stood here
                out_start[n] = ends[at - 1]
                out_end[n] = ends[at - 1]
            else:  # a space stood here
                out_start[n] = starts[at]
                out_end[n] = ends[at]
                at += 1
            n += 1
            i += 1
        while at < line_ends[line]:
            out[n], out_start[n], out_end[n] = chars[at], starts[at], ends[at]
            at += 1
            n += 1
        out_lines[line] = n
    return out[:n], out_start[:n], out_end[:n], out_lines


@njit(cache=True, nogil=True)
def _rare_names(
    letters: NDArray[np.uint32],
    follows: NDArray[np.uint8],
    ends: NDArray[np.int64],
    lexicon: Any,
    certain_keys: NDArray[np.uint64],
    certain_rows: NDArray[np.int32],
    shortest: int,
    rare: int,
) -> Any:
    """Places of names: line, first letter, where it is cut (0 where written as one), past its last letter."""
    capacity = letters.size + 1
    out = np.empty((capacity, 4), np.int64)
    n = 0
    start = 0
    for line in range(ends.size):
        stop = ends[line]
        low = start
        parted = True  # what stands before is no half-space
        while low < stop:
            high = low + 1
            while follows[high - 1] == 0:
                high += 1
            key = features.hash_letters(letters, low, high)
            row = features.find(lexicon.piece_keys, lexicon.piece_rows, key)
            link = follows[high - 1]
            if (
                parted
                and link != 2
                and high - low >= shortest
                and high - low <= features.LONGEST
                and features.find(certain_keys, certain_rows, key) < 0
                and features.find(lexicon.word_keys, lexicon.word_rows, key) < 0
            ):
                out[n, 0], out[n, 1], out[n, 2], out[n, 3] = line, low, 0, high
                n += 1
            if (link == 1 or link == 2) and high - low >= 2:
                b = high + 1
                while follows[b - 1] == 0:
                    b += 1
                if b - high >= 2 and b - low >= shortest and b - low <= features.LONGEST:
                    other = features.find(
                        lexicon.piece_keys, lexicon.piece_rows, features.hash_letters(letters, high, b)
                    )
                    common = (row >= 0 and lexicon.pieces[row, 0] >= rare) or (
                        other >= 0 and lexicon.pieces[other, 0] >= rare
                    )
                    if not common:
                        whole = features.hash_letters(letters, low, b)
                        if (
                            features.find(certain_keys, certain_rows, whole) < 0
                            and features.find(lexicon.word_keys, lexicon.word_rows, whole) < 0
                        ):
                            out[n, 0], out[n, 1], out[n, 2], out[n, 3] = line, low, high, b
                            n += 1
            parted = link != 2
            low = high
        start = stop
    return out[:n]


def rare_names(batch: Batch, model: Model, shortest: int, rare: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the batch's letters, and the places in them of names no table knows.

    A place is line, first letter, letter before which it is cut (0 where written as one), past its last letter.

    Args:
        batch: Folded Persian lines.
        model: The shipped tables.
        shortest: Letters of the shortest name.
        rare: Bucket of the commonest piece that may be half of a name, exclusive.
    """
    wanted = np.ones(batch.line_ends.size, np.bool_)
    letters, _, follows, ends = _letters(batch.chars, batch.guarded, batch.line_ends, wanted, character_classes())
    keys, rows, _ = model.certain
    places: NDArray[np.int64] = _rare_names(letters, follows, ends, model.lexicon, keys, rows, shortest, rare)
    return letters, places


def restore(
    batch: Batch,
    wanted: NDArray[np.bool_],
    documents: NDArray[np.int32],
    model: Model,
    corpus: tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint32]],
    *,
    glued: bool,
    split: bool,
) -> Batch:
    """Give half-spaces back in the wanted lines.

    Args:
        batch: Folded lines.
        wanted: Per line, whether it is Persian.
        documents: Per line, the number of its document, from 0.
        model: The shipped tables and weights.
        corpus: Hash table of words that the corpus itself writes apart, and their cuttings.
        glued: Whether deleted half-spaces come back.
        split: Whether spaces become half-spaces.
    """
    letters, follows_at, follows, letter_ends = _letters(
        batch.chars, batch.guarded, batch.line_ends, wanted, character_classes()
    )
    before = follows.copy()
    count = int(documents.max()) + 1 if documents.size else 0
    changed = _decide(
        letters, follows, letter_ends, documents, count, model.lexicon, *model.certain, *corpus,
        model.word_weights, model.neighbour_weights, model.forest, model.space_weights, glued, split,
    )  # fmt: skip
    if not changed.any():
        return batch
    chars, starts, ends, line_ends = _apply(
        batch.chars, batch.starts, batch.ends, batch.line_ends, before, follows, follows_at, letter_ends
    )
    return Batch(chars, starts, ends, np.zeros(chars.size, np.uint8), line_ends, batch.raw_lengths)
