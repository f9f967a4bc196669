"""Our forward pass beside the one of transformers, on small models with random weights."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch", reason="the model's library is not installed")

from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel  # noqa: E402 - after the skip

from kb.embedding.bert import Bert, _groups, is_supported  # noqa: E402 - after the skip

SIZES = {
    "vocab_size": 90,
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 128,
    "max_position_embeddings": 70,
}
TEXTS = [[(7 * n + m) % 80 + 5 for m in range(n)] for n in (33, 33, 20, 20, 20, 7, 1, 1, 60)]


@pytest.fixture(
    params=[(BertConfig, BertModel), (XLMRobertaConfig, XLMRobertaModel)],
    ids=["bert", "xlm-roberta"],
)
def model(request):
    torch.manual_seed(5)
    config, kind = request.param
    made = kind(config(**SIZES)).eval()
    with torch.no_grad():
        for weights in made.parameters():  # as spread as trained ones: fresh biases are all zero
            weights.add_(torch.randn_like(weights) * 0.1)
    return made


def states(model, row):
    with torch.inference_mode():
        return model(input_ids=torch.tensor([row])).last_hidden_state[0]


@pytest.mark.parametrize("careful", [False, True])
def test_states_are_those_of_transformers(model, careful):
    assert is_supported(model)
    with torch.inference_mode():
        found = Bert(model)(TEXTS, careful=careful)
    for row, state in zip(TEXTS, found, strict=True):
        assert torch.allclose(state, states(model, row), atol=1e-4)


def test_bf16_states_are_near(model):
    wanted = [states(model, row) for row in TEXTS]
    with torch.inference_mode():
        found = Bert(model.to(torch.bfloat16))(TEXTS)
    for state, near in zip(found, wanted, strict=True):
        assert torch.cosine_similarity(state.float(), near, dim=1).min() > 0.999


def test_scores_beyond_the_powers_of_two_want_care(model):
    own = model.encoder.layer[0].attention.self
    with torch.no_grad():
        own.query.weight.mul_(40)
        own.key.weight.mul_(40)
    with torch.inference_mode():
        bert = Bert(model)
        assert not torch.isfinite(bert(TEXTS)[0]).all()
        found = bert(TEXTS, careful=True)[0]
    assert torch.allclose(found, states(model, TEXTS[0]), atol=1e-3)


@pytest.mark.parametrize("change", [{"hidden_act": "relu"}, {"is_decoder": True}])
def test_other_arithmetic_is_left_to_the_library(change):
    assert not is_supported(BertModel(BertConfig(**SIZES, **change)))


def test_groups_cover_every_token_once_in_order():
    lengths = [300, 300, 9, 9, 9, 1] + [4] * 300
    found = list(_groups(lengths))
    assert [start for start, _, _ in found] == [
        sum(t * n for _, t, n in found[:i]) for i in range(len(found))
    ]
    assert [n for _, texts, n in found for _ in range(texts)] == lengths
    assert max(texts * n for _, texts, n in found) <= 512
    assert math.fsum(texts for _, texts, _ in found) == len(lengths)
