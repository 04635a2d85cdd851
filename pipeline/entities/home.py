"""Which country a document's source is of, and which listed outlet it is: hints whose club, bank or town of one name is meant.

Belongs here: from a publisher's name or address to a country's code and an entity's id. Does not belong here: what follows
from them (`readings`, `agreement`).
"""

from __future__ import annotations

import functools
import re
from typing import Final

import polars as pl

from pipeline.entities.gazetteer import load
from pipeline.entities.matching import fold_name

OUTLETS: Final = ("newspaper", "media", "broadcaster", "news agency")
"""Kinds of entities that publish."""
_GENERIC: Final = frozenset("com net org info news tv co gov ac edu me io fm ws cc".split())
"""Ends of addresses that tell no country, some of them bought for their look."""
_OTHER_CODES: Final = {"UK": "GB", "SU": "RU"}
_PAPERS: Final = {
    "SA": "3alyoum aawsat alweeam sabq aleqtisadiya almadina okaz alyaum aljazirah arreyadi alwatan alriyadh ajel almowaten spa argaam",
    "EG": "youm7 ahram almasryalyoum shorouknews elwatannews akhbarelyom filgoal masrawy gomhuria",
    "TN": "jawharafm mosaiquefm babnet tap attounissia assabahnews",
    "AE": "albayan alittihad emaratalyoum alkhaleej wam",
    "KW": "alqabas alanba alraimedia kuna aljarida",
    "QA": "alsharq alarab alraya alwatanqatar qna",
    "JO": "alghad addustour alrai ammonnews petra",
    "LB": "annahar alakhbar almustaqbal nna lebanon24",
    "MA": "hespress le360 alyaoum24 map",
    "DZ": "echoroukonline elkhabar ennaharonline aps",
    "IR": "isna irna farsnews fars tasnimnews mehrnews ilna khabaronline varzesh3 tabnak mashreghnews asriran entekhab hamshahrionline yjc",
    "AF": "tolonews pajhwok bakhtarnews hashtsubh khaama",
}  # fmt: skip
"""Outlets by the name in their address."""


@functools.lru_cache(maxsize=4096)
def country_of(source: str) -> str:
    """Return the code of the country that a publisher is of, or nothing where none is told.

    Args:
        source: As in `news.documents.source`: a name («ایسنا», Al-Ahram), or a host (almadina.com.sa).
    """
    labels = _host(source).split(".")
    if len(labels) > 1 and re.fullmatch(r"[a-z]{2}", labels[-1]) and labels[-1] not in _GENERIC:
        code = labels[-1].upper()
        return _OTHER_CODES.get(code, code)
    return _known_as(source, _outlets())


@functools.lru_cache(maxsize=4096)
def outlet_of(source: str) -> str:
    """Return the id of the entity that a publisher is, or nothing where the gazetteer has none of its name.

    Args:
        source: As for `country_of`.
    """
    return _known_as(source, _outlet_ids())


def _host(source: str) -> str:
    return re.sub(r"^https?://", "", source.strip().lower()).split("/")[0]


def _known_as(source: str, known: dict[str, str]) -> str:
    """Return what is `known` of a publisher by its whole name, or by a part of its address, the last first."""
    host = _host(source)
    labels = (host, *(label for label in reversed(host.split(".")) if label not in _GENERIC))
    return next((found for label in labels if (found := known.get(_key(label)))), "")


def _key(name: str) -> str:
    """Return a name as an address would have it."""
    name = re.sub(r"\(.*?\)", "", name)
    folded = fold_name(name).replace(" ", "")
    return re.sub(r"[^a-z0-9]", "", name.lower()) or folded


@functools.cache
def _outlets() -> dict[str, str]:
    """Return the code of each outlet's country by the outlet's names."""
    return _by_name("country") | {paper: country for country, papers in _PAPERS.items() for paper in papers.split()}


@functools.cache
def _outlet_ids() -> dict[str, str]:
    """Return each outlet's id by its names, of several of one name the best known one's."""
    return _by_name("entity_id")


def _by_name(column: str) -> dict[str, str]:
    entities = load().entities.filter(pl.col("kind").is_in(OUTLETS) & (pl.col(column) != ""))
    rows = entities.sort("weight", maintain_order=True).select(column, "name_en", "name_fa", "name_ar").iter_rows()
    return {_key(name): value for value, *names in rows for name in names if name}
