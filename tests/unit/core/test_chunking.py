"""Cutting articles into passages."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.core.chunking import estimate_tokens, passages

SENTENCE = "The encoder reads eighty mel bands and the joiner adds both sides before the softmax. "
TEXTS = {
    "prose": SENTENCE * 300,
    "paragraphs": "\n\n".join([SENTENCE * 4] * 80),
    "one word": "a" * 50_000,
    "code": "for(i=0;i<n;++i){x_{i}=f(y[i],W^T);}\n" * 400,
    "links": "https://example.org/a/very-long/path?query=Zm9vYmFy&id=8f14e45fceea167a " * 200,
    "chinese": "语音识别是将语音转换为文字的技术。" * 400,
    "japanese": "音声認識は音声を文字に変換する技術です。" * 300,
    "korean": "음성 인식은 음성을 텍스트로 변환하는 기술입니다. " * 300,
    "russian": "Распознавание речи преобразует звук в текст и работает не всегда. " * 200,
    "arabic": "التعرف على الكلام هو تحويل الصوت إلى نص. " * 300,
    "thai": "การรู้จำเสียงพูดคือการแปลงเสียงเป็นข้อความ" * 200,
    "numbers": "3.14159 2.71828 1,234,567 0x7fffffff " * 400,
    "names": "wav2vec HuBERT Conformer-Transducer SpecAugment LibriSpeech GigaSpeech " * 200,
}


@pytest.fixture(scope="module")
def tokenizer():
    tokenizers = pytest.importorskip("tokenizers")
    from kb.embedding.weights import DEFAULT_MODEL, find_model

    found = tokenizers.Tokenizer.from_file(str(find_model(DEFAULT_MODEL).folder / "tokenizer.json"))
    found.no_truncation()
    found.no_padding()
    return found


@pytest.mark.parametrize("kind", TEXTS)
def test_every_passage_fits_the_real_model(kind, tokenizer):
    for passage in passages("A Title of the Article", TEXTS[kind]):
        assert len(tokenizer.encode(passage).ids) <= 256


@pytest.mark.parametrize("kind", ["prose", "paragraphs"])
def test_passages_of_prose_use_the_window_well(kind, tokenizer):
    sizes = [len(tokenizer.encode(p).ids) for p in passages("Title", TEXTS[kind])]
    assert sum(sizes) / len(sizes) > 150


def test_short_text_is_one_passage_with_its_title():
    assert passages("Title", "One sentence.") == ["Title\nOne sentence."]


def test_title_alone_and_text_alone_are_passages():
    assert passages(" A  title ", "") == ["A title"]
    assert passages("", "Text.") == ["Text."]
    assert passages(" ", "\n\n") == []


def test_cuts_fall_at_sentence_ends():
    found = passages("T", SENTENCE * 60)
    assert len(found) > 3
    assert all(p.endswith(".") for p in found)


def test_no_word_is_lost_or_repeated_without_overlap():
    words = [f"word{n}" for n in range(3000)]
    text = re.sub(r"(word\d*0)\b", r"\1.", " ".join(words))
    found = " ".join(p.partition("\n")[2] for p in passages("T", text))
    assert found.replace(".", "").split() == words


def test_overlap_opens_with_the_last_sentence():
    text = " ".join(f"Sentence number {n} says something about decoding." for n in range(80))
    first, second, *_ = (p.partition("\n")[2] for p in passages("T", text, overlap=True))
    assert second.startswith(first.rsplit(". ", 1)[1])


def test_a_small_tail_is_merged():
    last = passages("T", SENTENCE * 14 + "Short end.")[-1]
    assert estimate_tokens(last) > 40


def test_the_limit_caps_passages():
    assert len(passages("T", SENTENCE * 20_000)) == 200
    assert len(passages("T", SENTENCE * 200, limit=3)) == 3


def test_a_huge_title_leaves_room_for_text():
    found = passages("title " * 5000, SENTENCE * 3)
    assert all(SENTENCE[:20] in p for p in found[:1])
    assert all(estimate_tokens(p) <= 256 for p in found)


@pytest.mark.parametrize("kind", TEXTS)
def test_hostile_length_takes_little_time(kind):
    text = (TEXTS[kind] * 100)[:400_000]
    start = time.perf_counter()
    passages("T", text)
    assert time.perf_counter() - start < 8


@given(st.text(max_size=100), st.text(max_size=500), st.integers(8, 300))
@settings(deadline=None)
def test_any_text_gives_bounded_deterministic_passages(title, text, most):
    found = passages(title, text, most)
    assert found == passages(title, text, most)
    assert all(p.strip() for p in found)
    assert bool(found) or not (title.strip() or text.strip())
