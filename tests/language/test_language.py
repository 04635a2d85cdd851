"""The language stage at its face: hand-made lines that show the difficulty, and properties that always hold."""

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.language import LANGUAGES, Detected, classify, detect

SCHEMA = {"document_id": pl.String, "position": pl.Int32, "kind": pl.String, "text": pl.String}

PERSIAN = (
    "وزیر نیرو امروز گفت که ذخیره سدهای کشور نسبت به سال گذشته کاهش یافته است.",
    "دیدار تیم‌های ملی ایران و ژاپن فردا در ورزشگاه آزادی برگزار می‌شود.",
    "قیمت هر سکه طلا در بازار تهران به بیش از سی میلیون تومان رسید.",
)
ARABIC = (
    "أعلنت وزارة الصحة اليوم ارتفاع عدد الإصابات في العاصمة والمحافظات الجنوبية.",
    "يلتقي المنتخبان المغربي والتونسي غداً في الدار البيضاء ضمن التصفيات.",
    "ارتفعت أسعار النفط بعد قرار المنظمة خفض الإنتاج خلال الربع المقبل.",
)
SENTENCES = [
    *(("fa", text) for text in PERSIAN),
    *(("ar", text) for text in ARABIC),
    ("ur", "وزیر خزانہ نے کہا کہ اگلے سال کے بجٹ میں تنخواہوں میں اضافہ کیا جائے گا۔"),
    ("ur", "لاہور میں آج صبح ہونے والی بارش سے موسم خوشگوار ہو گیا۔"),
    ("ps", "د روغتیا وزارت وايي چې په ټول هېواد کې د واکسین کمپاین پیل شوی دی."),
    ("ps", "زموږ کلی ډېر ښکلی دی او خلک یې مېلمه پال دي."),
    ("ckb", "وەزارەتی تەندروستی ڕایگەیاند کە ژمارەی تووشبووان کەمی کردووە."),
    ("ckb", "ئەمساڵ باران زۆر باریوە و جووتیاران دڵخۆشن."),
    ("sd", "صحت کاتي جو چوڻ آهي ته شهر ۾ نئين اسپتال جو ڪم جلد شروع ٿيندو."),
    ("ug", "سەھىيە مىنىستىرلىقى يېڭى دوختۇرخانا سېلىنىدىغانلىقىنى جاكارلىدى."),
    ("fa", "شاروالی کابل می‌گوید که سرک‌های شهر تا ختم سال قیر خواهد شد."),
]


def frame(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """Segments of ``(document_id, kind, text)``, numbered within each document."""
    place: dict[str, int] = {}
    numbered = []
    for document, kind, text in rows:
        place[document] = place.get(document, -1) + 1
        numbered.append((document, place[document], kind, text))
    return pl.DataFrame(numbered, schema=SCHEMA, orient="row")


@pytest.mark.parametrize(("language", "text"), SENTENCES)
@pytest.mark.parametrize(
    "mistreat",
    [
        pytest.param(lambda text: text, id="as it is"),
        pytest.param(lambda text: text.replace("\u200c", ""), id="half-spaces lost"),
        pytest.param(lambda text: text.replace("\u200c", " "), id="half-spaces as spaces"),
        pytest.param(lambda text: text.replace("ی", "ي").replace("ک", "ك"), id="Arabic ya and kaf"),
        pytest.param(lambda text: text.replace("ي", "ی").replace("ك", "ک"), id="Persian ya and kaf"),
    ],
)
def test_sentences_however_they_are_spelled(language, text, mistreat):
    """A keyboard or a clean-up step must not turn a text into another language."""
    labels, confidences = classify([mistreat(text)])
    assert labels[0] == language
    assert confidences[0] > 0.8


def test_presentation_forms_read_as_their_letters():
    import unicodedata

    forms = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFE80, 0xFEFD)}
    shaped = "".join(forms.get(char, char) for char in ARABIC[0])
    assert shaped != ARABIC[0]
    assert classify([shaped])[0].to_list() == ["ar"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        " \n\t",
        "۱۴۰۲/۰۵/۱۲",
        "12:30",
        "😀🎉👍🏽",
        "ا",
        "x",
        "\ud83d",
        "\u200c\u200f",
        "***",
        "٪",
        "\x00\x01\ufffe",
    ],
)
def test_no_letters_no_language(text):
    labels, confidences = classify([text])
    assert labels.to_list() == ["und"]
    assert 0 <= confidences[0] <= 1


