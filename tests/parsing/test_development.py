"""Measured on the development collections: fields of every record, pages against their gold text, encodings."""

import datetime
import json
import random
import re
import tarfile
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from pipeline import parsing
from pipeline.parsing import encodings
from pipeline.parsing.articles import Rejected
from tests.development_data import development_data
from tests.parsing.pin import filled

PINS = json.loads(Path(__file__).with_name("gate.json").read_text("utf-8"))

pytestmark = pytest.mark.gate


def read_all(*parts):
    path = development_data(*parts)
    batches = list(parsing.read(path, "/".join(parts)))
    return tuple(pl.concat(frames) for frames in zip(*batches, strict=True))


@pytest.mark.parametrize("name", PINS["collections"])
def test_every_record_gives_its_fields(name):
    pins = PINS["collections"][name]
    _, documents, segments, rejects = read_all("news", *name.split("/"))
    assert documents.height == pins["documents"]
    assert rejects.height == pins["rejects"]
    for column, share in pins["share"].items():
        assert filled(documents[column]) >= share - pins["tolerance"], column
    slices = segments.join(documents.select("document_id", whole="text"), on="document_id").select(
        (
            pl.col("whole").str.slice(pl.col("start_char"), pl.col("end_char") - pl.col("start_char")) == pl.col("text")
        ).all()
    )
    assert slices.item()


PAGES = {
    "1641304459": "2020-06-22", "1784190729": "2020-12-01", "1691196862": "2020-08-24", "1806793639": "2020-12-25",
    "test_cnn_arabic": "2013-08-04", "arabic_article": "2013-08-28",
}  # fmt: skip
"""What each page itself says. The first says 2 Tir 1399, and 20200622 in its address; the data's list has 2020-07-02."""


@pytest.mark.parametrize("name", PAGES)
def test_pages_give_their_day_and_keep_half_spaces(name):
    path = development_data("html", f"{name}.html")
    parsed = next(parsing.read(path, path.name))
    assert parsed.documents["published_on"][0] == datetime.date.fromisoformat(PAGES[name])
    assert parsed.documents["title"][0]
    body = parsed.documents["body"][0]
    markup = path.read_text("utf-8").replace("&zwnj;", "\u200c")
    if name == "1641304459":
        # The last time the words stand on the page is in the article; before, in its description.
        first, last = body.split("\u200c")[0], body.split("\u200c")[-1][:40]
        article = markup[markup.rindex(first) : markup.rindex(last)]
        assert body.count("\u200c") == article.count("\u200c") > 0


@pytest.mark.parametrize("name", ["arabic_article", "test_cnn_arabic"])
def test_pages_give_their_gold_text(name):
    gold = Counter(re.findall(r"\w+", development_data("html", "arabic_article.txt").read_text("utf-8")))
    path = development_data("html", f"{name}.html")
    found = Counter(re.findall(r"\w+", next(parsing.read(path, path.name)).documents["body"][0]))
    shared = sum((gold & found).values())
    f1 = 2 * shared / (sum(gold.values()) + sum(found.values()))
    assert f1 >= PINS["pages"]["f1"] - PINS["pages"]["tolerance"]


def _sloppy(data):
    return "".join(chr(b) if b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([b]).decode("cp1252") for b in data)


SPOILT = {
    "windows-1256": lambda t, n: t.encode("cp1256", "replace")[:n],
    "iso-8859-6": lambda t, n: t.encode("iso8859_6", "replace")[:n],
    "utf-16": lambda t, n: t.encode("utf-16")[:n],
    "utf-16 without mark": lambda t, n: t.encode("utf-16-le")[:n],
    "utf-8 read as windows-1252": lambda t, n: _sloppy(t.encode()[:n]).encode(),
    "utf-8 read as windows-1256": lambda t, n: t.encode()[:n].decode("cp1256").encode(),
    "utf-8 read as latin-1": lambda t, n: t.encode()[:n].decode("latin-1").encode(),
    "windows-1256 read as windows-1252": lambda t, n: _sloppy(t.encode("cp1256", "replace")[:n]).encode(),
}


def test_encodings_of_short_pieces_are_found():
    chooser = random.Random(7)
    pieces = []
    with tarfile.open(development_data("news", "ar-antcorpus.tar.gz")) as archive:
        for i, member in enumerate(archive):
            file = archive.extractfile(member) if i % 20 == 0 else None
            if file:
                text = re.search(r"<TEXT>(.*?)</TEXT>", file.read().decode("utf-8"), re.DOTALL)
                if text and len(text[1].strip().encode()) >= 300:
                    pieces.append(text[1].strip())
    with tarfile.open(development_data("news", "fa-isna.tar.gz")) as archive:
        for i, member in enumerate(member for member in archive if member.isfile()):
            file = archive.extractfile(member) if i % 30 == 0 else None
            if file:
                # Windows-1256 and ISO-8859-6 have no Persian ya and kaf: papers wrote the Arabic ones.
                text = file.read().decode("utf-8").translate(str.maketrans("یکۀ", "يكه"))
                pieces.append(text[text.find("\n") + 1 :].strip())
    wrong = Counter()
    for text in pieces:
        for name, spoil in SPOILT.items():
            size = chooser.randint(300, 3000)
            codec = {"windows-1256": "cp1256", "iso-8859-6": "iso8859_6"}.get(name.split(" read")[0])
            want = text.encode(codec, "replace").decode(codec) if codec else text
            try:
                data = spoil(text, size)
                got, _ = encodings.repair(encodings.decode(data, encodings.decide(data, whole=True)))
            except Rejected:
                wrong[name] += 1
                continue
            # Half a character at the cut is no error of the decision.
            keep = max(len(got) - 3, 1)
            wrong[name] += got[:keep] != want[:keep]
    share = 1 - sum(wrong.values()) / (len(pieces) * len(SPOILT))
    assert len(pieces) > 300
    assert share >= max(0.995, PINS["encodings"]["share"] - PINS["encodings"]["tolerance"]), wrong
