"""The stage's face: what every batch holds, whatever the file."""

import datetime
import hashlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import polars as pl
import pytest

from pipeline import parsing
from pipeline.schema import DOCUMENTS, FILES, REJECTS, SEGMENTS
from tests.parsing.scores import read_one

ARTICLE = """کد خبر: ۱۲۳۴۵
نمایشگاه گل در قزوین برپا شد
نمایشگاه گل در قزوین برپا شد
نمایشگاه گل و گیاه قزوین با حضور صد غرفه‌دار گشایش یافت و تا جمعه ادامه دارد.
انتهای پیام/
"""


def test_frames_have_the_tables_columns_and_types(tmp_path):
    parsed = read_one(tmp_path, "a/b.txt", ARTICLE)
    for frame, table in zip(parsed, (FILES, DOCUMENTS, SEGMENTS, REJECTS), strict=True):
        for name, type_ in frame.schema.items():
            assert type_ == table.column(name).polars_type(), name
    file, document = parsed.files.row(0, named=True), parsed.documents.row(0, named=True)
    assert file["file_id"] == hashlib.sha256(b"a/b.txt").hexdigest()[:16]
    assert document["document_id"] == hashlib.sha256(b"a/b.txt\n0").hexdigest()[:16]
    assert file["content_hash"] == hashlib.sha256(ARTICLE.encode()).hexdigest()
    assert file["size_bytes"] == len(ARTICLE.encode())
    assert (file["state"], file["reason"], file["document_count"], file["format"]) == ("parsed", None, 1, "text")
    assert file["encoding"] == "utf-8 (valid)"
    assert document["text"] == ARTICLE
    assert document["title"] == "نمایشگاه گل در قزوین برپا شد"
    assert document["body"] == ARTICLE.split("\n")[3]
    assert document["external_id"] == "12345"


def test_segments_are_slices_in_order_and_lose_no_letter(tmp_path):
    text = "\ufeff عنوان خبر\r\n\r\n  متن\u200cخبر با نیم\u200cفاصله است.\u2028سطر دیگر\r\u200f(پایان)\x0bتمام "
    parsed = read_one(tmp_path, "x.txt", text)
    whole = parsed.documents["text"][0]
    end = 0
    outside = ""
    for row in parsed.segments.iter_rows(named=True):
        assert whole[row["start_char"] : row["end_char"]] == row["text"]
        assert row["start_char"] >= end
        outside += whole[end : row["start_char"]]
        end = row["end_char"]
    outside += whole[end:]
    assert not any(char.isalnum() for char in outside)
    assert parsed.segments["position"].to_list() == list(range(parsed.segments.height))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n\t \r\n", "empty or blank"),
        (b"... 123 !!", "not one letter"),
        (b"\x00\x01\x02\x03" * 100, "binary"),
        (b"%PDF-1.7 \xd8\xa7", "PDF"),
        ("متن سالم ".encode() * 20 + b"\xff\xfe\xfd" + "ادامه".encode(), "invalid UTF-8 at byte 320"),
        ("یک خبر".encode()[:-1], "invalid UTF-8 at byte"),
        (b'{"title": "\xd8\xae\xd8\xa8\xd8\xb1", "body": "\xd9\x85\xd8\xaa', "cut short"),
        (b'{"a": {"b": 1}}', "no text"),
    ],
)
def test_what_holds_no_article_is_rejected_with_its_reason(tmp_path, content, reason):
    parsed = read_one(tmp_path, "bad.txt", content)
    assert parsed.documents.is_empty()
    assert parsed.files.select("state", "document_count").rows() == [("rejected", 0)]
    assert reason in parsed.files["reason"][0]
    assert parsed.rejects.rows() == [("bad.txt", None, parsed.files["reason"][0])]


def test_files_that_cannot_be_opened_are_rejected(tmp_path):
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "nowhere.txt").symlink_to("absent")
    for name in ("folder.txt", "loop.txt", "nowhere.txt", "absent.txt", "nul\0.txt"):
        parsed = next(parsing.read(tmp_path / name, name))
        assert parsed.files["state"].to_list() == ["rejected"], name
        assert parsed.rejects["record"].to_list() == [None]