def test_unpaired_surrogates_do_not_stop_the_text_around_them():
    assert classify([f"{PERSIAN[0]}\udfff", f"\ud800{ARABIC[0]}"])[0].to_list() == ["fa", "ar"]


def test_ten_megabytes_in_one_segment():
    labels, confidences = classify([PERSIAN[0] * 80_000, "ا" * 5_000_000, "x" * 10_000_000, "🎉" * 2_500_000])
    assert labels[0] == "fa"
    assert labels[2] == labels[3] == "und"
    assert confidences.is_between(0, 1).all()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The ministers met in Vienna on Friday to discuss the terms of the agreement.", "en"),
        ("Le président a rencontré son homologue allemand vendredi à Berlin.", "fr"),
        ("В пятницу президент России провёл переговоры с главой правительства, сообщили в пресс-службе.", "ru"),
        ("ראש הממשלה נפגש היום עם שר החוץ בירושלים", "he"),
    ],
)
def test_other_scripts(text, language):
    labels, confidences = classify([text])
    assert labels[0] == language
    assert confidences[0] > 0.9


@pytest.mark.parametrize(
    "text",
    [
        "salam, emrooz hava kheili khoob bood va raftim park",
        "mikham bebinam ke in film chetore, to didish?",
        "3ala fekra ana mesh gay bokra 3ashan 3andy shoghl",
        "ya 3ammi shu hal 7aki, wallah ma fahmet shi",
        "rooze jomeh ba bacheha miram shomal",
    ],
)
def test_persian_and_arabic_in_latin_letters_are_not_called_by_their_name(text):
    assert classify([text])[0][0] not in ("fa", "ar")


FA_LINES = (
    "ارسال نظر",
    "نظرات کاربران",
    "انتهای پیام",
    "مطالب مرتبط",
    "کد خبر: ۱۲۳۴۵۶",
    "دوشنبه ۱۵ مهر ۱۳۹۸",
    "لینک کوتاه",
)
AR_LINES = (
    "اترك تعليقاً",
    "اقرأ المزيد",
    "آخر تحديث",
    "أخبار ذات صلة",
    "جميع الحقوق محفوظة",
    "تاريخ النشر: 12 مايو 2020",
)


@pytest.mark.parametrize(
    ("language", "text"), [*(("fa", line) for line in FA_LINES), *(("ar", line) for line in AR_LINES)]
)
def test_lines_around_articles_are_right_or_und(language, text):
    """Boilerplate is short and full of words that both languages share: that is where detectors go wrong."""
    assert classify([text])[0][0] in (language, "und")


@pytest.mark.parametrize("word", ["نظرات", "منبع", "تعليقات", "خبر", "جدید", "بحث"])
def test_a_word_both_languages_have_takes_the_documents(word):
    """Alone such a word can be either; among Persian paragraphs it is Persian, among Arabic ones Arabic."""
    found = detect(
        frame(
            *(("persian", "paragraph", text) for text in PERSIAN),
            ("persian", "boilerplate", word),
            *(("arabic", "paragraph", text) for text in ARABIC),
            ("arabic", "boilerplate", word),
        )
    ).segments.filter(pl.col("position") == 3)
    assert found["language"][0] in ("fa", "und")
    assert found["language"][1] in ("ar", "und")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fa", ["می‌گوید", "گفت‌وگو", "دانشگاه", "گزارش", "برگزار", "پرونده", "شنبه", "نیروها"]),
        ("ar", ["الحكومة", "وقالت", "سيارة", "يقولون", "المتحدة", "أعلنت", "مؤتمر", "للوزراء"]),
        ("ur", ["انہوں", "ہے", "گئے", "کیلئے", "ہوئی", "لڑکیاں"]),
        ("ps", ["کښې", "ښځې", "وړاندې", "څخه"]),
        ("ckb", ["دەکات", "حکوومەتی", "ڕۆژنامە", "هەڵبژاردن"]),
        ("ug", ["ئۇيغۇر", "خەلق", "مەكتەپ", "قىلىش"]),
    ],
)
def test_single_words_that_one_language_has(language, words):
    assert classify(words)[0].to_list() == [language] * len(words)


