"""Every format, by its content: the fields that matter, and what is damaged."""

import csv
import datetime
import gzip
import io
import json

import polars as pl
import pytest

from pipeline import parsing
from tests.parsing.scores import read_one

BODY = "تیم ملی والیبال ایران در دیدار پایانی برابر ژاپن به برتری رسید.\nسرمربی تیم از بازیکنان جوان قدردانی کرد."


def rows(parsed, *columns):
    return parsed.documents.select(*columns).rows()


def test_json_names_are_found_by_themselves(tmp_path):
    record = {
        "headline": "والیبال ایران قهرمان شد", "summary": "پایان ده سال انتظار در سالن آزادی", "paragraphs": BODY.split("\n"),
        "pubDate": "۱۴۰۲/۰۷/۱۵ ۲۱:۱۰", "publisher": {"name": "ورزش‌نامه"}, "authors": [{"name": "آرمان پویا"}],
        "link": "https://varzesh.example/news/77", "keywords": "والیبال، قهرمانی", "section": "ورزشی", "newsId": 77,
    }  # fmt: skip
    parsed = read_one(tmp_path, "one.json", json.dumps(record, ensure_ascii=False))
    document = parsed.documents.row(0, named=True)
    assert document["text"] == "\n".join([record["headline"], record["summary"], BODY])
    assert parsed.segments["kind"].to_list() == ["title", "lead", "paragraph", "paragraph"]
    assert (document["title"], document["lead"], document["body"]) == (record["headline"], record["summary"], BODY)
    assert document["published_on"] == datetime.date(2023, 10, 7)
    assert document["published_at"] == datetime.datetime.fromisoformat("2023-10-07T17:40")
    assert (document["source"], document["author"], document["url"]) == ("ورزش‌نامه", "آرمان پویا", record["link"])
    assert (document["category"], document["tags"], document["external_id"]) == ("ورزشی", ["والیبال", "قهرمانی"], "77")


@pytest.mark.parametrize("wrap", [lambda r: r, lambda r: {"articles": r, "status": "ok"}, lambda r: {"response": {"results": r}}, lambda r: {f"id{i}": v for i, v in enumerate(r)}])  # fmt: skip
def test_json_records_are_found_in_arrays_and_objects(tmp_path, wrap):
    records = [{"title": f"خبر {i}", "text": BODY} for i in range(3)]
    parsed = read_one(tmp_path, "many.json", json.dumps(wrap(records)))
    assert rows(parsed, "record", "title") == [(i, f"خبر {i}") for i in range(3)]


def test_a_truncated_array_keeps_the_records_that_came_whole(tmp_path):
    text = json.dumps([{"title": f"خبر {i}", "text": BODY} for i in range(4)], ensure_ascii=False)
    parsed = read_one(tmp_path, "cut.json", text[:-30])
    assert rows(parsed, "record") == [(0,), (1,), (2,)]
    assert parsed.files.select("state", "document_count").rows() == [("parsed", 3)]
    assert parsed.rejects.select("path", "record").rows() == [("cut.json", 3)]
    assert "cut short" in parsed.rejects["reason"][0]
    between = read_one(tmp_path, "cut2.json", text[: text.rindex(', {"title"')])
    assert rows(between, "record") == [(0,), (1,), (2,)]
    assert between.rejects["record"].to_list() == [3]


def test_an_object_too_large_to_look_at_whole_is_streamed(tmp_path):
    records = [{"title": f"خبر {i}", "text": BODY} for i in range(3000)]
    path = tmp_path / "large.json"
    path.write_text(json.dumps({"status": "ok", "articles": records, "next": None}, ensure_ascii=False), "utf-8")
    batches = list(parsing.read(path, "large.json", parsing.ParsingSettings(max_document_bytes=1 << 18)))
    assert sum(batch.documents.height for batch in batches) == 3000
    assert batches[-1].rejects.is_empty()


