"""How the classifier is trained: samples, calibration, taking up where it stopped, other alphabets."""

import random

import numpy as np
import polars as pl
import pytest

from pipeline.language import model
from training import language
from training.language_neighbours import ALPHABETS, arabic

LINES = [
    language.Line(label, f"source-{label}", f"{label}-{number}", f"{text} {number}")
    for label, text in (
        ("fa", "دولت می‌گوید که قیمت‌ها کاهش یافته است"),
        ("ar", "قالت الحكومة إن الأسعار انخفضت هذا الشهر"),
        ("trw", "ھیں ڇ٘ے مھے تھو ݜان کی ݨو"),
    )
    for number in range(40)
]


def test_sure_only_where_nearly_all_are_right():
    leads = np.repeat(np.array(model.LEADS), 1000)
    right = np.ones(len(leads), bool)
    right[leads < 3.0] = np.arange((leads < 3.0).sum()) % 50 > 0  # one in fifty is wrong below a lead of 3
    kept = language.confidences(leads, right, np.ones(len(leads)))
    assert (np.diff(kept) >= 0).all()
    assert (kept[np.array(model.LEADS) <= 3.0] < language.SURE).all()
    assert kept[np.array(model.LEADS) > 3.5].min() > 0.99


def test_few_lines_are_no_proof_of_sureness():
    kept = language.confidences(np.full(20, 10.0), np.ones(20, bool), np.ones(20))
    assert kept.max() < language.SURE


def test_the_shipped_confidences_rise_with_the_lead():
    calibration = model.load().calibration
    assert calibration.shape == (model.CLASSES, len(model.LEADS))
    assert (np.diff(calibration, axis=1) >= -1e-9).all()
    assert calibration.min() >= 0
    assert calibration.max() <= 1


def test_samples_are_the_same_every_time_and_of_all_classes():
    given = language.material(LINES)
    first = language.samples(given, random.Random(3), per_thousand=1)
    again = language.samples(given, random.Random(3), per_thousand=1)
    assert first[0].equals(again[0])
    assert (first[1] == again[1]).all()
    assert {model.LANGUAGES[label] for label in first[1]} == {"fa", "ar", "und"}
    words = first[0].str.split(" ").list.len()
    assert {1, 2, 3} <= set(words.to_list())


def test_short_samples_stay_within_their_line():
    source = language.running([line for line in LINES if line.label == "ar"])
    drawn = language.short(source, 500, 3, np.random.default_rng(1))
    assert drawn.str.split(" ").list.len().max() == 3
    assert not drawn.str.contains(r"\d قال").any()


def test_learning_in_pieces_gives_what_learning_at_once_gives(tmp_path, monkeypatch):
    at_once = language.Course(tmp_path / "at once", minutes=1).learn("all", LINES, epochs=3, per_thousand=1)
    for calls in range(3):
        course = language.Course(tmp_path / "pieces", minutes=1)
        clock = iter([0.0, course.until + 1])
        with monkeypatch.context() as patch:
            patch.setattr(language.time, "monotonic", lambda clock=clock: next(clock))
            if calls < 2:
                with pytest.raises(language.UnfinishedError):
                    course.learn("all", LINES, epochs=3, per_thousand=1)
            else:
                pieces = course.learn("all", LINES, epochs=3, per_thousand=1)
    for array in ("weights", "signs", "bias"):
        assert np.array_equal(getattr(pieces, array), getattr(at_once, array)), array


@pytest.mark.parametrize(
    ("code", "text", "written"),
    [
        ("kmr", "Ez xwendekar im.", "ئەز خوەندەکار ئم."),
        ("kk", "Қазақстан", "قازاقستان"),
        ("ky", "Кыргыз тили", "قىرعىز تىلى"),
        ("az", "İnsan hüquqları", "انسان حقوقلاری"),
        ("tk", "Türkmenler", "تورکمنلر"),
    ],
)
def test_other_alphabets_in_arabic_letters(code, text, written):
    rng = random.Random(5)
    assert written in {arabic(text, code, rng) for _ in range(60)}


@pytest.mark.parametrize("code", sorted(ALPHABETS))
def test_no_letter_of_an_alphabet_is_left(code):
    text = " ".join(ALPHABETS[code])
    assert pl.Series([arabic(text, code, random.Random(1))]).str.contains(r"\p{Latin}|\p{Cyrillic}").to_list() == [
        False
    ]


def test_three_words_are_counted_in_arabic_script():
    words = "«Quest Diagnostics» 2020 - این شرکت امریکایی بزرگ".split()
    assert words[: language._third_word(words)][-3:] == ["این", "شرکت", "امریکایی"]
