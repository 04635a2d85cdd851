"""Learns which names are also words: `python -m training.name_evidence --development PATH --sources PATH`.

Every form of the gazetteer, unguarded, is looked for in the annotated training sets (PEYMA, ParsTwiNER,
ANERcorp without its last tenth, Wojood sample) and in raw news. Written is `seeds/gazetteer/sources/
evidence.tsv`: per language, form and label how often it was annotated as such a name, how often as none,
how often as a name of another kind, and how often it stands in a million words of raw news. The build (`training.gazetteer`) guards by these figures.

Belongs here: counting. Does not belong here: what follows from the counts (`training.gazetteer`).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.entities.gazetteer import Gazetteer
from pipeline.entities.matching import AR, FA, find_names, words_of
from training.gazetteer import SOURCES, common_words, forms_of, read_parts

NAMES = {"PER": "PER", "PERS": "PER", "ORG": "ORG", "LOC": "LOC", "POG": "ORG", "GPE": "LOC", "FAC": "LOC"}
OTHER = {"NAT", "EVE", "MISC"}
SETS = (
    (FA, "ner/fa/peyma-train.txt", 1.0),
    (FA, "ner/fa/parstwiner-train.txt", 1.0),
    (AR, "ner/ar/anercorp-train.txt", 0.9),
    (AR, "ner/ar/wojood-sample-train.txt", 1.0),
)


def annotated(path: Path, share: float) -> tuple[list[str], list[list[tuple[int, int, str]]]]:
    """Return sentences and the spans and labels of their names from a file of one token and tag a line."""
    sentences = path.read_text(encoding="utf-8").split("\n\n")
    texts, spans = [], []
    for sentence in sentences[: int(len(sentences) * share)]:
        text, found, inside = "", [], False
        for line in sentence.split("\n"):
            match = re.fullmatch(r"(.*)[|\t ](O|[BI][-_](\w+))", line)
            if not match or not match[1].strip():
                continue
            text += " " if text else ""
            start = len(text)
            text += match[1].strip()
            is_name = match[3] is not None and (match[3] in NAMES or match[3] in OTHER)
            if is_name and inside and match[2].startswith("I"):
                found[-1] = (found[-1][0], len(text), found[-1][2])
            elif is_name:
                found.append((start, len(text), NAMES.get(match[3], "")))
            inside = is_name
        texts.append(text)
        spans.append(found)
    return texts, spans


def raw_news(folder: Path) -> dict[int, list[str]]:
    """Return raw news texts by language."""
    fa, ar = [], []
    for path in sorted(folder.glob("fa-*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for row in json.load(file):
                fa.append(" ".join(str(v) for v in row.values()))
    for path in sorted(folder.glob("ar-saudi*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for row in json.load(file):
                ar.append(row["title"] + "\n" + row["content"])
    for name, texts in (("fa-isna.tar.gz", fa), ("ar-antcorpus.tar.gz", ar)):
        with tarfile.open(folder / name) as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is not None:
                    texts.append(re.sub(r"<[^>]*>", " ", file.read().decode("utf-8", "replace")))
    return {FA: fa, AR: ar}


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--development", type=Path, required=True, help="folder of the development data")
    args = parser.parse_args()
    words = common_words()
    entities = read_parts(args.development / "gazetteers", words).merged()
    rows = []
    for entity in entities:
        rows += [(entity.id, form, languages, 0) for form, languages, _ in forms_of(entity, words, {})]
    forms = pl.DataFrame(
        rows, schema={"entity_id": pl.String, "form": pl.String, "languages": pl.UInt8, "guard": pl.UInt8}, orient="row"
    )
    gazetteer = Gazetteer.of(pl.DataFrame({"entity_id": [e.id for e in entities]}), forms)
    by_group = forms.select("form").unique().sort("form")["form"].to_list()
    label_of = {e.id: e.label for e in entities}
    labels: dict[str, set[str]] = {}
    for ident, form, _, _ in rows:
        labels.setdefault(form, set()).add(label_of[ident])
    out: dict[tuple[str, str, str], list[float]] = {}

    def bump(language: int, group: int, label: str, column: int, by: float) -> None:
        key = "fa" if language == FA else "ar", by_group[group], label
        out.setdefault(key, [0, 0, 0, 0])[column] += by

    for language, name, share in SETS:
        texts, spans = annotated(args.development / name, share)
        hits = find_names(words_of(texts), np.full(len(texts), language, np.uint8), gazetteer.table)
        for group, text, start, end in zip(hits.group, hits.text, hits.start, hits.end, strict=True):
            over = [(s, e, label) for s, e, label in spans[text] if s < end and start < e]
            for label in labels[by_group[group]]:
                if not over:
                    bump(language, int(group), label, 1, 1)
                elif any(gold == label and e == end for _, e, gold in over):
                    bump(language, int(group), label, 0, 1)
                elif any(gold == "PER" or (s, e) == (start, end) for s, e, gold in over):
                    bump(language, int(group), label, 2, 1)
    for language, texts in raw_news(args.development / "news").items():
        found = words_of(texts)
        hits = find_names(found, np.full(len(texts), language, np.uint8), gazetteer.table)
        million = len(found.text) / 1e6
        for group, count in Counter(hits.group.tolist()).items():
            for label in labels[by_group[group]]:
                bump(language, group, label, 3, count / million)
    kept = sorted((k, v) for k, v in out.items() if sum(v[:3]) > 0 or v[3] >= 2)
    with (SOURCES / "evidence.tsv").open("w", encoding="utf-8") as file:
        file.write("language\tform\tlabel\tname\tword\tother\tper_million\n")
        for (language, form, label), (name, word, other, rate) in kept:
            file.write(f"{language}\t{form}\t{label}\t{int(name)}\t{int(word)}\t{int(other)}\t{rate:.1f}\n")
    print(f"{len(kept)} forms")


if __name__ == "__main__":
    main()
