"""No input makes the stage raise, and whatever it gives keeps the stage's promises."""

import bz2
import gzip
import json

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.schema import SEGMENT_KINDS
from tests.parsing.corpus import marked
from tests.parsing.scores import read_one
from tests.parsing.test_containers import tarred, zipped
from tests.parsing.test_formats import warc

_PAGE = next(entry.content for entry in marked("tune") if entry.is_page).encode()
_TEXT = marked("tune")[0].content.encode()
_RECORDS = json.dumps(
    [{"title": "خبر", "text": "<p>متن&zwnj;خبر</p>", "date": "۱۴۰۲/۰۷/۱۵", "tags": ["الف"]}] * 3, ensure_ascii=False
).encode()


def _parquet():
    import io

    out = io.BytesIO()
    pl.DataFrame({"title": ["خبر"] * 3, "text": ["متن خبر."] * 3}).write_parquet(out)
    return out.getvalue()


GOOD = {
    "text": _TEXT,
    "html": _PAGE,
    "json": _RECORDS,
    "jsonl": _RECORDS[1:-1].replace(b"}, {", b"}\n{"),
    "csv": "title,content,date\nخبر,متن خبر است.,۱۴۰۲/۰۷/۱۵\n\"خبر دو\",\"متن\nدو\",\n".encode(),
    "rss": "<?xml version='1.0'?><rss><channel><title>م</title><item><title>خبر</title><description>&lt;p&gt;متن&lt;/p&gt;</description></item></channel></rss>".encode(),
    "trec": "<DOC><DOCNO>1</DOCNO><TITLE>خبر</TITLE><TEXT>متن خبر</TEXT></DOC>".encode() * 2,
    "warc": warc(("https://a.example/1", b"HTTP/1.1 200 OK\r\nContent-Type: text/html", _PAGE)),
    "parquet": _parquet(),
    "gzip": gzip.compress(_RECORDS),
    "bzip2": bz2.compress(_TEXT),
    "zip": zipped([("a.txt", _TEXT), ("b.json", _RECORDS)]),
    "tar": tarred([("a.txt", _TEXT), ("b.json", _RECORDS)]),
    "utf-16": _TEXT.decode().encode("utf-16"),
    "windows-1256": "قررت البلدية فتح الحدائق العامة أمام الزوار طوال الصيف.".encode("cp1256"),
}  # fmt: skip


def promises(parsed):
    assert parsed.files.height >= 1
    assert parsed.files["path"].n_unique() == parsed.files.height
    counts = parsed.documents.group_by("path").len()
    told = parsed.files.filter(pl.col("document_count") > 0).select(
        "path", pl.col("document_count").cast(pl.UInt32).alias("len")
    )
    assert counts.sort("path").rows() == told.sort("path").rows()
    assert set(parsed.rejects["path"]) <= set(parsed.files["path"])
    for state, reason in parsed.files.select("state", "reason").iter_rows():
        assert (state, reason is None) in (("parsed", True), ("rejected", False))
    texts = dict(parsed.documents.select("document_id", "text").iter_rows())
    at = {}
    for document, _, kind, start, end, text in parsed.segments.iter_rows():
        assert texts[document][start:end] == text
        assert start >= at.get(document, 0)
        assert end > start
        assert kind in SEGMENT_KINDS
        outside = texts[document][at.get(document, 0) : start]
        assert not any(map(str.isalnum, outside)), outside
        at[document] = end
    for document, text in texts.items():
        assert not any(map(str.isalnum, text[at.get(document, 0) :]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("name", GOOD)
def test_the_undamaged_ones_are_read(folder, name):
    parsed = read_one(folder, name, GOOD[name])
    promises(parsed)
    assert parsed.documents.height >= 1
    assert parsed.rejects.is_empty()


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_of_every_format_is_borne(folder, data):
    content = bytearray(GOOD[data.draw(st.sampled_from(sorted(GOOD)))])
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        what = data.draw(st.sampled_from(["flip", "cut", "drop", "insert", "double"]))
        if what == "flip" and content:
            content[at] ^= data.draw(st.integers(1, 255))
        elif what == "cut":
            del content[at:]
        elif what == "drop":
            del content[at : at + data.draw(st.integers(1, 50))]
        elif what == "insert":
            content[at:at] = data.draw(
                st.sampled_from(
                    [
                        b"\0",
                        b"\xff\xfe",
                        b"<",
                        b"]]>",
                        b'"',
                        b"{[",
                        b"\r",
                        b"&#x110000;",
                        b"\xd8",
                        b"<!ENTITY x>",
                        "\u202e".encode(),
                        b"</DOC>",
                        b"!",
                    ]
                )
            )
        else:
            content[at:at] = content[at : at + data.draw(st.integers(1, 400))]
    promises(read_one(folder, "damaged", bytes(content)))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.one_of(st.binary(max_size=400), st.text(max_size=400).map(lambda t: t.encode("utf-8", "surrogatepass")), st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["title", "text", "date", "tags", "author", "url", "content", "x", "source", "articles"]), inner, max_size=5), max_leaves=12).map(lambda v: json.dumps(v).encode())), extension=st.sampled_from(["txt", "json", "html", "csv", "xml", "gz", "parquet", "warc"]))  # fmt: skip
def test_anything_is_borne(folder, content, extension):
    promises(read_one(folder, f"any.{extension}", content))


def test_deep_nesting_is_borne(folder):
    promises(read_one(folder, "deep.json", b'{"title": ' * 100_000))
    promises(read_one(folder, "deep.jsonl", b"[" * 100_000 + b"\n" + GOOD["jsonl"]))
    promises(read_one(folder, "deep.html", b"<html><body>" + b"<div>" * 50_000 + _TEXT))
    promises(read_one(folder, "deep.xml", b"<?xml version='1.0'?>" + b"<a>" * 50_000 + _TEXT))
