"""The recurrent network: its training in PyTorch, and its weights as the arrays that the pipeline runs.

Belongs here: the module, the loss, the loop, the conversion. Does not belong here: running it
(`pipeline.entities.tagger.network`), which needs no PyTorch.

A bidirectional LSTM with a conditional random field over it (Huang, Xu and Yu, 2015; Lample et al., 2016). A
word comes as its vector, its letters (a convolution and the maximum, Chiu and Nichols, 2016), its
proclitic and kind; a token adds the gazetteer phrases it stands in and what the linear model thought of
the same word elsewhere in the document. Training sets with other habits of labelling share all but the
output layer, each has its own. Whole words, vectors and evidence are dropped at random, so that
none of them is leaned on alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.entities.tagger import kernels
from pipeline.entities.tagger.model import LABELS, TAGS, allowed_transitions
from pipeline.entities.tagger.tokens import character_tables
from training.tagger.linear import Part

HIDDEN = 96
LETTERS = 16
"""Letters of a word that count: the first and last eight of a longer one."""
MARKS = 4 * kernels.PHRASE_TYPES
EVIDENCE = 2 * len(LABELS)
BATCH = 24
RATE = 2e-3
DROP = 0.5


@dataclass
class Inputs:
    """A part as the network sees it: for each word type its rows, for each token its marks and evidence."""

    part: Part
    vector: NDArray[np.int64]
    letters: NDArray[np.int64]
    clitic: NDArray[np.int64]
    kind: NDArray[np.int64]
    tokens: NDArray[np.float32]


def inputs(part: Part, evidence: NDArray[np.float32], words: dict[str, NDArray[Any]]) -> Inputs:
    """Return a part's inputs; `words` holds `network_word_key` and `network_letters`."""
    tokens, read = part.tokens, part.words
    table = kernels.build_table(words["network_word_key"], 1 << (2 * len(words["network_word_key"])).bit_length())
    vector = np.zeros(len(read.features), np.int64)
    kernels.look_up(read.features[:, 0], *table, vector)
    rows = np.ones(65536, np.int64)
    rows[words["network_letters"]] = np.arange(2, 2 + len(words["network_letters"]))
    rows[0] = 0
    first = np.full(len(read.features), -1, np.int64)
    first[read.type[::-1]] = np.arange(len(tokens) - 1, -1, -1)
    folds = character_tables()[1]
    letters = np.zeros((len(first), LETTERS), np.int64)
    for k, t in enumerate(first):
        if t < 0:
            continue
        codes = folds[np.minimum(tokens.codes[tokens.start[t] + read.skipped[t] : tokens.end[t]], 65535)]
        codes = codes[codes != 0]
        if tokens.kind[t] == kernels.DIGIT:
            codes = np.full(min(5, len(codes)), 48)
        if len(codes) > LETTERS:
            codes = np.concatenate([codes[: LETTERS // 2], codes[-LETTERS // 2 :]])
        letters[k, : len(codes)] = rows[codes]
    clitic, kind = np.zeros((2, len(first)), np.int64)
    known = first >= 0
    clitic[known] = kernels.clitic_kinds(read.features, read.type)[first[known]]
    kind[known] = tokens.kind[first[known]]
    bits = (read.marks[:, None] >> np.arange(MARKS, dtype=np.uint32)) & 1
    return Inputs(part, vector, letters, clitic, kind, np.concatenate([bits, evidence], 1).astype(np.float32))


def letters(words: list[str]) -> NDArray[np.uint16]:
    """Return the folded letters of `words`, those that rows of the letter table stand for."""
    folds = character_tables()[1]
    return np.array(sorted({int(folds[min(ord(char), 65535)]) for word in words for char in word} - {0}), np.uint16)


class Tagger(nn.Module):
    """The network; `heads` output layers share the rest.

    Args:
        vectors: Word vectors to start from; row 0 is for unknown words.
        letters: How many letters there are.
        heads: How many output layers.
    """

    def __init__(self, vectors: NDArray[np.float32], letters: int, heads: int) -> None:
        super().__init__()
        self.vector = nn.Embedding(*vectors.shape, padding_idx=0)
        self.vector.weight.data.copy_(torch.from_numpy(vectors))
        self.letter = nn.Embedding(letters + 2, 24, padding_idx=0)
        self.convolution = nn.Conv1d(24, 48, 3, padding=1)
        self.clitic = nn.Embedding(kernels.CLITICS, 8)
        self.kind = nn.Embedding(6, 4)
        wide = vectors.shape[1] + 48 + 12 + MARKS + EVIDENCE
        self.lstm = nn.LSTM(wide, HIDDEN, batch_first=True, bidirectional=True)
        self.middle = nn.ModuleList([nn.Linear(2 * HIDDEN, len(TAGS)) for _ in range(heads)])
        self.direct = nn.ModuleList([nn.Linear(wide, len(TAGS)) for _ in range(heads)])
        self.transitions = nn.Parameter(torch.zeros(heads, len(TAGS) + 1, len(TAGS) + 1))
        self.register_buffer("forbidden", torch.from_numpy(~allowed_transitions()))

    def table(self, head: int) -> Tensor:
        """Return the scores of tag after tag."""
        return self.transitions[head].masked_fill(self.forbidden, -1e4)

    def _words(self, batch: Batch) -> Tensor:
        letters = self.convolution(self.letter(batch.letters).transpose(1, 2))
        letters = F.relu(letters).masked_fill((batch.letters == 0)[:, None], 0).amax(2)
        words = torch.cat([self.vector(batch.vector), letters, self.clitic(batch.clitic), self.kind(batch.kind)], 1)
        words, tokens = words[batch.type], batch.tokens
        if self.training:
            size = self.vector.embedding_dim
            some, all_ = (torch.rand(*words.shape[:2], 1) > share for share in (0.1, 0.03))
            evidence = torch.rand(len(words), 1, 1) > 0.25
            words = torch.cat([words[..., :size] * some, words[..., size:]], 2) * all_
            tokens = torch.cat([tokens[..., :MARKS] * all_, tokens[..., MARKS:] * evidence], 2)
        return torch.cat([words, tokens], 2)

    def forward(self, batch: Batch, head: int) -> Tensor:
        """Return scores ``[sentence, token, tag]``."""
        words = F.dropout(self._words(batch), 0.6 * DROP, self.training)
        packed = nn.utils.rnn.pack_padded_sequence(words, batch.lengths, batch_first=True, enforce_sorted=False)
        hidden, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.middle[head](F.dropout(hidden, DROP, self.training)) + self.direct[head](words)

    def loss(self, batch: Batch, head: int) -> Tensor:
        """Return each sentence's negative log-likelihood."""
        scores, table, tags, mask = self(batch, head), self.table(head), batch.tags, batch.mask
        count = len(TAGS)
        alpha = scores[:, 0] + table[count, :count]
        for t in range(1, scores.shape[1]):
            new = torch.logsumexp(alpha[:, :, None] + table[:count, :count], 1) + scores[:, t]
            alpha = torch.where(mask[:, t, None], new, alpha)
        gold = (scores.gather(2, tags[..., None])[..., 0] * mask).sum(1) + table[count, tags[:, 0]]
        gold = gold + (table[tags[:, :-1], tags[:, 1:]] * mask[:, 1:]).sum(1)
        last = tags[torch.arange(len(tags)), batch.lengths - 1]
        return torch.logsumexp(alpha + table[:count, count], 1) - gold - table[last, count]


@dataclass
class Batch:
    """Some sentences, padded."""

    vector: Tensor
    letters: Tensor
    clitic: Tensor
    kind: Tensor
    type: Tensor
    tokens: Tensor
    tags: Tensor
    mask: Tensor
    lengths: Tensor


def _batch(data: Inputs, sentences: NDArray[np.int64]) -> Batch:
    edges = data.part.edges
    lengths = edges[sentences + 1] - edges[sentences]
    shape = (len(sentences), int(lengths.max()))
    types, tags = np.zeros((2, *shape), np.int64)
    tokens, mask = np.zeros((*shape, data.tokens.shape[1]), np.float32), np.zeros(shape, bool)
    for row, (sentence, length) in enumerate(zip(sentences, lengths, strict=True)):
        at = slice(edges[sentence], edges[sentence + 1])
        types[row, :length] = data.part.words.type[at]
        tokens[row, :length] = data.tokens[at]
        tags[row, :length] = data.part.tags[at]
        mask[row, :length] = True
    distinct, place = np.unique(types, return_inverse=True)
    rows = (data.vector[distinct], data.letters[distinct], data.clitic[distinct], data.kind[distinct])
    return Batch(*map(torch.from_numpy, (*rows, place.reshape(shape), tokens, tags, mask, lengths)))


class PausedError(Exception):
    """The time for one sitting is over; calling again goes on from the file."""


def fit(
    net: Tagger, parts: list[tuple[Inputs, int, float, float]], epochs: int, pause: Path, *, rate: float = RATE,
    seed: int = 0, sitting: float = 1e9,
) -> None:  # fmt: skip
    """Train `net`.

    Args:
        net: The network, changed in place.
        parts: For each set its inputs, output layer, weight and the share of it that an epoch draws.
        epochs: How many.
        pause: File for the state when a sitting ends.
        rate: Adam's rate, held for a fifth of all steps, then falling to a fiftieth.
        seed: Of all that is drawn.
        sitting: Seconds after which the state is saved and `PausedError` raised.

    Raises:
        PausedError: After `sitting` seconds.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    steps = epochs * sum(int(len(data.part.edges) * share + BATCH - 1) // BATCH for data, _, _, share in parts)
    done = begin = 0
    if pause.exists():
        state = torch.load(pause, weights_only=False)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        begin, done, rng = state["epoch"] + 1, state["done"], state["rng"]
        torch.set_rng_state(state["torch"])
    started = time.monotonic()
    for epoch in range(begin, epochs):
        jobs = []
        for data, head, weight, share in parts:
            count = len(data.part.edges) - 1
            drawn = rng.permutation(count)[: int(count * share)]
            for at in range(0, len(drawn), 20 * BATCH):
                some = drawn[at : at + 20 * BATCH]
                some = some[np.argsort(np.diff(data.part.edges)[some], kind="stable")]
                jobs += [(data, head, weight, some[i : i + BATCH]) for i in range(0, len(some), BATCH)]
        total = 0.0
        for job in rng.permutation(len(jobs)):
            data, head, weight, sentences = jobs[job]
            for group in optimizer.param_groups:
                group["lr"] = rate * max(0.02, min(1.0, (steps - done) / (0.8 * steps)))
            loss = net.loss(_batch(data, sentences), head).sum() / BATCH * weight
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            total += float(loss.detach())
            done += 1
        spent = time.monotonic() - started
        print(f"epoch {epoch}: loss {total / len(jobs):.3f}, {spent:.0f} s", flush=True)
        if epoch + 1 < epochs and spent + 1.15 * spent / (epoch - begin + 1) > sitting:
            torch.save(
                {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch, "done": done,
                 "rng": rng, "torch": torch.get_rng_state()}, pause,
            )  # fmt: skip
            raise PausedError
    pause.unlink(missing_ok=True)


def arrays(net: Tagger, words: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the entries `network_*` of a model: the first output layer, small numbers in half precision."""
    state = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    vectors = state["vector.weight"]
    scale = np.maximum(np.abs(vectors).max(1) / 127, 1e-6)
    sides = ("", "_reverse")
    half = {
        "embedding_scale": scale,
        "letter_table": np.einsum("cik,vi->kvc", state["convolution.weight"], state["letter.weight"]),
        "inputs": np.stack([state[f"lstm.weight_ih_l0{side}"].T for side in sides]),
        "recurrent": np.stack([state[f"lstm.weight_hh_l0{side}"].T for side in sides]),
        "middle": state["middle.0.weight"].T,
        "direct": state["direct.0.weight"].T,
    }
    whole = {
        "letter_bias": state["convolution.bias"],
        "clitics": state["clitic.weight"],
        "kinds": state["kind.weight"],
        "input_bias": np.stack([state[f"lstm.bias_ih_l0{side}"] + state[f"lstm.bias_hh_l0{side}"] for side in sides]),
        "bias": state["middle.0.bias"] + state["direct.0.bias"],
        "transitions": net.table(0).detach().numpy(),
    }
    return {
        "network_word_key": words["network_word_key"],
        "network_letters": words["network_letters"],
        "network_embedding": np.round(vectors / scale[:, None]).astype(np.int8),
        **{f"network_{name}": value.astype(np.float16) for name, value in half.items()},
        **{f"network_{name}": value.astype(np.float32) for name, value in whole.items()},
    }
