"""Cross-encoders: loading, scoring, and what is said where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from kb.embedding import sentence
from kb.errors import ModelError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def save_model(folder, labels=1):
    """A tiny BERT with random weights and a vocabulary of letters."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir()
    pieces = [
        f"{joint}{letter}" for letter in "abcdefghijklmnopqrstuvwxyz?." for joint in ("", "##")
    ]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces]
    (folder / "vocab.txt").write_text("\n".join(words))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, num_labels=labels,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("models") / "tiny")


def test_texts_are_scored_one_by_one_whatever_they_hold(folder):
    model = sentence.load_reranker(str(folder), "cpu")
    texts = ["beam search", "", "\ud83d half", "long " * 5000, "beam search"]
    found = model.score("what is beam search?", texts)
    assert found.dtype == np.float32
    assert found.shape == (5,)
    assert found[0] == pytest.approx(found[4])
    assert len(set(found[:4].tolist())) > 1
    assert model.score("x", []).shape == (0,)


def test_automatic_means_only_where_there_is_a_gpu(folder, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert sentence.load_reranker(str(folder)) is None
    with pytest.raises(ModelError, match="No CUDA device"):
        sentence.load_reranker(str(folder), "cuda")


def test_what_cannot_re_rank_says_why(folder, tmp_path):
    with pytest.raises(ModelError, match="There is no model"):
        sentence.load_reranker("no-such-model", "cpu")
    with pytest.raises(ModelError, match="gives 3 scores"):
        sentence.load_reranker(str(save_model(tmp_path / "three", labels=3)), "cpu")
    (tmp_path / "three" / "model.safetensors").write_bytes(b"truncated")
    with pytest.raises(ModelError, match="cannot be loaded"):
        sentence.load_reranker(str(tmp_path / "three"), "cpu")