def test_one_broken_record_harms_no_other(tmp_path):
    good = json.dumps({"title": "خبر", "text": BODY}, ensure_ascii=False)
    lines = [
        good,
        '{"title": "نیمه',
        "[]",
        '{"title": ""}',
        good.replace("خبر", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")),
        good,
    ]
    data = "\n".join(lines).encode() + b'\n{"title": "\xff\xfe", "text": "x"}\n\n' + good.encode()
    parsed = read_one(tmp_path, "a.jsonl", data)
    assert rows(parsed, "record") == [(0,), (4,), (5,), (7,)]
    assert parsed.rejects["record"].to_list() == [1, 2, 3, 6]
    assert "invalid UTF-8 (byte 0xff" in parsed.rejects["reason"][3]
    array = read_one(tmp_path, "a.json", f"[{good}, {{'single': 1}}, {good}]")
    assert rows(array, "record") == [(0,), (2,)]
    assert array.rejects["record"].to_list() == [1]


def test_markup_and_entities_in_a_field_become_their_text(tmp_path):
    record = {
        "title": "کتاب&zwnj;ها &amp; خوانندگان",
        "content": "<p>نمایشگاه می&zwnj;ماند.</p><h2>ساعت کار</h2><p>از نه صبح تا نه شب باز است<br>و جمعه‌ها هم.</p><script>x()</script>",
    }
    parsed = read_one(tmp_path, "h.json", json.dumps(record))
    assert parsed.segments.select("kind", "text").rows() == [
        ("title", "کتاب\u200cها & خوانندگان"), ("paragraph", "نمایشگاه می\u200cماند."), ("heading", "ساعت کار"),
        ("paragraph", "از نه صبح تا نه شب باز است"), ("paragraph", "و جمعه‌ها هم."),
    ]  # fmt: skip


def test_csv_and_tsv_with_quotes_and_a_short_row(tmp_path):
    for separator, name in ((",", "a.csv"), ("\t", "a.tsv"), (";", "plain.txt")):
        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator)
        writer.writerows([["url", "title", "date", "content"], ["https://x.example/1", 'خبر "یک"', "۱۵ مرداد ۱۴۰۴ / ۱۷:۲۵", BODY], ["https://x.example/2", "ناقص"], ["https://x.example/3", "خبر سه", "", BODY]])  # fmt: skip
        parsed = read_one(tmp_path, name, out.getvalue())
        assert rows(parsed, "record", "title") == [(0, 'خبر "یک"'), (2, "خبر سه")]
        assert parsed.documents["body"][0] == BODY
        assert parsed.documents["published_at"][0] == datetime.datetime.fromisoformat("2025-08-06T13:55")
        assert parsed.rejects.rows() == [(name, 1, "the row has 2 fields where the first line names 4")]


def test_a_quote_never_closed_costs_its_own_row(tmp_path):
    rows_of = [f'https://x.example/{i},"خبر {i}",متن خبر شماره {i} است.' for i in range(40)]
    rows_of[7] = 'https://x.example/7,"خبر بی‌پایان,متن خبر'
    parsed = read_one(tmp_path, "q.csv", "url,title,content\n" + "\n".join(rows_of) + "\n")
    assert parsed.documents["record"].to_list() == [i for i in range(40) if i != 7]
    assert parsed.rejects.rows() == [("q.csv", 7, "a quote in the row is never closed")]
    loose = read_one(
        tmp_path,
        "l.csv",
        'title,content\nخبر,"او گفت: "نه" و رفت."\nخبر دو,"متن\nدو سطری"\n',
    )
    assert loose.documents["body"].to_list() == ['او گفت: نه" و رفت."', "متن\nدو سطری"]


def test_a_damaged_first_line_costs_only_itself(tmp_path):
    good = json.dumps({"title": "خبر", "text": BODY}, ensure_ascii=False)
    for first in ('{"title": "خبر", "text": "نیمه', '{"title": "x"', "{broken}"):
        parsed = read_one(tmp_path, "f.jsonl", "\n".join([first, good, good]))
        assert rows(parsed, "record") == [(1,), (2,)], first
        assert parsed.rejects["record"].to_list() == [0]