def test_words_that_several_languages_have_are_never_sure():
    """No honest confidence of 0.95 for what Persian, Arabic and Urdu all write."""
    labels, confidences = classify(["کتاب", "محمد", "خبر", "دولت", "وقت", "حال", "قانون", "عنوان", "سفر"])
    assert set(labels) <= {"fa", "ar", "ur"}
    assert (confidences < 0.95).all()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fa", "پیروزی تیم ملی کشتی"),
        ("fa", "افزایش قیمت نان در تهران"),
        ("fa", "عکس: رضا محمدی / خبرگزاری"),
        ("fa", "سيل در خوزستان قرباني گرفت"),
        ("fa", "میشود گفت نمیتوانند"),
        ("fa", "شرکت Quest Diagnostics نیز"),
        ("fa", "Josep Borrell، رئیس سیاست خارجی"),
        ("ar", "ارتفاع أسعار النفط"),
        ("ar", "القاهرة - سمير حسن"),
        ("ar", "تصوير: خالد منصور"),
        ("ar", "وقالت شركة Boeing إن"),
        ("ar", "بغداد (رويترز)"),
    ],
)
def test_titles_bylines_and_names_in_latin_letters(language, text):
    assert classify([text])[0].to_list() == [language]


def test_squads_and_casts_take_the_documents_language():
    """Lists of foreign names look like a language nobody knows; in a Persian report they are Persian."""
    squad = "ترکیب: کیلور ناواس، داني کارواخال، سرخیو راموس، رافائل واران، مارسلو، کاسمیرو، تونی کروس و لوکا مودریچ"
    lineup = "التشكيلة: كيلور نافاس، داني كارفاخال، سيرجيو راموس، فاران، مارسيلو، كاسيميرو، كروس ومودريتش"
    found = detect(
        frame(
            *(("fa", "paragraph", text) for text in PERSIAN),
            ("fa", "paragraph", squad),
            *(("ar", "paragraph", text) for text in ARABIC),
            ("ar", "paragraph", lineup),
        )
    )
    assert found.segments["language"].to_list() == ["fa"] * 4 + ["ar"] * 4
    assert not found.documents["is_mixed"].any()


def test_an_arabic_verse_in_a_persian_document_stays_arabic():
    verse = "وَقُلِ اعْمَلُوا فَسَيَرَى اللَّهُ عَمَلَكُمْ وَرَسُولُهُ وَالْمُؤْمِنُونَ"
    found = detect(frame(*(("fa", "paragraph", text) for text in PERSIAN * 3), ("fa", "paragraph", verse)))
    assert found.segments["language"].to_list() == ["fa"] * 9 + ["ar"]
    assert found.documents["language"].to_list() == ["fa"]


def test_boilerplate_does_not_decide_a_document():
    segments = frame(
        ("a", "paragraph", PERSIAN[0]),
        *(("a", "boilerplate", text) for text in ARABIC),
        *(
            ("a", "boilerplate", "All rights reserved. Powered by the publishing system of our group.")
            for _ in range(5)
        ),
    )
    documents = detect(segments).documents
    assert documents.row(0, named=True)["language"] == "fa"
    assert not documents.row(0, named=True)["is_mixed"]


def test_a_document_without_article_text_takes_what_it_has():
    documents = detect(
        frame(
            ("byline only", "boilerplate", ARABIC[0]),
            ("byline only", "metadata", PERSIAN[0]),
            ("boilerplate only", "boilerplate", ARABIC[1]),
            ("nothing", "paragraph", "۱۲۳ — ۴۵۶"),
            ("nothing", "title", ""),
        )
    ).documents
    assert documents["language"].to_list() == ["fa", "ar", "und"]


def test_mixed_documents():
    quote = "قال إن المفاوضات ستستمر"
    documents = detect(
        frame(
            *(("half", "paragraph", text) for text in (*PERSIAN, *ARABIC)),
            *(("pure", "paragraph", text) for text in ARABIC),
            *(("a quote", "paragraph", text) for text in PERSIAN * 3),
            ("a quote", "paragraph", quote),
            *(("english", "paragraph", text) for text in PERSIAN),
            (
                "english",
                "paragraph",
                "The ministry said in a statement that the reserves had fallen to a new low this year.",
            ),
        )
    ).documents
    assert dict(documents.select("document_id", "is_mixed").iter_rows()) == {
        "half": True,
        "pure": False,
        "a quote": False,
        "english": True,
    }


