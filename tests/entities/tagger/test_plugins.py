"""Other taggers behind our face, each with a small model made here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.entities.tagger import VERSION, configured_version, plugins, predict
from tests.entities.tagger.test_predict import found, segments

TINY = """
NAMES = {"حسن": "B-PERSON", "تهران": "GPE", "والقاهرة": "loc", "دیروز": "DATE"}

def tag(texts):
    return [
        [(text.index(name), text.index(name) + len(name), label, 0.5) for name, label in NAMES.items() if name in text]
        for text in texts
    ]

def lost(texts):
    return []

def wild(texts):
    return [[(-3, 4, "PER", 9.0), (2, 400, "ORG", 0.1), (5, 5, "LOC", 0.4), (0, 1, "PER", float("0.2"))] for _ in texts]
"""


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiny_tagger.py").write_text(TINY, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    plugins.tagger.cache_clear()


def test_a_function_takes_the_place_of_our_model(tiny: None, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "دیروز حسن در تهران بود، احمد در شیراز."
    ours = found(text)
    monkeypatch.setenv("KHABAR_TAGGER_FA", "python:tiny_tagger:tag")
    assert found(text) == {("حسن", "PER"), ("تهران", "LOC")} != ours


def test_a_proclitic_in_a_foreign_span_is_left_outside(tiny: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHABAR_TAGGER_AR", "python:tiny_tagger:tag")
    assert found("بيروت والقاهرة", "ar") == {("القاهرة", "LOC")}


def test_spans_out_of_the_text_are_cut_and_overlaps_dropped(tiny: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHABAR_TAGGER_FA", "python:tiny_tagger:wild")
    rows = predict(segments("حسن آمد")).rows(named=True)
    assert [(row["start"], row["end"], row["label"], row["confidence"]) for row in rows] == [(0, 3, "PER", 1.0)]


def test_a_long_text_goes_in_pieces(tiny: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece is searched by itself: what a piece holds is found where it stands in the whole."""
    monkeypatch.setenv("KHABAR_TAGGER_FA", "python:tiny_tagger:tag")
    text = "در بود " * plugins.LONGEST + "تهران" + "x" * 3 * plugins.LONGEST + " حسن"
    rows = predict(segments(text)).rows(named=True)
    assert {(text[row["start"] : row["end"]], row["label"]) for row in rows} == {("تهران", "LOC"), ("حسن", "PER")}


def test_what_is_wrong_is_said(tiny: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for named, words in (
        ("python:tiny_tagger:lost", "0 answers for 1 texts"),
        ("python:tiny_tagger:none", "no function 'none'"),
        ("nonsense", "names no tagger"),
    ):
        monkeypatch.setenv("KHABAR_TAGGER_FA", named)
        with pytest.raises(ValueError, match=words):
            predict(segments("حسن آمد"))
    monkeypatch.setenv("KHABAR_TAGGER_FA", "python:no_such_module_here:tag")
    with pytest.raises(ModuleNotFoundError, match="not installed"):
        predict(segments("حسن آمد"))


def test_the_version_tells_which_tagger_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KHABAR_TAGGER_FA", raising=False)
    monkeypatch.delenv("KHABAR_TAGGER_AR", raising=False)
    assert configured_version() == VERSION
    monkeypatch.setenv("KHABAR_TAGGER_AR", "stanza:ar")
    assert configured_version() == f"{VERSION}+ar=stanza:ar"


def test_a_spacy_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spacy = pytest.importorskip("spacy", reason="the optional extra is not installed")
    nlp = spacy.blank("fa")
    nlp.add_pipe("entity_ruler").add_patterns(
        [{"label": "GPE", "pattern": "تهران"}, {"label": "DATE", "pattern": "دیروز"}]
    )
    nlp.to_disk(tmp_path / "model")
    monkeypatch.setenv("KHABAR_TAGGER_FA", f"spacy:{tmp_path / 'model'}")
    assert found("دیروز در تهران بود") == {("تهران", "LOC")}


def test_a_transformers_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transformers = pytest.importorskip("transformers", reason="the optional extra is not installed")
    torch = pytest.importorskip("torch", reason="the optional extra is not installed")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "تهران", "در", "بود"]
    (tmp_path / "vocab.txt").write_text("\n".join(words), "utf-8")
    transformers.BertTokenizerFast(str(tmp_path / "vocab.txt"), strip_accents=False).save_pretrained(tmp_path)
    labels = {0: "O", 1: "B-LOC"}
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        id2label=labels, label2id={label: i for i, label in labels.items()},
    )  # fmt: skip
    model = transformers.BertForTokenClassification(config)
    with torch.no_grad():  # the classifier looks at one embedding only: that of the place's name
        for parameter in model.parameters():
            parameter.zero_()
        model.bert.embeddings.word_embeddings.weight[5] = torch.tensor([9.0, -9.0] * 4)
        for norm in (module for module in model.modules() if isinstance(module, torch.nn.LayerNorm)):
            norm.weight.fill_(1.0)
        model.classifier.weight[1] = torch.tensor([1.0, -1.0] * 4)
        model.classifier.bias.copy_(torch.tensor([1.0, 0.0]))
    model.save_pretrained(tmp_path)
    monkeypatch.setenv("KHABAR_TAGGER_FA", f"transformers:{tmp_path}")
    assert found("در تهران بود") == {("تهران", "LOC")}
    # Longer than the 512 tokens that the model reads at once.
    long = "در بود " * 300 + "تهران " + "در بود " * 500 + "تهران"
    places = [row["start"] for row in predict(segments(long)).rows(named=True)]
    assert [long[start : start + 5] for start in places] == ["تهران", "تهران"]


