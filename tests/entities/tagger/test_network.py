"""The network in NumPy gives what PyTorch gives, weights rounded as they are shipped."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.entities.tagger.model import Model, document_evidence
from pipeline.entities.tagger.network import Network
from pipeline.entities.tagger.tokens import tokenize
from training.tagger.linear import Part
from training.tagger.words import vocabulary

TEXTS = [
    "وصل محمد مرسي وأحمد إلى القاهرة 2012.",
    "القاهرة",
    "قال محمد إن للقاهرة تاريخا طويلا جدا ، والحضارة المصرية القديمةالعريقةالممتدة أقدم",
    "محمد وأحمد في القاهرة وفي 34567890 مدينة أخرى ؟ نعم .",
]


def test_numpy_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch serves training only")
    from training.tagger import recurrent

    tokens = tokenize(TEXTS)
    known = vocabulary(tokenize(TEXTS * 2), {"محمد"})
    read = Model(known, "ar").read(tokens)
    heads = np.unique(read.features[1:, 0])[::2]
    known |= {"network_word_key": heads, "network_letters": recurrent.letters(TEXTS[:2])}
    rng = np.random.default_rng(0)
    vectors = np.concatenate([np.zeros((1, 12)), rng.normal(size=(len(heads), 12))]).astype(np.float32)
    torch.manual_seed(0)
    net = recurrent.Tagger(vectors, len(known["network_letters"]), 2).eval()
    read.marks[:] = rng.integers(0, 1 << 24, len(tokens)) * (rng.random(len(tokens)) < 0.3)
    evidence = (rng.random((len(tokens), 6)) * (rng.random((len(tokens), 1)) < 0.5)).astype(np.float32)
    edges = np.flatnonzero(np.diff(tokens.sentence, prepend=-1, append=-1))
    data = recurrent.inputs(Part(tokens, read, np.zeros(len(tokens), np.uint8), edges), evidence, known)
    batch = recurrent._batch(data, np.arange(len(edges) - 1))
    with torch.no_grad():
        padded = net(batch, 0).numpy()
    wanted = padded[batch.mask.numpy()]
    got = Network(recurrent.arrays(net, known)).scores(
        tokens, read.type, read.skipped, read.features, read.marks, evidence
    )
    assert np.abs(wanted).max() > 0.1
    assert np.abs(got - wanted).max() < 0.02


def test_evidence_is_of_the_same_word_elsewhere_in_the_document() -> None:
    texts = ["محمد هنا", "ومحمد هناك", "محمد"]
    tokens = tokenize(texts)
    known = vocabulary(tokenize(texts * 2), {"محمد"})
    read = Model(known, "ar").read(tokens)
    probabilities = np.zeros((len(tokens), 13), np.float32)
    persons = [t for t in range(len(tokens)) if tokens.codes[tokens.start[t] + read.skipped[t]] == ord("م")]
    assert len(persons) == 3
    probabilities[persons, 4] = [0.9, 0.5, 0.3]
    out = document_evidence(tokens, read, probabilities, np.array([0, 0, 1]))
    first, second, alone = out[persons]
    assert first.tolist() == pytest.approx([0.5, 0, 0, 0.5, 0, 0])
    assert second.tolist() == pytest.approx([0.9, 0, 0, 0.9, 0, 0])
    assert not alone.any(), "another document's words are no evidence"