def test_a_good_file_comes_out_the_same_whatever_it_is_read_with(tmp_path):
    (tmp_path / "good.txt").write_text(ARTICLE, "utf-8")
    (tmp_path / "bad.txt").write_bytes(b"\xff" * 50)
    files = [(tmp_path / name, name) for name in ("good.txt", "bad.txt", "none.txt")]
    alone = next(parsing.read(*files[0]))
    together = list(parsing.read_many(files))
    assert len(together) == 1
    path = pl.col("path") == "good.txt"
    assert together[0].documents.equals(alone.documents)
    assert together[0].segments.equals(alone.segments)
    assert together[0].files.filter(path).equals(alone.files)
    assert together[0].rejects["path"].to_list() == ["bad.txt", "none.txt"]


def test_a_large_file_comes_in_batches_and_its_row_in_the_last(tmp_path):
    record = '{"title": "خبر %d", "text": "متن خبر شماره %d که به اندازه کافی بلند است."}\n'
    path = tmp_path / "many.jsonl"
    path.write_text("".join(record % (i, i) for i in range(500)), "utf-8")
    batches = list(parsing.read(path, "many.jsonl", parsing.ParsingSettings(batch_documents=100)))
    assert len(batches) >= 5
    assert max(batch.documents.height for batch in batches) <= 100
    assert [batch.files.height for batch in batches] == [0] * (len(batches) - 1) + [1]
    assert batches[-1].files["document_count"].to_list() == [500]
    whole = pl.concat(batch.documents for batch in batches)
    assert whole["record"].to_list() == list(range(500))
    assert whole.equals(next(parsing.read(path, "many.jsonl")).documents)


def _read_in_worker(argument):
    path, name = argument
    return next(parsing.read(path, name)).documents


def test_the_face_works_in_spawned_processes(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(ARTICLE, "utf-8")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(_read_in_worker, (path, "a.txt")).result().equals(_read_in_worker((path, "a.txt")))


def test_content_hash_moves_with_given_fields_and_not_with_others(tmp_path):
    one = read_one(tmp_path, "a.jsonl", '{"title":"خبر","text":"متن خبر.","tags":["الف"],"x":1}\n')
    two = read_one(tmp_path, "a.jsonl", '{"title":"خبر","text":"متن خبر.","tags":["ب"],"x":1}\n')
    three = read_one(tmp_path, "a.jsonl", '{"title":"خبر","text":"متن خبر.","tags":["الف"],"x":2}\n')
    hashes = [parsed.documents["content_hash"][0] for parsed in (one, two, three)]
    assert hashes[0] != hashes[1]
    assert hashes[0] == hashes[2]


def test_dates_of_files_without_metadata_come_from_stamps_and_datelines_only(tmp_path):
    stamp = read_one(
        tmp_path,
        "a.txt",
        "عنوان خبر نخست\nدوشنبه ۲۹ اردیبهشت ۱۳۹۹ - ۱۴:۳۲\nوزیر گفت که سال ۱۴۰۲ سال خوبی خواهد بود و کار ادامه دارد.",
    )
    assert stamp.documents["published_on"][0] == datetime.date(2020, 5, 18)
    assert stamp.documents["published_at"][0] == datetime.datetime.fromisoformat("2020-05-18T10:02")
    dateline = read_one(
        tmp_path, "b.txt", "عنوان الخبر\nتونس 14 مارس 2021 (وات) - أعيد اليوم فتح المعبر أمام المسافرين من الجانبين."
    )
    assert dateline.documents["published_on"][0] == datetime.date(2021, 3, 14)
    text = read_one(tmp_path, "c.txt", "عنوان خبر سوم\nاو در ۱۵ بهمن ۱۴۰۰ به پکن رفت و با همتای خود دیدار کرد.")
    assert text.documents["published_on"][0] is None
    caption = read_one(
        tmp_path,
        "d.txt",
        "عنوان خبر چهارم\nمیدان شهر ـ ۱۵ بهمن ۱۴۰۰ ـ عکس از خبرگزاری فرانسه\nمتن خبر اینجا آغاز می‌شود و پایان می‌یابد.",
    )
    assert caption.segments["kind"].to_list() == ["title", "caption", "paragraph"]
    assert caption.documents["published_on"][0] is None
