"""Encodings by their evidence, and text decoded wrongly once."""

import pytest

from tests.parsing.scores import read_one

TEXTS = {
    "ar": "قررت بلدية المدينة فتح الحدائق العامة أمام الزوار حتى منتصف الليل طوال أشهر الصيف، وطلبت من الأهالي المحافظة على نظافتها.",
    "fa": "شهرداری تصمیم گرفت بوستان‌های شهر را در تابستان تا نیمه‌شب باز نگه دارد و از مردم خواست در پاکیزگی آن‌ها بکوشند.",
}


def decoded(tmp_path, data):
    parsed = read_one(tmp_path, "x.txt", data)
    assert parsed.files["state"].to_list() == ["parsed"], parsed.files["reason"].to_list()
    return parsed.documents["text"][0], parsed.files["encoding"][0]


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(
    ("codec", "words"),
    [
        ("utf-8", "utf-8 (valid)"), ("utf-8-sig", "utf-8 (byte order mark)"), ("utf-16", "utf-16 (byte order mark)"),
        ("utf-16-le", "utf-16 (little"), ("utf-16-be", "utf-16 (big"), ("utf-32", "utf-32 (byte order mark)"),
        ("cp1256", "windows-1256 (letter statistics)"), ("iso8859_6", "iso-8859-6 (letter statistics)"),
    ],
)  # fmt: skip
def test_the_encoding_is_found_and_its_ground_told(tmp_path, language, codec, words):
    text = TEXTS[language]
    if codec in ("cp1256", "iso8859_6"):
        text = text.translate(str.maketrans("یکگپچژ", "يككبجز", "\u200c"))
    got, encoding = decoded(tmp_path, text.encode(codec))
    assert got == text
    assert encoding.startswith(words)


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t.encode().decode("latin-1"),
        lambda t: "".join(bytes([b]).decode("cp1252", "replace") if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b) for b in t.encode()),
        lambda t: t.encode().decode("cp1256"),
        lambda t: t.encode().decode("latin-1").encode().decode("latin-1"),
        lambda t: t.encode().decode("mac_roman"),
    ],
)  # fmt: skip
def test_text_decoded_wrongly_once_is_repaired(tmp_path, language, spoil):
    got, encoding = decoded(tmp_path, spoil(TEXTS[language]))
    assert got == TEXTS[language]
    assert "repaired: utf-8 read as" in encoding


def test_windows_1256_read_as_latin_is_repaired(tmp_path):
    got, encoding = decoded(tmp_path, TEXTS["ar"].encode("cp1256").decode("latin-1"))
    assert got == TEXTS["ar"]
    assert "windows-1256 read as" in encoding


def test_right_text_is_left_alone(tmp_path):
    for text in (
        "طلاب «المدرسة» في باريس: «École normale» و«Café Müller» – خبر قصير جداً عن معرض.",
        "ظهر عدد من اللاعبين: Özil، Müller، Šťastný، Ångström و ÀÉÎÕÜ في القائمة النهائية.",
        "§ ماده ۵ آیین‌نامه: دمای هوا ۳۰° و زاویه ±۵ درجه ÷ ۲ × ۳ است؛ بهای آن £۲۰ و €۳۰ بود.",
    ):
        got, encoding = decoded(tmp_path, text)
        assert (got, encoding) == (text, "utf-8 (valid)")


def test_what_the_page_declares_yields_to_the_bytes(tmp_path):
    page = (
        '<html><head><meta charset="{}"><title>خبر</title></head><body><h1>عنوان الخبر الأول</h1><p>'
        + TEXTS["ar"]
        + "</p></body></html>"
    )
    for declared, codec, words in (
        ("windows-1256", "utf-8", "utf-8 (valid; it declares windows-1256)"),
        ("utf-8", "cp1256", "windows-1256 (letter statistics; it declares utf-8)"),
        ("windows-1256", "cp1256", "windows-1256 (declared and letter statistics)"),
        ("iso-8859-6", "iso8859_6", "iso-8859-6 (declared and letter statistics)"),
    ):
        parsed = read_one(tmp_path, "p.html", page.format(declared).replace("خبر</t", "الخبر</t").encode(codec))
        assert parsed.documents["body"][0] == TEXTS["ar"]
        assert parsed.files["encoding"][0] == words


def test_noise_is_no_encoding(tmp_path):
    noise = bytes(range(128, 256)) * 8
    parsed = read_one(tmp_path, "n.txt", noise)
    assert parsed.files["state"].to_list() == ["rejected"]
    assert "invalid UTF-8 at byte 0 (0x80)" in parsed.files["reason"][0]


def test_two_encodings_in_one_file_are_told_and_records_beside_are_read(tmp_path):
    utf8, other = "افتتح الوزير اليوم المعرض الدولي للكتاب.\n" * 8, "وقال رئيس الهيئة إن المعرض يستمر أسبوعين.\n" * 8
    parsed = read_one(tmp_path, "half.txt", utf8.encode() + other.encode("cp1256"))
    assert "files of two encodings are joined" in parsed.files["reason"][0]
    lines = [
        '{"title": "معرض", "text": "افتتح الوزير اليوم المعرض."}\n'.encode(codec)
        for codec in ("utf-8", "cp1256", "utf-8")
    ]
    parsed = read_one(tmp_path, "half.jsonl", b"".join(lines))
    assert parsed.documents["record"].to_list() == [0, 2]
    assert parsed.rejects["record"].to_list() == [1]
