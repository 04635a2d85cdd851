"""Which country a document's source is of: a hint whose club, bank or town of one name is meant.

Belongs here: from a publisher's name or address to a country's code. Does not belong here: what follows from it
(`tagging`).
"""

from __future__ import annotations

import functools
import re
from typing import Final

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
    host = re.sub(r"^https?://", "", source.strip().lower()).split("/")[0]
    labels = host.split(".")
    if len(labels) > 1 and re.fullmatch(r"[a-z]{2}", labels[-1]) and labels[-1] not in _GENERIC:
        code = labels[-1].upper()
        return _OTHER_CODES.get(code, code)
    known = _outlets()
    for label in (host, *(label for label in reversed(labels) if label not in _GENERIC)):
        code = known.get(_key(label), "")
        if code:
            return code
    return ""


@functools.lru_cache(maxsize=4096)
def outlet_of(source: str) -> str:
    """Return the id of the entity that a publisher is, or nothing where the gazetteer has none of its name.

    Args:
        source: As for `country_of`.
    """
    host = re.sub(r"^https?://", "", source.strip().lower()).split("/")[0]
    known = _outlet_ids()
    labels = (host, *(label for label in reversed(host.split(".")) if label not in _GENERIC))
    return next((known[_key(label)] for label in labels if _key(label) in known), "")


def _key(name: str) -> str:
    """Return a name as an address would have it."""
    name = re.sub(r"\(.*?\)", "", name)
    folded = fold_name(name).replace(" ", "")
    return re.sub(r"[^a-z0-9]", "", name.lower()) or folded


@functools.cache
def _outlets() -> dict[str, str]:
    entities = load().entities.filter(load().entities["kind"].is_in(OUTLETS) & (load().entities["country"] != ""))
    out = {
        _key(name): country
        for country, *names in entities.select("country", "name_en", "name_fa", "name_ar").iter_rows()
        for name in names
        if name
    }
    return out | {paper: country for country, papers in _PAPERS.items() for paper in papers.split()}


@functools.cache
def _outlet_ids() -> dict[str, str]:
    entities = load().entities.filter(load().entities["kind"].is_in(OUTLETS)).sort("weight", maintain_order=True)
    return {
        _key(name): ident
        for ident, *names in entities.select("entity_id", "name_en", "name_fa", "name_ar").iter_rows()
        for name in names
        if name
    }
