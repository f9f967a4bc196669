"""BERT and RoBERTa on a CPU without a single padded token; imports torch, so only `sentence` imports it.

Why a forward pass of our own, beside the one of transformers (measured on all-MiniLM-L6-v2, one core with avx512_bf16):

- The tokens of a batch lie end to end, and only attention looks at one text at a time; nothing is computed for padding.
- Query, key and value are one product, and oneDNN adds the bias and applies GELU to the product while it is in cache, as
  torch's own compiler has it do. Half of what was not multiplication was spent on copying biases and padding.
- Softmax without its search for the maximum, and as a power of two: weights are 2^(score * log2 e), which the scale of the
  queries absorbs, divided by their sum after the product with the values. bf16 reaches as far as fp32, so a score may be
  88; the rare batch that goes beyond is seen by its vectors (no numbers) and is done again with the maximum taken out.
- The pooler, which no sentence model reads, and the type of the tokens, which is always the same, cost nothing.
"""

from __future__ import annotations

import math
import platform
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import embedding, layer_norm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FAMILY = {"bert", "roberta", "xlm-roberta"}
_GROUP_TOKENS = 512  # texts of one length attend together, as long as their scores stay in cache


def is_supported(layers: Any) -> bool:
    """Whether `Bert` computes what this transformers module does, on this machine."""
    config = layers.config
    return (
        config.model_type in _FAMILY
        and config.hidden_act == "gelu"
        and not config.is_decoder
        and not config.add_cross_attention
        and getattr(config, "position_embedding_type", "absolute") == "absolute"
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]  # torch gives it no types
        and platform.machine() in {"x86_64", "AMD64"}  # where it was measured
    )


@dataclass(frozen=True, slots=True)
class _Dense:
    """A linear layer: weights as oneDNN wants them."""

    weight: torch.Tensor
    bias: torch.Tensor

    @classmethod
    def join(cls, modules: Sequence[Any], scale: float = 1.0) -> _Dense:
        """One layer of several that read the same; the first one's answer comes times `scale`."""
        scales = [scale] + [1.0] * (len(modules) - 1)
        weight = torch.cat([m.weight.float() * s for m, s in zip(modules, scales, strict=True)])
        bias = torch.cat([m.bias.float() * s for m, s in zip(modules, scales, strict=True)])
        kind = modules[0].weight.dtype
        packed = torch.ops.mkldnn._reorder_linear_weight(weight.to(kind))  # noqa: SLF001 - what torch's compiler calls; torch is pinned
        return cls(packed, bias.to(kind))

    def __call__(self, x: torch.Tensor, then: str = "none") -> torch.Tensor:
        kind = "none" if then == "gelu" else ""  # GELU itself, not its tanh approximation
        found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(  # noqa: SLF001 - as above
            x, self.weight, self.bias, then, [], kind
        )
        return found


@dataclass(frozen=True, slots=True)
class _Layer:
    qkv: _Dense
    out: _Dense
    out_norm: Any
    up: _Dense
    down: _Dense
    down_norm: Any


class Bert:
    """The layers of a transformers model of the BERT family, in the type that its weights have."""

    def __init__(self, layers: Any) -> None:
        first = layers.embeddings
        self._heads = int(layers.config.num_attention_heads)
        self._words = first.word_embeddings.weight.detach()
        # RoBERTa counts positions from behind the number of its padding token
        start = 0 if layers.config.model_type == "bert" else first.padding_idx + 1
        places, kinds = first.position_embeddings.weight, first.token_type_embeddings.weight
        self._places = (places[start:].float() + kinds[0].float()).to(places.dtype).detach()
        self._norm = first.LayerNorm
        scale = math.log2(math.e) / math.sqrt(layers.config.hidden_size / self._heads)
        with torch.no_grad():
            self._layers = [self._read(layer, scale) for layer in layers.encoder.layer]

    @staticmethod
    def _read(layer: Any, scale: float) -> _Layer:
        own, out = layer.attention.self, layer.attention.output
        return _Layer(
            qkv=_Dense.join([own.query, own.key, own.value], scale),
            out=_Dense.join([out.dense]),
            out_norm=out.LayerNorm,
            up=_Dense.join([layer.intermediate.dense]),
            down=_Dense.join([layer.output.dense]),
            down_norm=layer.output.LayerNorm,
        )

    def __call__(
        self, ids: Sequence[Sequence[int]], *, careful: bool = False
    ) -> list[torch.Tensor]:
        """The last layer's states of each text, shape (its tokens, width). Texts of one length should be neighbours.

        `careful` takes the largest score out before the powers, for models whose scores are beyond 88.
        """
        lengths = [len(row) for row in ids]
        places = torch.cat([torch.arange(n) for n in lengths])
        tokens = torch.tensor(list(chain.from_iterable(ids)))
        groups = list(_groups(lengths))
        x = embedding(tokens, self._words) + embedding(places, self._places)
        x = _normalise(x, self._norm)
        for layer in self._layers:
            seen = self._attend(layer.qkv(x), groups, careful=careful)
            x = _normalise(layer.out(seen).add_(x), layer.out_norm)
            x = _normalise(layer.down(layer.up(x, "gelu")).add_(x), layer.down_norm)
        return list(torch.split(x, lengths))

    def _attend(
        self, qkv: torch.Tensor, groups: list[tuple[int, int, int]], *, careful: bool
    ) -> torch.Tensor:
        width, heads = qkv.shape[1] // 3, self._heads
        found = qkv.new_empty(len(qkv), width)
        for start, texts, length in groups:
            part = slice(start, start + texts * length)
            split = qkv[part].view(texts, length, 3, heads, -1).permute(2, 0, 3, 1, 4)
            query, key, value = split.reshape(3, texts * heads, length, -1)
            weights = torch.bmm(query, key.transpose(1, 2))
            if careful:
                weights.sub_(weights.amax(2, keepdim=True))
            weights.exp2_()
            sums = weights.sum(2).view(texts, heads, length, 1)
            mixed = torch.bmm(weights, value).view(texts, heads, length, -1)
            torch.div(mixed, sums, out=found[part].view(texts, length, heads, -1).transpose(1, 2))
        return found


def _normalise(x: torch.Tensor, norm: Any) -> torch.Tensor:
    return layer_norm(x, norm.normalized_shape, norm.weight, norm.bias, norm.eps)


def _groups(lengths: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(first token, texts, tokens of each) for neighbours of one length."""
    start = 0
    for length, same in groupby(lengths):
        left, most = len(list(same)), max(_GROUP_TOKENS // length, 1)
        while left:
            texts = min(left, most)
            yield start, texts, length
            start, left = start + texts * length, left - texts