def test_rss_and_atom(tmp_path):
    rss = """<?xml version="1.0"?><rss version="2.0" xmlns:content="c" xmlns:dc="d"><channel><title>وكالة المدى</title>
    <item><title><![CDATA[افتتاح معرض الكتاب]]></title><link>https://mada.example/1</link><pubDate>Tue, 18 Feb 2020 10:05:00 +0300</pubDate>
    <dc:creator>هدى سليم</dc:creator><category>ثقافة</category><description>&lt;p&gt;انطلق المعرض في بغداد&lt;/p&gt;</description>
    <content:encoded><![CDATA[<p>انطلق المعرض في بغداد صباح اليوم بمشاركة واسعة.</p><p>ويستمر عشرة أيام.</p>]]></content:encoded></item>
    <item><title>خبر ثان</title><description>نص الخبر الثاني كاملاً.</description></item></channel></rss>"""
    parsed = read_one(tmp_path, "feed.xml", rss)
    first = parsed.documents.row(0, named=True)
    assert (first["title"], first["url"], first["author"], first["category"], first["source"]) == ("افتتاح معرض الكتاب", "https://mada.example/1", "هدى سليم", "ثقافة", "وكالة المدى")  # fmt: skip
    assert first["published_at"] == datetime.datetime.fromisoformat("2020-02-18T07:05")
    assert first["body"].split("\n")[-1] == "ويستمر عشرة أيام."
    assert parsed.documents["body"][1] == "نص الخبر الثاني كاملاً."
    atom = """<feed xmlns="http://www.w3.org/2005/Atom"><title>مدار</title><entry><title>عنوان</title><link rel="alternate" href="https://m.example/9"/><author><name>رامي</name></author><published>2021-05-06T07:08:09Z</published><content type="html">&lt;p&gt;متن المقال الأول.&lt;/p&gt;</content></entry></feed>"""
    parsed = read_one(tmp_path, "atom.txt", atom)
    assert rows(parsed, "title", "url", "author", "body") == [
        ("عنوان", "https://m.example/9", "رامي", "متن المقال الأول.")
    ]


def test_trec_collections_of_several_roots_and_bare_ampersands(tmp_path):
    doc = "<DOC>\n<DOCNO>X-{0}</DOCNO>\n<URL>http://h.example/a?x=1&y=2</URL>\n<CAT>sport</CAT>\n<TITLE>خبر {0}</TITLE>\n<DATE>2016-07-01</DATE>\n<TEXT>\nمتن یکم & دوم.\nسطر دوم < سوم.\n</TEXT>\n</DOC>\n"
    parsed = read_one(
        tmp_path, "c.sgml", doc.format(1) + "<DOC><TITLE>بی‌پایان</TITLE>\n" + doc.format(2) + "<DOC><TITLE>بریده"
    )
    assert rows(parsed, "external_id", "category", "url", "published_on") == [(f"X-{i}", "sport", "http://h.example/a?x=1&y=2", datetime.date(2016, 7, 1)) for i in (1, 2)]  # fmt: skip
    assert parsed.documents["body"][0] == "متن یکم & دوم.\nسطر دوم < سوم."
    assert parsed.rejects.height == 2


def test_entities_of_its_own_are_no_news(tmp_path):
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "خبر"><!ENTITY b "&a;&a;&a;">]><article><title>&b;</title><text>متن</text></article>'
    parsed = read_one(tmp_path, "bomb.xml", bomb)
    assert parsed.files["state"][0] == "rejected"
    assert "entit" in parsed.files["reason"][0]


def test_parquet(tmp_path):
    frame = pl.DataFrame(
        {
            "title": ["خبر یک", "خبر دو"],
            "text": [BODY, BODY],
            "date": [datetime.datetime.fromisoformat("2020-01-02T03:04"), None],
            "tags": [["الف", "ب"], []],
        }
    )
    frame.write_parquet(tmp_path / "x.parquet")
    parsed = next(parsing.read(tmp_path / "x.parquet", "misnamed.bin"))
    assert parsed.files["format"].to_list() == ["parquet"]
    assert rows(parsed, "title", "published_on", "tags") == [
        ("خبر یک", datetime.date(2020, 1, 2), ["الف", "ب"]),
        ("خبر دو", None, None),
    ]
    broken = (tmp_path / "x.parquet").read_bytes()
    assert read_one(tmp_path, "y.parquet", broken[:-40]).files["state"].to_list() == ["rejected"]


