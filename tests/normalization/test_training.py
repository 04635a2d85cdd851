"""What the half-space models learn from is what they meet at run time."""

import numpy as np
import polars as pl
import pytest

from pipeline.normalization import NormalizationSettings, doubts, features, neighbours, normalize, spacing
from pipeline.normalization.folding import character_classes
from pipeline.normalization.lexicon import model
from pipeline.text.characters import ZWNJ
from tests.conftest import Chain
from training.normalization.corpus import Corpus, Words

LINES = [
    "«نامه‌ای» رسید؛ هر کتابِ تازه‌ای (نه همه) را خواندیم.",
    "در ۱۷ ساله‌ها: سال‌های دور ... دوردست",
    "– آغاز با نشان و پایان بی‌نشان",
    "عدد 12 و “گفت‌وگو”، ۳/۵ درصد!",
]


def test_words_and_signs_are_read_alike_in_training_and_at_run_time() -> None:
    corpus = Corpus()
    corpus.add(LINES, 0)
    text = Words(corpus)
    chars = np.frombuffer("".join(LINES).encode("utf-32-le"), np.uint32)
    ends = np.cumsum([len(line) for line in LINES])
    letters, _, follows, letter_ends = spacing._letters(
        chars, np.zeros(chars.size, np.uint8), ends, np.ones(len(LINES), np.bool_), character_classes()
    )
    assert letters.tobytes() == text.letters.tobytes()
    # What stands before the next line's first word is that line's own matter: `look` stops at the line's begin.
    within = np.ones(letters.size, np.bool_)
    within[letter_ends - 1] = False
    assert follows[within].tolist() == text.follows[within].tolist()
    assert ((follows[~within] - neighbours.BREAK) % 6).tolist() == (
        (text.follows[~within] - neighbours.BREAK) % 6
    ).tolist()


@pytest.mark.parametrize(
    ("sign", "kind"),
    [("۷", neighbours.DIGIT), ("7", neighbours.DIGIT), ("«", neighbours.OPENING), (")", neighbours.CLOSING),
     ("،", neighbours.OTHER), ("\n", neighbours.EDGE)],
)  # fmt: skip
def test_kinds_of_signs(sign: str, kind: int) -> None:
    assert neighbours.sign_kind(ord(sign)) == kind


def test_trees_are_walked_by_their_thresholds_and_their_shares_are_averaged() -> None:
    forest = doubts.Forest(
        roots=np.array([0, 3], np.int32),
        columns=np.array([0, -1, -1, 1, -1, -1], np.int8),
        thresholds=np.array([0.5, 0, 0, 3, 0, 0], np.float32),
        children=np.array([1, 0, 0, 4, 0, 0], np.int32),
        shares=np.array([0, 0.1, 0.5, 0, 0.3, 0.9], np.float32),
    )
    columns = np.zeros(doubts.COLUMNS, np.float32)
    for margin, letters, share in ((0.5, 3, 0.2), (0.6, 3, 0.4), (0.5, 4, 0.5), (2.0, 9, 0.7)):
        columns[:2] = margin, letters
        assert doubts.odds(forest, columns) == pytest.approx(np.log(share / (1 - share)), abs=1e-5)


def test_trees_learn_where_the_odds_of_the_word_model_do_not_hold() -> None:
    pytest.importorskip("sklearn", reason="trees are grown with scikit-learn, which only training needs")
    from training.normalization.doubts import Decided, grow

    rng = np.random.default_rng(1)

    def decided(words: int) -> Decided:
        """Words whose odds mislead: the longer ones (column 1) are cut, whatever the odds (column 0) say."""
        columns = rng.normal(size=(words, doubts.COLUMNS)).astype(np.float32)
        columns[:, 1] = rng.integers(3, 12, words)
        mask = np.full(words, 4, np.uint32)
        gold = np.where(columns[:, 1] > 7, mask, 0).astype(np.uint32)
        return Decided(gold, mask, columns[:, 0].astype(np.float64), columns, np.arange(words), unreachable=1)

    seen, new = decided(2000), decided(500)
    forest = grow([seen], seed=1)
    assert sum(new.errors()) > 150
    assert sum(new.errors(forest)) <= 10
    assert new.errors(forest)[0] >= 1, "what no model reaches is missed all the same"
    again = grow([seen], seed=1)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(forest, again, strict=True))


def test_words_are_decided_alike_in_training_and_at_run_time(samples: Chain) -> None:
    pytest.importorskip("sklearn", reason="the trees' training needs scikit-learn")
    from training.normalization.doubts import decide

    lines = [text for (text,) in samples.rows(
        "SELECT s.normalized_text FROM news.segments s JOIN news.documents d USING (document_id) "
        "WHERE d.language = 'fa' AND s.language = 'fa' ORDER BY s.document_id, s.position"
    )]  # fmt: skip
    known = model()
    decided = decide(lines, known.lexicon, known.word_weights, known.neighbour_weights)
    margin = decided.margin.copy()
    margin[decided.in_doubt] = [doubts.odds(known.forest, row) for row in decided.columns]
    frame = pl.DataFrame({"text": [line.replace(ZWNJ, "") for line in lines]}).with_columns(
        pl.lit("one").alias("document_id"), pl.int_range(pl.len(), dtype=pl.Int32).alias("position"), pl.lit("fa").alias("language")
    )  # fmt: skip
    out = Corpus()
    out.add(
        normalize(frame, settings=NormalizationSettings(without=frozenset({"split"})))["normalized_text"].to_list(), 0
    )
    text = Words(out)
    lengths = np.array([len(name) for name in text.names])[text.word]
    fits = (lengths >= 3) & (lengths <= features.LONGEST)
    # The document's condition takes a little from every word's odds.
    clear = np.abs(margin) > 0.2
    differ = {
        text.names[word]
        for word, here, there, sure in zip(
            text.word[fits].tolist(), text.mask[fits].tolist(), np.where(margin > 0, decided.mask, 0).tolist(), clear, strict=True
        )
        if sure and here != there
    }  # fmt: skip
    assert fits.sum() > 1000
    assert len(decided.in_doubt) > 10
    # The one stands in the table of words that stay whole; in the other no form of a verb follows می.
    assert differ <= {"ترانسپورت", "میزبانان"}


def test_what_the_neighbours_say_fits_one_number() -> None:
    assert [int(neighbours.bucket(x)) for x in (-99.0, -8.0, -0.4, 0.0, 7.6, 99.0)] == [1, 1, 9, 9, 17, 17]
