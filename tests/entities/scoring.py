"""Holding what was found in hand-made cases against what is expected of them.

Belongs here: the comparison that dates and amounts share. Does not belong here: the cases (`tests/corpus`).
"""

from collections.abc import Mapping, Sequence
from typing import Any


def judge(cases: Sequence[Any], found: Mapping[str, list[tuple[Any, ...]]]) -> tuple[int, int, int, list[str]]:
    """Return how many expected rows were found, how many were expected, how many were too much, and what was wrong.

    `found` has the rows of each case by its number as text; a found row answers one expectation. It is used up.
    """
    right = expected = extra = 0
    wrong = []
    for index, case in enumerate(cases):
        got = found.get(str(index), [])
        expected += len(case.expected)
        for row in case.expected:
            if tuple(row) in got:
                got.remove(tuple(row))
                right += 1
            else:
                wrong.append(f"{case.text}: lacks {row}")
        extra += len(got)
        wrong += [f"{case.text}: has {row}" for row in got]
    return right, expected, extra, wrong
