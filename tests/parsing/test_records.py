"""Records as services, crawlers, databases and collections write them: nested, wrapped, escaped, dated in many ways."""

import datetime
import io
import json

import polars as pl
import pytest
import zstandard

from tests.parsing.scores import read_one

TITLE = "والیبال ایران قهرمان شد"
PARTS = ["تیم ملی والیبال ایران در دیدار پایانی برابر ژاپن به برتری رسید.", "سرمربی تیم از بازیکنان جوان قدردانی کرد."]
BODY = "\n".join(PARTS)
MARKUP = "".join(f"<p>{part}</p>" for part in PARTS)


def only(folder, name, content):
    """Return the one document of a file and its columns."""
    parsed = read_one(folder, name, content if isinstance(content, str | bytes) else json.dumps(content))
    assert parsed.documents.height == 1, (parsed.documents, parsed.rejects)
    return parsed.documents.row(0, named=True)


def test_wordpress_answers_are_read_with_what_they_embed(tmp_path):
    post = {
        "id": 77, "date": "2024-02-04T01:30:00", "date_gmt": "2024-02-03T22:00:00", "link": "https://khabar.example/77/",
        "guid": {"rendered": "https://khabar.example/?p=77"}, "title": {"rendered": f"{TITLE} &#8211; ورزش"},
        "content": {"rendered": MARKUP}, "excerpt": {"rendered": f"<p>{PARTS[0][:-8]} [&hellip;]</p>"},
        "author": 3, "categories": [4], "tags": [11, 12],
        "_embedded": {"author": [{"id": 3, "name": "آرمان پویا"}], "wp:term": [[{"name": "ورزشی", "taxonomy": "category"}], [{"name": "والیبال", "taxonomy": "post_tag"}, {"name": "قهرمانی", "taxonomy": "post_tag"}]]},
    }  # fmt: skip
    document = only(tmp_path, "wp.json", [post])
    assert (document["title"], document["lead"], document["body"]) == (f"{TITLE} – ورزش", None, BODY)
    assert (document["author"], document["category"], document["tags"]) == ("آرمان پویا", "ورزشی", ["والیبال", "قهرمانی"])  # fmt: skip
    assert (document["url"], document["external_id"]) == ("https://khabar.example/77/", "77")
    # The day is the site's, the moment is UTC: the two dates together give the zone.
    assert document["published_on"] == datetime.date(2024, 2, 4)
    assert document["published_at"] == datetime.datetime.fromisoformat("2024-02-03T22:00")
    bare = only(tmp_path, "bare.json", [{k: v for k, v in post.items() if k != "_embedded"}])
    assert (bare["author"], bare["category"], bare["tags"]) == (None, None, None)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda r: {
            "data": {"newsList": {"edges": [{"cursor": "x", "node": one} for one in r], "pageInfo": {"more": 1}}}
        },
        lambda r: {"data": {"feed": {"stories": r}}, "errors": None},
        lambda r: {"took": 3, "hits": {"total": 2, "hits": [{"_index": "n", "_source": one} for one in r]}},
        lambda r: {"data": [{"type": "news", "attributes": one} for one in r], "meta": {"total": 2}},
        lambda r: {"props": {"pageProps": {"posts": r, "locale": "fa"}}, "query": {"id": "1"}},
    ],
)
def test_records_are_found_however_deep_a_service_puts_them(tmp_path, wrap):
    records = [{"id": f"a{i}", "headline": f"{TITLE} {i}", "body": {"html": MARKUP}, "section": {"title": "ورزش"}} for i in range(2)]  # fmt: skip
    parsed = read_one(tmp_path, "deep.json", json.dumps(wrap(records)))
    assert parsed.documents.select("record", "title", "body", "category").rows() == [
        (0, f"{TITLE} 0", BODY, "ورزش"),
        (1, f"{TITLE} 1", BODY, "ورزش"),
    ]
    assert parsed.documents["source"].to_list() == [None, None]


