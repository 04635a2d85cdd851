"""Lemmas and stems bring a word's forms together for search."""

from pipeline.normalization import lemmatize, light_stem


def test_persian_forms_share_a_lemma() -> None:
    assert lemmatize(["کتاب‌ها", "کتاب"]) == ["کتاب", "کتاب"]
    assert len(set(lemmatize(["می‌روند", "رفته‌اند", "نرفتم"]))) == 1
    assert lemmatize(["پوتین‌ها", "گفت‌وگوهای", ""]) == ["پوتین", "گفت‌وگو", ""]


def test_arabic_forms_share_a_stem() -> None:
    assert light_stem(["العراق", "للعراق", "والعراق", "عراق"]) == ["عراق"] * 4
    assert light_stem(["المحادثات", "محادثة"]) == ["محادث", "محادث"]
    assert light_stem(["في", "من", ""]) == ["في", "من", ""]