def test_dari_is_persian_and_told_apart_where_it_shows():
    dari = (
        "شاروالی هرات از قیرریزی سرک‌های ناحیهٔ پنجم خبر داد.",
        "والی این ولایت گفت که محصلان پوهنتون به خوابگاه جدید انتقال داده می‌شوند.",
        "باشندگان ولسوالی انجیل از نبود داکتر در شفاخانه شکایت دارند.",
    )
    found = detect(
        frame(*(("dari", "paragraph", text) for text in dari), *(("iran", "paragraph", text) for text in PERSIAN))
    )
    assert found.documents["language"].to_list() == ["fa", "fa"]
    assert found.documents["dialect"].to_list() == ["fa-AF", None]
    assert found.segments.filter(pl.col("document_id") == "dari")["dialect"].to_list() == ["fa-AF"] * 3
    assert found.segments.filter(pl.col("document_id") == "iran")["dialect"].null_count() == 3


def test_columns_types_and_order():
    segments = frame(("b", "title", PERSIAN[0]), ("a", "paragraph", ARABIC[0]), ("b", "paragraph", "")).with_columns(
        start_char=pl.lit(0)
    )
    found = detect(segments)
    assert isinstance(found, Detected)
    assert dict(found.segments.schema) == {
        "document_id": pl.String,
        "position": pl.Int32,
        "language": pl.String,
        "language_confidence": pl.Float32,
        "dialect": pl.String,
    }
    assert dict(found.documents.schema) == {
        "document_id": pl.String,
        "language": pl.String,
        "language_confidence": pl.Float32,
        "is_mixed": pl.Boolean,
        "dialect": pl.String,
    }
    assert found.segments.select("document_id", "position").equals(segments.select("document_id", "position"))
    assert found.documents["document_id"].to_list() == ["b", "a"]
    nothing = detect(segments.clear())
    assert nothing.segments.schema == found.segments.schema
    assert nothing.documents.schema == found.documents.schema


TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیيكىةأإئء ‌۱٢3.،؟abc\n"),
    st.sampled_from([text for _, text in SENTENCES]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, max_size=8))
def test_every_text_has_an_answer_that_depends_on_it_alone(texts):
    labels, confidences = classify(texts)
    assert len(labels) == len(confidences) == len(texts)
    assert labels.null_count() == confidences.null_count() == 0
    assert confidences.is_between(0, 1).all()
    alone = [classify([text]) for text in texts]
    assert labels.to_list() == [label[0] for label, _ in alone]
    assert confidences.to_list() == [confidence[0] for _, confidence in alone]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["title", "paragraph", "metadata", "boilerplate"]), TEXTS),
        max_size=12,
    ),
    st.randoms(),
)
def test_documents_do_not_depend_on_each_other_or_on_order(rows, shuffler):
    rows = [(d, k, t.encode("utf-8", "replace").decode()) for d, k, t in rows]
    segments = frame(*rows)
    together = detect(segments)
    assert together.documents["is_mixed"].null_count() == together.documents["language_confidence"].null_count() == 0
    assert together.documents["language_confidence"].is_between(0, 1).all()
    assert together.segments["language"].null_count() == 0
    order = list(range(len(rows)))
    shuffler.shuffle(order)
    shuffled = detect(segments[order])
    assert shuffled.segments.sort("document_id", "position").equals(together.segments.sort("document_id", "position"))
    assert shuffled.documents.sort("document_id").equals(together.documents.sort("document_id"))
    for document in segments["document_id"].unique():
        alone = detect(segments.filter(pl.col("document_id") == document))
        assert alone.documents.equals(together.documents.filter(pl.col("document_id") == document))
        assert alone.segments.equals(together.segments.filter(pl.col("document_id") == document))


def test_a_frame_answers_the_same_in_a_spawned_process():
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    segments = frame(*((str(i), "paragraph", text) for i, (_, text) in enumerate(SENTENCES)))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(detect, segments).result()
    here = detect(segments)
    assert there.segments.equals(here.segments)
    assert there.documents.equals(here.documents)


