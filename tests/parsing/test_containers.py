"""Compression and archives: read through, or rejected within bounds."""

import bz2
import gzip
import io
import lzma
import resource
import tarfile
import zipfile

import polars as pl
import pytest
import zstandard

from pipeline import parsing
from tests.parsing.scores import read_one

TEXT = "نمایشگاه کتاب بندرعباس گشایش یافت\nنمایشگاه کتاب بندرعباس با صد ناشر گشایش یافت و تا پایان هفته برپاست.\n"
SMALL = parsing.ParsingSettings(max_expanded_bytes=64 << 20, max_document_bytes=1 << 20)


def zipped(members, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(members, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            if data is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data or b""))
    return out.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress, lambda d: gzip.compress(d[:50]) + gzip.compress(d[50:])])  # fmt: skip
def test_a_single_compressed_file_keeps_its_path(tmp_path, pack):
    data = pack(TEXT.encode())
    parsed = read_one(tmp_path, "a/خبر.txt.packed", data)
    assert parsed.documents.select("path", "text").rows() == [("a/خبر.txt.packed", TEXT)]
    assert parsed.files.select("size_bytes", "format", "state").rows() == [(len(data), "text", "parsed")]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress])
def test_compression_cut_short_rejects_a_text_and_keeps_whole_records(tmp_path, pack):
    # Digits that do not compress, so that half of the bytes is about half of the records.
    import random

    random.seed(1)
    records = "".join(
        f'{{"title": "خبر {i}", "text": "متن خبر {random.getrandbits(4000)} است."}}\n' for i in range(800)
    )
    data = pack(records.encode())
    parsed = read_one(tmp_path, "a.jsonl.x", data[: len(data) * 3 // 4])
    assert 0 < parsed.documents.height < 800 or pack in (bz2.compress, lzma.compress)
    if parsed.documents.height:
        assert parsed.files.select("state", "document_count").rows() == [("parsed", parsed.documents.height)]
        assert parsed.rejects.height >= 1
    text = pack((TEXT * 50).encode())
    parsed = read_one(tmp_path, "b.txt.x", text[:-12])
    assert parsed.documents.is_empty()
    assert parsed.files["state"].to_list() == ["rejected"]
    assert read_one(tmp_path, "c.txt.x", text[:20] + b"\x55" * 30 + text[50:]).files["state"].to_list() == ["rejected"]


@pytest.mark.parametrize(
    "make", [zipped, tarred, lambda m: gzip.compress(tarred(m)), lambda m: lzma.compress(tarred(m))]
)
def test_every_member_of_an_archive_is_a_file(tmp_path, make):
    members = [
        ("one.txt", TEXT.encode()),
        ("sub/دو.jsonl", b'{"title": "\xd8\xae\xd8\xa8\xd8\xb1", "text": "\xd9\x85\xd8\xaa\xd9\x86."}'),
        ("empty.txt", b""),
        ("one.txt.gz", gzip.compress(TEXT.encode())),
    ]
    parsed = read_one(tmp_path, "pack.bin", make(members))
    assert parsed.files.sort("path").select("path", "state", "document_count").rows() == [
        ("pack.bin!empty.txt", "rejected", 0), ("pack.bin!one.txt", "parsed", 1), ("pack.bin!one.txt.gz", "parsed", 1), ("pack.bin!sub/دو.jsonl", "parsed", 1),
    ]  # fmt: skip
    assert parsed.files["content_hash"].null_count() == 0


def test_archives_nest_to_a_limit(tmp_path):
    data = TEXT.encode()
    for depth in range(5):
        data = zipped([(f"level{depth}.zip" if depth else "a.txt", data), (f"beside{depth}.txt", TEXT.encode())])
    parsed = read_one(tmp_path, "n.zip", data)
    assert parsed.documents.height == 3
    assert "max_nesting" in parsed.files.filter(pl.col("state") == "rejected")["reason"][0]


def test_names_that_point_outside_links_and_doubles(tmp_path):
    for data in (zipped([("../../up.txt", TEXT), ("/root.txt", TEXT), ("C:\\win.txt", TEXT), ("ok.txt", TEXT)]), tarred([("../../up.txt", TEXT.encode()), ("/root.txt", TEXT.encode()), ("link", None), ("ok.txt", TEXT.encode())])):  # fmt: skip
        parsed = read_one(tmp_path, "t.arc", data)
        assert parsed.documents["path"].to_list() == ["t.arc!ok.txt"]
        assert parsed.rejects.height == 3
        assert set(parsed.rejects["path"]) <= set(parsed.files["path"])
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = zipped([("a.txt", TEXT), ("a.txt", TEXT)])
    assert read_one(tmp_path, "d.zip", twice).documents["path"].to_list() == ["d.zip!a.txt", "d.zip!a.txt#2"]


def test_damaged_archives_reject_what_is_damaged(tmp_path):
    data = bytearray(zipped([("a.txt", TEXT * 30), ("b.txt", TEXT * 30)]))
    data[60] ^= 0xFF
    parsed = read_one(tmp_path, "z.zip", bytes(data))
    assert parsed.files.sort("path").select("path", "state").rows() == [
        ("z.zip!a.txt", "rejected"),
        ("z.zip!b.txt", "parsed"),
    ]
    assert read_one(tmp_path, "y.zip", bytes(data[:-60])).files.select("path", "state").rows() == [
        ("y.zip", "rejected")
    ]
    tar = tarred([(f"{i}.txt", TEXT.encode()) for i in range(6)])
    cut = read_one(tmp_path, "c.tar", tar[:1600])
    assert cut.documents["path"].to_list() == ["c.tar!0.txt"]
    assert ("c.tar", "rejected") in cut.files.select("path", "state").rows()
    assert read_one(tmp_path, "e.zip", zipped([])).files["reason"].to_list() == ["an archive that holds no file"]
    office = zipped([("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w/>")])
    assert "Office" in read_one(tmp_path, "w.docx", office).files["reason"][0]


def test_bombs_are_stopped_early_within_bounded_memory(tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    packer = zstandard.ZstdCompressor().compressobj()
    zstd = b"".join(packer.compress(b"a" * (1 << 20)) for _ in range(200)) + packer.flush()
    bomb = gzip.compress(b"a" * (200 << 20))
    for name, data in (("g.gz", bomb), ("z.zst", zstd), ("z.zip", zipped([("a.txt", b"\0" * (200 << 20)), ("b.txt", TEXT)])), ("t.tgz", gzip.compress(tarred([("a.txt", b" " * (200 << 20))])))):  # fmt: skip
        path = tmp_path / name
        path.write_bytes(data)
        batches = list(parsing.read(path, name, SMALL))
        files = pl.concat(batch.files for batch in batches)
        assert "rejected" in files["state"].to_list(), name
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 900 * 1024


def test_one_endless_line_is_rejected_and_records_beside_it_are_read(tmp_path):
    long = "خبر " * (1 << 20)
    path = tmp_path / "line.txt"
    path.write_text(long, "utf-8")
    assert "max_document_bytes" in next(parsing.read(path, "line.txt", SMALL)).files["reason"][0]
    good = '{"title": "خبر", "text": "متن خبر."}\n'
    path.write_text(good + '{"title": "' + long + '"}\n' + good, "utf-8")
    parsed = next(parsing.read(path, "line.jsonl", SMALL))
    assert parsed.documents["record"].to_list() == [0, 2]
    assert parsed.rejects["record"].to_list() == [1]
    path.write_text("title,text\na,b\n" + long + "\nc,d\n", "utf-8")
    parsed = next(parsing.read(path, "line.csv", SMALL))
    assert parsed.documents["record"].to_list() == [0, 2]
    assert parsed.rejects.select("record", "reason").rows() == [(1, "a row of more than 1 MiB")]


def test_members_are_counted(tmp_path):
    path = tmp_path / "m.zip"
    path.write_bytes(zipped([(f"{i}.txt", TEXT) for i in range(12)]))
    files = next(parsing.read(path, "m.zip", parsing.ParsingSettings(max_members=10))).files
    assert files["state"].value_counts().sort("state").rows() == [("parsed", 10), ("rejected", 1)]
    assert "max_members" in files.filter(pl.col("state") == "rejected")["reason"][0]


@pytest.mark.parametrize("codec", ["utf-8", "cp1256", "cp720"])
@pytest.mark.parametrize("name", ["اخبار اليوم.txt", "خبر مدارس.txt"])
def test_names_of_members_are_read_in_the_code_page_they_were_written_in(tmp_path, codec, name):
    data = name.encode(codec)
    stand_in = "x" * len(data)
    for make in (zipped, tarred):
        packed = make([(stand_in, TEXT.encode())])
        if make is tarred:
            import tarfile as tar

            out = io.BytesIO()
            with tar.open(fileobj=out, mode="w", format=tar.USTAR_FORMAT, encoding=codec) as archive:
                info = tar.TarInfo(name)
                info.size = len(TEXT.encode())
                archive.addfile(info, io.BytesIO(TEXT.encode()))
            packed = out.getvalue()
        else:
            packed = packed.replace(stand_in.encode(), data)
        assert read_one(tmp_path, "n.pack", packed).documents["path"].to_list() == [f"n.pack!{name}"]


def test_devices_hard_links_and_locked_members_are_rejected_and_the_rest_is_read(tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("hard", tarfile.LNKTYPE), ("chr", tarfile.CHRTYPE), ("blk", tarfile.BLKTYPE), ("fifo", tarfile.FIFOTYPE)):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "../../etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("ok.txt")
        info.size = len(TEXT.encode())
        archive.addfile(info, io.BytesIO(TEXT.encode()))
    parsed = read_one(tmp_path, "d.tar", out.getvalue())
    assert parsed.documents["path"].to_list() == ["d.tar!ok.txt"]
    assert parsed.rejects["reason"].to_list() == ["a link or a device, not a file"] * 4
    locked = bytearray(zipped([("a.txt", TEXT), ("b.txt", TEXT)]))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    parsed = read_one(tmp_path, "l.zip", bytes(locked))
    assert parsed.files.select("path", "reason").rows() == [("l.zip!a.txt", "encrypted"), ("l.zip!b.txt", None)]


@pytest.mark.parametrize(
    ("head", "what"),
    [(b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"Rar!\x1a\x07\x01\x00", "RAR"), (b"%PDF-1.7\n", "PDF"), (b"\x89PNG\r\n", "PNG"), (b"\xff\xd8\xff\xe0", "JPEG"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office")],
)  # fmt: skip
def test_what_is_not_read_is_named_whatever_its_ending(tmp_path, head, what):
    for name in ("x.txt", "x.html", "x"):
        assert what in read_one(tmp_path, name, head + b"\x00\x01" * 40).files["reason"][0]


def test_wrong_endings_do_not_matter(tmp_path):
    page = f"<!doctype html><html><body><article><h1>عنوان</h1><p>{TEXT.splitlines()[1]}</p></article></body></html>"
    record = '{"title": "خبر", "text": "متن خبر امروز است."}'
    for content, name, kind in ((page, "a.txt", "html"), (record, "a.csv", "json"), (TEXT, "a.json", "text"), (TEXT, "a.gz", "text"), (record + "\n" + record, "a.xml", "jsonl")):  # fmt: skip
        assert read_one(tmp_path, name, content).files.select("format", "state").rows() == [(kind, "parsed")], name


def test_bombs_within_bombs_are_stopped_by_depth_and_by_size(tmp_path):
    data = b"0" * (1 << 20)
    for _ in range(5):
        data = gzip.compress(data)
    assert "max_nesting" in read_one(tmp_path, "n.gz", data).files["reason"][0]
    inner = zipped([(f"{i}.txt", b"0" * (8 << 20)) for i in range(10)])
    outer = zipped([(f"{i}.zip", inner) for i in range(10)])
    path = tmp_path / "o.zip"
    path.write_bytes(outer)
    rejects = pl.concat(batch.rejects for batch in parsing.read(path, "o.zip", SMALL))
    assert rejects["reason"].str.contains("max_expanded_bytes|max_document_bytes").all()
    assert rejects["reason"].str.contains("max_expanded_bytes").any()