@pytest.mark.parametrize(
    "body",
    [
        {"blocks": [{"type": "paragraph", "data": {"text": part}} for part in PARTS]},
        {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": part[:20]}, {"type": "text", "marks": [{"type": "bold"}], "text": part[20:]}]} for part in PARTS]},
        [{"type": "text", "value": PARTS[0]}, {"type": "image", "url": "https://x.example/a.jpg"}, {"type": "text", "value": PARTS[1]}],
        {"rendered": MARKUP, "protected": False},
        BODY.encode("utf-8").decode("latin-1"),
    ],
)  # fmt: skip
def test_bodies_of_editors_keep_their_paragraphs(tmp_path, body):
    assert only(tmp_path, "b.json", {"title": TITLE, "content": body})["body"] == BODY


def test_objects_about_other_things_lend_nothing(tmp_path):
    record = {
        "title": TITLE, "text": BODY, "organization": {"name": "باشگاه ساحل", "url": "https://club.example", "id": 9}, "image": {"url": "https://x.example/1.jpg", "title": "عکس", "date": "2011-01-01"},
        "meta": {"title": f"{TITLE} | ورزش‌نامه", "description": "برای جستجوگرها", "date": "2024-02-04"}, "comments": [{"name": "رضا", "text": "آفرین", "date": "2024-02-05"}],
    }  # fmt: skip
    document = only(tmp_path, "o.json", record)
    assert (document["title"], document["lead"], document["body"]) == (TITLE, None, BODY)
    assert (document["url"], document["external_id"], document["published_on"]) == (None, None, DAY)


def test_one_article_in_a_page_of_data(tmp_path):
    page = {"props": {"pageProps": {"post": {"title": TITLE, "content": MARKUP, "createdAt": "2024-02-04T15:00:00Z", "author": {"name": "آرمان پویا", "bio": "خبرنگار"}}}}}  # fmt: skip
    document = only(tmp_path, "next.json", page)
    assert (document["title"], document["body"], document["author"]) == (TITLE, BODY, "آرمان پویا")


DAY = datetime.date(2024, 2, 4)
MOMENT = datetime.datetime.fromisoformat("2024-02-04T15:00")


@pytest.mark.parametrize(
    ("date", "day", "moment"),
    [
        (1707058800, DAY, MOMENT), (1707058800000, DAY, MOMENT), ("1707058800", DAY, MOMENT), (1707058800.25, DAY, MOMENT), (1707058800000000, DAY, MOMENT),
        ({"$date": "2024-02-04T15:00:00Z"}, DAY, MOMENT), ({"$date": {"$numberLong": "1707058800000"}}, DAY, MOMENT), ({"$date": 1707058800000}, DAY, MOMENT),
        ({"year": 1402, "month": 11, "day": 15}, DAY, None), ({"_seconds": 1707058800, "_nanoseconds": 0}, DAY, MOMENT),
        ("1402/11/15", DAY, None), ("14021115", DAY, None), (14021115, DAY, None), (20240204, DAY, None), ("1402-11-15 18:30", DAY, MOMENT), ("۱۴۰۲/۱۱/۱۵", DAY, None),
        ("1445-07-23", DAY, None), ("23/07/1445", DAY, None), ("15 بهمن 1402", DAY, None),
        # The day is the day of the zone that is stated.
        ("2024-02-04T23:30:00-05:00", DAY, datetime.datetime.fromisoformat("2024-02-05T04:30")), ("2024-02-04T01:30:00+03:30", DAY, datetime.datetime.fromisoformat("2024-02-03T22:00")),
        ("Sun, 04 Feb 2024 15:00:00 GMT", DAY, MOMENT), ("2024-02-04 15:00:00 UTC", DAY, MOMENT),
        ("1402", None, None), ("2024-02", None, None), ("0000-00-00", None, None), (0, None, None), (True, None, None),
    ],
)  # fmt: skip
def test_dates_of_records(tmp_path, date, day, moment):
    document = only(tmp_path, "d.json", {"title": TITLE, "text": BODY, "date": date})
    assert (document["published_on"], document["published_at"]) == (day, moment)


def test_rss_with_encoded_content_and_a_writer_with_mail(tmp_path):
    document = only(
        tmp_path,
        "r.xml",
        f"""<?xml version="1.0"?><rss version="2.0" xmlns:content="c"><channel><title>خبرنامه</title><item><title>{TITLE}</title>
        <link>https://s.example/1</link><author>arman@s.example (آرمان پویا)</author><pubDate>Sun, 04 Feb 2024 23:30:00 +0330</pubDate>
        <category><![CDATA[ورزشی]]></category><description><![CDATA[<p>پیروزی در پنج ست.</p>]]></description><content:encoded><![CDATA[{MARKUP}]]></content:encoded></item></channel></rss>""",
    )
    assert (document["title"], document["lead"], document["body"], document["author"]) == (
        TITLE,
        "پیروزی در پنج ست.",
        BODY,
        "آرمان پویا",
    )
    assert (document["published_on"], document["published_at"]) == (DAY, datetime.datetime.fromisoformat("2024-02-04T20:00"))  # fmt: skip


def test_atom_with_xhtml(tmp_path):
    document = only(
        tmp_path,
        "a.xml",
        f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>خبرنامه</title><updated>2024-03-01T00:00:00Z</updated><entry><title>{TITLE}</title>
        <link rel="alternate" href="https://s.example/1"/><link rel="edit" href="https://s.example/edit"/><id>urn:1</id><published>2024-02-04T15:00:00Z</published><updated>2024-02-09T15:00:00Z</updated>
        <author><name>آرمان پویا</name><email>a@s.example</email></author><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{MARKUP}</div></content></entry></feed>""",
    )
    assert (document["body"], document["url"], document["author"], document["published_at"]) == (
        BODY,
        "https://s.example/1",
        "آرمان پویا",
        MOMENT,
    )


def test_a_newspaper_collection_with_two_calendars_and_pictures(tmp_path):
    parsed = read_one(
        tmp_path,
        "h.xml",
        f"""<?xml version="1.0" encoding="UTF-8"?><COLLECTION><DOC><DOCID>C-750403-001</DOCID><DATE calender="Western">1996-06-23</DATE><DATE calender="Persian">1375/04/03</DATE>
        <CAT xml:lang="fa">ورزش</CAT><CAT xml:lang="en">Sport</CAT><TITLE><![CDATA[{TITLE}]]></TITLE><TEXT><![CDATA[{BODY}]]><IMAGE>1.jpg</IMAGE></TEXT></DOC>
        <DOC><DOCID>C-750403-002</DOCID><DATE calender="Western">1996-06-23</DATE><TITLE><![CDATA[]]></TITLE><TEXT><![CDATA[{BODY}<IMAGE>2.jpg</IMAGE>]]></TEXT></DOC></COLLECTION>""",
    )
    assert parsed.documents.select("title", "body", "external_id", "category", "published_on").rows() == [
        (TITLE, BODY, "C-750403-001", "ورزش", datetime.date(1996, 6, 23)),
        (None, BODY, "C-750403-002", None, datetime.date(1996, 6, 23)),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("semicolon.csv", f'\ufefftitle;content;date\n"{TITLE}";"{BODY}";1402/11/15\n'),
        ("said.csv", f'sep=;\r\ntitle;content;date\r\n{TITLE};"{BODY}";1402/11/15\r\n'),
        ("wide.csv", f'title,content,date\n"{TITLE}","{BODY}",1402/11/15\n'.encode("utf-16")),
        ("escaped.tsv", "title\tcontent\tdate\n{}\t{}\t1402/11/15\n".format(TITLE, BODY.replace("\n", "\\n"))),
        ("null.tsv", "title\tauthor\tcontent\tdate\n{}\t\\N\t{}\t1402/11/15\n".format(TITLE, BODY.replace("\n", "\\n"))),
    ],
)  # fmt: skip
def test_tables_of_spreadsheets_and_databases(tmp_path, name, content):
    document = only(tmp_path, name, content)
    assert (document["title"], document["body"], document["published_on"], document["author"]) == (TITLE, BODY, DAY, None)  # fmt: skip


def test_quotes_escaped_by_a_backslash(tmp_path):
    parsed = read_one(
        tmp_path, "q.csv", f'title,content\n"{TITLE}","او گفت: \\"می‌مانیم\\" و رفت."\n"دوم","{PARTS[1]}"\n'
    )
    assert parsed.documents["body"].to_list() == ['او گفت: "می‌مانیم" و رفت.', PARTS[1]]
    assert parsed.rejects.is_empty()


def test_parquet_with_nested_columns_bytes_and_days(tmp_path):
    frames = [
        pl.DataFrame({"meta": [{"headline": TITLE, "published": MOMENT}], "paragraphs": [PARTS], "tags": [["والیبال"]]}),
        pl.DataFrame({"title": [TITLE.encode()], "text": [BODY.encode()], "date": [datetime.date(2024, 2, 4)], "tags": [["والیبال"]]}),
    ]  # fmt: skip
    for frame in frames:
        out = io.BytesIO()
        frame.write_parquet(out)
        document = only(tmp_path, "p.parquet", out.getvalue())
        assert (document["title"], document["body"], document["published_on"], document["tags"]) == (TITLE, BODY, DAY, ["والیبال"])  # fmt: skip


def response(body, *headers):
    page = b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Type: text/html; charset=utf-8", *headers]) + b"\r\n\r\n" + body
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://s.example/1\r\nContent-Length: {len(page)}\r\n\r\n"
    return head.encode() + page + b"\r\n\r\n"


def test_bodies_of_a_crawl_in_every_coding(tmp_path):
    page = f"<html><body><article><h1>{TITLE}</h1>{MARKUP}</article></body></html>".encode()
    zstd = zstandard.ZstdCompressor().compress(page)
    data = b"".join(
        [
            response(page),
            response(zstd, b"Content-Encoding: zstd"),
            response(page, b"Content-Encoding: br"),  # the crawler undid it and left the header
            response(page, b"X-Crawler-Content-Encoding: gzip", b"Content-Encoding: gzip"),
            response(b"\x8b\x10\x80\x03", b"Content-Encoding: br"),
            response(zstd[:-9], b"Content-Encoding: zstd"),
            response(page),
        ]
    )
    parsed = read_one(tmp_path, "c.warc", data)
    assert parsed.documents["record"].to_list() == [0, 1, 2, 3, 6]
    assert parsed.documents["body"].unique().to_list() == [BODY]
    assert "Brotli" in parsed.rejects["reason"][0]
    assert parsed.rejects["record"].to_list() == [4, 5]


def test_a_broken_line_is_named_and_the_rest_survives(tmp_path):
    good = json.dumps({"title": TITLE, "text": BODY})
    parsed = read_one(tmp_path, "z.jsonl", "\n".join([good, '{"title": "x", "text": ', good, "garbage", good]))
    assert parsed.documents["record"].to_list() == [0, 2, 4]
    assert parsed.rejects["record"].to_list() == [1, 3]
    assert parsed.rejects["reason"][0].startswith("cut short (record 1")
    assert parsed.rejects["reason"][1].startswith("broken JSON (record 3")