OUTSIDE = {
    "Malay in Jawi": (
        "كراجاءن نݢري اكن ممبينا سكوله بهارو دكمڤوڠ ايت ڤد تاهون هادڤن",
        "ڤندودوق دناصيحتكن سوڤاي تيدق كلوار رومه كتيک هوجن لبت",
        "اية دان ايبو ڤرݢي كڤاسر اونتوق ممبلي سايور دان ايكن",
    ),
    "Punjabi in Shahmukhi": (
        "سرکار نے آکھیا اے پئی کساناں نوں کنک دا پورا مُل دتا جاوے گا۔",
        "ساڈے پنڈ دے کول اک وڈا کھوہ سی جتھوں سارے پانی بھردے سن۔",
        "کل رات بڑی ٹھنڈ سی تے اسیں اگ بال کے بیٹھے رہے۔",
    ),
    "Ottoman Turkish": (
        "بوكون استانبولدن كلن غزته لرده بو خبر نشر ايدلمشدر",
        "چوجقلر باغچه ده اوينايورلر و آننه لرى اونلرى بكليور",
        "حكومت بو مسئله حقنده هنوز بر قرار ويرمه مشدر",
    ),
    "Southern Uzbek": (
        "بیزنینگ قیشلاقده ینگی مکتب آچیلدی و بالهلر اۉقیشگه باردیلر.",
        "اۉتگن ییلی یامغیر کم بۉلدی، بوغدای هم یخشی بۉلمهدی.",
        "مین ایرتهگه شهرگه بارهمن و سنگه کیتاب آلیب کیلهمن.",
    ),
    "Kazakh in Arabic script": (
        "ۇكىمەت جاڭا مەكتەپ سالۋ تۋرالى شەشىم قابىلدادى.",
        "بىز جازدا اۋىلعا بارىپ، اتامىز بەن اپامىزعا كومەكتەسەمىز.",
        "بۇل كىتاپتى مەن ەكى رەت وقىپ شىقتىم.",
    ),
    "Saraiki": (
        "سرکار آکھئے جو وسیب دے لوکاں کوں پورا حق ݙتا ویسی۔",
        "اساݙے گھر دے اڳوں ہک وݙا کھجی دا وݨ ہے۔",
    ),
}


NEVER_MET = {
    "Hausa in Ajami": (
        "غواموَت تا څ زاتا غينا سابون مكرنتا ا غرين",
        "يارا سونا واسا ا كوفر غيدا تون سافي",
    ),
    "Turkmen in Arabic script": (
        "بیزینگ اوبامیزده تازه مکدپ آچیلدی و چاغالار اوقووا باشلادیلار.",
        "دوین یاغیش یاغدی، شونگ اوچین یوللار پالچیق بولدی.",
        "من ارتیر شهره گیدیپ کتاپ آلجاق.",
    ),
}


def test_languages_outside_of_the_set_are_not_called_persian_or_arabic():
    """Sentences not trained on, of languages the classifier has met as languages it does not name."""
    texts = [text for sentences in OUTSIDE.values() for text in sentences]
    labels = classify(texts)[0].to_list()
    wrong = [(label, text) for label, text in zip(labels, texts, strict=True) if label in ("fa", "ar")]
    assert len(wrong) <= len(texts) // 10, wrong


def test_languages_never_met_are_not_surely_persian_or_arabic():
    texts = [text for sentences in NEVER_MET.values() for text in sentences]
    labels, confidences = classify(texts)
    assert (confidences.filter(labels.is_in(["fa", "ar"])) < 0.95).all()
    assert "und" in labels


def test_the_declared_languages_are_those_of_the_model():
    from pipeline.language import model

    assert (*LANGUAGES, "und") == model.LANGUAGES
    assert len(LANGUAGES) < model.DARI < model.COLUMNS


def test_the_model_is_small():
    from pipeline.seeds import seed

    assert seed("models", "language", "model.npz").stat().st_size <= 5_000_000


def test_speed_does_not_depend_on_repeats():
    """A million equal boilerplate lines are scored once."""
    texts = pl.Series([random.Random(1).choice(FA_LINES) for _ in range(10)]).gather([i % 10 for i in range(1_000_000)])
    labels, _ = classify(texts)
    assert labels.n_unique() <= len(FA_LINES)
