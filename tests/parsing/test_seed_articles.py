"""The five development articles, every line with the kind a careful reader gives it: kinds only, no sentence."""

import pytest

from pipeline import parsing
from tests.development_data import DEVELOPMENT_DATA

SEEDS = DEVELOPMENT_DATA.parent / "seeds"
KINDS = {
    "000": "metadata title boilerplate lead" + " paragraph" * 11 + " boilerplate" * 4,
    "001": "title lead boilerplate" + " paragraph" * 11 + " boilerplate metadata boilerplate",
    "002": "title paragraph paragraph heading" + " paragraph" * 4 + " boilerplate boilerplate metadata",
    "003": "title" + " paragraph" * 8 + " heading" + " paragraph" * 9 + " boilerplate" * 4,
    "004": "title lead caption paragraph paragraph heading paragraph paragraph heading paragraph paragraph heading"
    " paragraph paragraph paragraph heading paragraph paragraph boilerplate boilerplate",
}


@pytest.mark.gate
@pytest.mark.parametrize("number", KINDS)
def test_every_line_has_the_kind_a_careful_reader_gives_it(number):
    found = sorted(SEEDS.glob(f"{number}_*.txt"))
    if not found:
        pytest.skip(f"no development articles at {SEEDS}")
    parsed = next(parsing.read(found[0], found[0].name))
    assert parsed.segments["kind"].to_list() == KINDS[number].split()
