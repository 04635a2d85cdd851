"""Beginnings of real articles of the development data, as the linking gold counts its offsets in them."""

import csv
import gzip
import json
import re
import tarfile
from functools import cache
from pathlib import Path

from tests.development_data import development_data


@cache
def _records(file: str) -> dict[str, str]:
    path = Path(development_data("news", *file.split("/")))
    if path.suffix == ".csv":
        with path.open(encoding="utf-8") as rows:
            return {str(i): " ".join(row)[:1200] for i, row in enumerate(csv.reader(rows))}
    if path.name.endswith(".tar.gz"):
        with tarfile.open(path) as archive:
            texts = {}
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    texts[member.name] = re.sub(r"<[^>]*>", " ", content.read().decode("utf-8", "replace"))[:700]
            return texts
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        if path.name.startswith("fa-"):
            return {str(i): f"{r.get('title') or ''}\n{r.get('abstract') or ''}" for i, r in enumerate(json.load(rows))}
        return {str(i): f"{r['title']}\n{r['content'][:600]}" for i, r in enumerate(json.load(rows))}


_SOURCES = {"ar-ant": "Jawhara FM", "fa-isna": "ایسنا", "fa-irani": "ایسنا", "fa-fars": "farsnews.ir"}


@cache
def _publishers(file: str) -> list[str]:
    with gzip.open(development_data("news", file), "rt", encoding="utf-8") as rows:
        return [str(row["source"]) for row in json.load(rows)]


def source(file: str, record: str) -> str:
    """Return the publisher of a record of a file of `news`."""
    if file.startswith("ar-saudinewsnet"):
        return _publishers(file)[int(record)]
    return next(name for prefix, name in _SOURCES.items() if file.startswith(prefix))


def article(file: str, record: str) -> str:
    """Return the beginning of a record of a file of `news`."""
    return _records(file)[record]