def warc(*pages):
    parts = [b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 5\r\n\r\nhello\r\n\r\n"]
    for url, head, body in pages:
        payload = head + b"\r\n\r\n" + body
        parts.append(
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nContent-Length: {len(payload)}\r\n\r\n".encode()
            + payload
            + b"\r\n\r\n"
        )
        parts.append(b"WARC/1.0\r\nWARC-Type: request\r\nContent-Length: 3\r\n\r\nGET\r\n\r\n")
    return b"".join(parts)


def test_warc_counts_responses_and_undoes_http(tmp_path):
    page = "<html><head><title>خبر</title></head><body><h1>بازگشایی موزه هنر</h1><p>موزه هنر پس از دو سال بازسازی درهای خود را گشود و روز نخست رایگان بود.</p></body></html>"
    ok = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8"
    chunked = f"{len(page.encode()):x}".encode() + b"\r\n" + page.encode() + b"\r\n0\r\n\r\n"
    data = warc(
        ("https://a.example/2020/02/18/1", ok, page.encode()),
        ("https://a.example/x.png", b"HTTP/1.1 200 OK\r\nContent-Type: image/png", b"\x89PNG"),
        ("https://a.example/gone", b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html", page.encode()),
        ("https://a.example/2", ok + b"\r\nContent-Encoding: gzip", gzip.compress(page.encode())),
        ("https://a.example/3", ok + b"\r\nTransfer-Encoding: chunked", chunked),
        ("https://a.example/4", b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=windows-1256", page.replace("گ", "ك").encode("cp1256", "xmlcharrefreplace")),
    )  # fmt: skip
    parsed = read_one(
        tmp_path, "crawl.warc.gz", b"".join(gzip.compress(data[i : i + 700]) for i in range(0, len(data), 700))
    )
    assert parsed.documents["record"].to_list() == [0, 3, 4, 5]
    assert set(parsed.documents["title"]) == {"بازگشایی موزه هنر", "بازكشایی موزه هنر"}
    assert parsed.documents["url"][0] == "https://a.example/2020/02/18/1"
    assert parsed.documents["published_on"][0] == datetime.date(2020, 2, 18)
    assert parsed.rejects.rows() == [
        ("crawl.warc.gz", 1, "image/png: no page of text"),
        ("crawl.warc.gz", 2, "HTTP status 404: no article"),
    ]
    cut = read_one(tmp_path, "cut.warc", data[: data.index(b"https://a.example/3") + 300])
    assert cut.documents["record"].to_list() == [0, 3]
    assert cut.rejects["record"].to_list() == [1, 2, 4]


def test_content_decides_where_the_name_is_wrong(tmp_path):
    page = (
        "<!DOCTYPE html><html><body><h1>عنوان خبر</h1><p>متن خبر در صفحه‌ای که نامش چیز دیگری می‌گوید.</p></body></html>"
    )
    assert read_one(tmp_path, "page.json", page).files["format"].to_list() == ["html"]
    assert read_one(tmp_path, "data.html", '[{"title": "خبر", "text": "متن خبر."}]').files["format"].to_list() == [
        "json"
    ]
    assert read_one(tmp_path, "text.csv", "عنوان یک خبر\nمتن خبر که جدول نیست.").files["format"].to_list() == ["text"]
    assert read_one(tmp_path, "bracket.txt", "[رويترز] عنوان الخبر\nنص الخبر كاملاً هنا.").files["format"].to_list() == [
        "text"
    ]
    assert read_one(tmp_path, "brace.json", "{عنوان} خبر است\nمتن خبر.").files["format"].to_list() == ["text"]


def test_a_folders_configuration_overrides_names_and_names_the_source(tmp_path):
    (tmp_path / "site" / "deep").mkdir(parents=True)
    (tmp_path / "khabar.toml").write_text('source = "کل"\nzone = "Asia/Kabul"\n', "utf-8")
    (tmp_path / "site" / "khabar.toml").write_text(
        'source = "هشت صبح"\n[fields]\ntitle = "t"\nbody = ["a", "b.c"]\n', "utf-8"
    )
    record = json.dumps(
        {
            "t": "عنوان",
            "title": "نه این",
            "a": "پاره نخست متن.",
            "b": {"c": "پاره دوم متن."},
            "date": "2021-01-01 10:00",
        }
    )
    path = tmp_path / "site" / "deep" / "a.jsonl"
    path.write_text(record, "utf-8")
    document = next(parsing.read(path, "site/deep/a.jsonl")).documents.row(0, named=True)
    assert (document["title"], document["body"], document["source"]) == (
        "عنوان",
        "پاره نخست متن.\nپاره دوم متن.",
        "هشت صبح",
    )
    assert document["published_at"] == datetime.datetime.fromisoformat("2021-01-01T05:30")
    key = parsing.configuration_key(path, "site/deep/a.jsonl")
    (tmp_path / "site" / "khabar.toml").write_text("nonsense = 1\n", "utf-8")
    assert parsing.configuration_key(path, "site/deep/a.jsonl") != key
    told = next(parsing.read(tmp_path / "site" / "khabar.toml", "site/khabar.toml"))
    assert "sets nonsense" in told.files["reason"][0]
    assert next(parsing.read(tmp_path / "khabar.toml", "khabar.toml")).files.select("state", "format").rows() == [
        ("parsed", "configuration")
    ]