def test_a_stanza_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("stanza", reason="the optional extra is not installed")
    from stanza.models import ner_tagger, tokenizer

    sentences = ["در تهران بود", "تهران در بود", "بود در تهران", "در بود"] * 4
    words = [
        [
            {"id": [i], "text": word, "ner": "S-GPE" if word == "تهران" else "O"}
            for i, word in enumerate(sentence.split(), 1)
        ]
        for sentence in sentences
    ]
    # One digit a character: 1 ends a word, 2 a sentence.
    ends = ["".join("1" if after == " " else "0" for after in s[1:]) + "2" for s in sentences]
    rows = [
        "".join("\t".join([str(i), word, *"____", str(i - 1), *"___"]) + "\n" for i, word in enumerate(s.split(), 1))
        for s in sentences
    ]
    for name, content in {
        "words.json": json.dumps(words),
        "text.txt": " ".join(sentences) + "\n",
        "ends.txt": "0".join(ends) + "\n",
        "gold.conllu": "\n".join(rows) + "\n",
        "split.json": "[]",
        "resources.json": json.dumps(
            {
                "fa": {
                    "lang_name": "Persian", "tokenize": {"tiny": {}}, "ner": {"tiny": {}}, "default_dependencies": {},
                    "packages": {"default": {"tokenize": "tiny", "ner": "tiny"}},
                }
            }
        ),
    }.items():  # fmt: skip
        (tmp_path / name).write_text(content, "utf-8")
    small = "--cpu --save_name tiny.pt --shorthand fa_tiny --hidden_dim 8 --dropout 0".split()
    of_names = (
        "--no_pretrain --word_emb_dim 0 --char_hidden_dim 8 --char_emb_dim 8 --optim adam --lr 0.03 --batch_size 4"
    )
    ner_tagger.main(
        [
            *small, *of_names.split(), "--max_steps", "40", "--eval_interval", "40",
            "--train_file", str(tmp_path / "words.json"), "--eval_file", str(tmp_path / "words.json"),
            "--save_dir", str(tmp_path / "fa" / "ner"),
        ]
    )  # fmt: skip
    of_words = "--lang fa --emb_dim 8 --lr0 0.03 --unit_dropout 0 --tok_noise 0 --max_seqlen 40 --no_use_mwt"
    tokenizer.main(
        [
            *small, *of_words.split(), "--steps", "80", "--report_steps", "80", "--eval_steps", "80",
            "--txt_file", str(tmp_path / "text.txt"), "--label_file", str(tmp_path / "ends.txt"),
            "--dev_txt_file", str(tmp_path / "text.txt"), "--dev_label_file", str(tmp_path / "ends.txt"),
            "--dev_conll_gold", str(tmp_path / "gold.conllu"), "--conll_file", str(tmp_path / "told.conllu"),
            "--mwt_json_file", str(tmp_path / "split.json"), "--save_dir", str(tmp_path / "fa" / "tokenize"),
        ]
    )  # fmt: skip
    monkeypatch.setenv("KHABAR_TAGGER_FA", f"stanza:fa@{tmp_path}")
    assert found("بود در تهران") == {("تهران", "LOC")}
