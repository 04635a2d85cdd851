"""Measures of the stage's quality on the development data: what the gate pins and the benchmark prints."""

import csv
import hashlib
import random
from collections import defaultdict
from pathlib import Path

import polars as pl

from pipeline.entities import tag
from pipeline.entities.local import join_names
from pipeline.entities.matching import fold_name
from tests.development_data import development_data
from tests.entities.frames import segments
from tests.entities.real_articles import article, source

GOLD = Path(__file__).with_name("linking_gold.tsv")
LATER = Path(__file__).with_name("linking_gold_later.tsv")
"""Articles that nobody had looked at when the links of the first gold were as good as promised."""


def gold_rows(gold: Path = GOLD) -> list[dict[str, str]]:
    """Return the hand-checked mentions of real articles."""
    with gold.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def sha256(path: Path) -> str:
    """Return the hash of a file of gold data."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def linking(language: str, told: Path = GOLD) -> dict[str, float]:
    """Return precision and recall of links over the articles of a gold in one language."""
    gold: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    texts, sources = {}, {}
    for row in gold_rows(told):
        if row["language"] == language:
            key = f"{row['file']}!{row['record']}"
            texts[key] = article(row["file"], row["record"])
            sources[key] = source(row["file"], row["record"])
            gold[key].append((int(row["start_char"]), int(row["end_char"]), row["entity_id"]))
    frame = segments(*((key, language, text) for key, text in texts.items()))
    mentions = tag(frame.with_columns(source=pl.col("document_id").replace_strict(sources, return_dtype=pl.String)))
    linked = mentions.filter(pl.col("entity_id").is_not_null())
    right = 0
    met = set()
    for key, start, end, entity in linked.select("document_id", "start_char", "end_char", "entity_id").iter_rows():
        hits = [(key, s) for s, e, expected in gold[key] if s < end and start < e and expected == entity]
        right += bool(hits)
        met.update(hits)
    total = sum(len(spans) for spans in gold.values())
    return {"precision": right / max(1, len(linked)), "recall": len(met) / total, "mentions": total}


def meetings() -> dict[str, float]:
    """Return how many people's Persian and Arabic names meet in one local entity, and how many meet others.

    Three quarters of the people of EveryPolitician who have both names (a quarter chose the thresholds), among
    all its people who have one. A homonym's meeting counts as false, for nobody could tell.
    """
    people = []
    with development_data("gazetteers", "everypolitician.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names = {"fa": fold_name(row["name_fa"]), "ar": fold_name(row["name_ar"])}
            people.append((row["wikidata_id"], names))
    both = sorted(p for p in people if p[1]["fa"] and p[1]["ar"])
    random.Random(7).shuffle(both)
    tested = both[len(both) // 4 :]
    distinct = {("PER", language, name) for _, names in people for language, name in names.items() if name}
    joined, _ = join_names(pl.DataFrame(sorted(distinct), schema=["label", "language", "name"], orient="row"))
    ids = {(language, name): entity for language, name, entity in joined.select("language", "name", "entity_id").rows()}
    holders: dict[str, set[str]] = defaultdict(set)
    for person, names in people:
        for language, name in names.items():
            if name:
                holders[ids[language, name]].add(person)
    meet = sum(ids["fa", names["fa"]] == ids["ar", names["ar"]] for _, names in tested)
    false = sum(any(len(holders[ids[k]]) > 1 for k in names.items()) for _, names in tested)
    return {"meet": meet / len(tested), "false": false / len(tested), "people": len(tested)}


def _persian_sentences(file: str) -> list[list[tuple[str, str]]]:
    text = development_data("ner", "fa", file).read_text(encoding="utf-8")
    sentences = [[tuple(line.split("|")) for line in s.split("\n") if line.count("|") == 1] for s in text.split("\n\n")]
    return [[(token.strip() or "_", tag) for token, tag in sentence] for sentence in sentences if sentence]


def persian_spans() -> dict[str, float]:
    """Return precision, recall and F1 of exact spans and labels of the whole stage on PEYMA's dev part.

    Its sentences that stand in the training part too are left out; the text is the tokens joined by spaces, ten
    sentences a document.
    """
    trained = {tuple(token for token, _ in sentence) for sentence in _persian_sentences("peyma-train.txt")}
    documents: list[tuple[str, str, str]] = []
    gold: set[tuple[str, int, int, str]] = set()
    kept = [s for s in _persian_sentences("peyma-dev.txt") if tuple(token for token, _ in s) not in trained]
    for first in range(0, len(kept), 10):
        key, text = f"d{first:05}", ""
        for sentence in kept[first : first + 10]:
            text += "\n" if text else ""
            inside: tuple[int, str] | None = None
            for token, label in sentence:
                text += " " if text and not text.endswith("\n") else ""
                start = len(text)
                text += token
                name = label[2:] if label[2:] in {"PER", "ORG", "LOC"} else None
                if name and label[0] == "I" and inside and inside[1] == name:
                    gold = {g for g in gold if g[:2] != (key, inside[0])} | {(key, inside[0], len(text), name)}
                elif name:
                    inside = (start, name)
                    gold.add((key, start, len(text), name))
                else:
                    inside = None
        documents.append((key, "fa", text))
    found = set(tag(segments(*documents)).select("document_id", "start_char", "end_char", "label").iter_rows())
    right = len(found & gold)
    precision, recall = right / len(found), right / len(gold)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}
