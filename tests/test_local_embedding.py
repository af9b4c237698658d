"""Embeddings: the same text always gives the same vector, whatever else happens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from agents.local.embedding import CachedEmbedder, Embedder, ModelMissing, Vectors
from tests.local_world import ROOT, models

INVOICE = "Where can I download last month's invoice?"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load(models())


class Counting(Embedder):
    """The real embedder, which also counts the texts it was asked for."""

    asked = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += len(texts)
        return super().embed(texts)


def test_vectors_have_unit_length(embedder: Embedder) -> None:
    vectors = embedder.embed([INVOICE, "", "x", "\ud83d half an emoji", "word " * 3000])

    assert vectors.shape == (5, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_no_text_is_an_empty_array(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_a_vector_does_not_depend_on_its_company(embedder: Embedder) -> None:
    alone = Embedder.load(models()).embed([INVOICE])[0]

    together = embedder.embed(["hi", INVOICE, "a much longer text about something else entirely " * 5])[1]

    assert np.array_equal(alone, together)


def test_alike_texts_are_closer_than_others(embedder: Embedder) -> None:
    invoice, bill, holiday = embedder.embed([INVOICE, "how do I get a copy of my bill", "days off in summer"])

    assert invoice @ bill > invoice @ holiday + 0.2


def test_a_request_is_not_drowned_by_a_pasted_log(embedder: Embedder) -> None:
    request = "Our webhook deliveries fail, please help."
    pasted = " ".join(f"2026-11-22T09:{n % 60:02} worker-{n} retry queue depth {n * 7}" for n in range(400))
    short, before, after = embedder.embed([request, f"{request} {pasted}", f"{pasted} {request}"])

    assert short @ before > 0.3
    assert short @ after > 0.3


def test_kept_vectors_are_read_and_not_computed_again(tmp_path: Path, embedder: Embedder) -> None:
    first = CachedEmbedder(embedder, tmp_path).embed_kept([INVOICE, "hello", INVOICE])
    counting = Counting(embedder._session, embedder._tokenizer, embedder.fingerprint)

    second = CachedEmbedder(counting, tmp_path).embed_kept([INVOICE, "hello", INVOICE])

    assert counting.asked == 0
    assert np.array_equal(first, second)
    assert np.array_equal(first[0], first[2])


def test_requests_are_not_kept_on_disk(tmp_path: Path, embedder: Embedder) -> None:
    CachedEmbedder(embedder, tmp_path).embed([INVOICE])

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 cut off"])
def test_a_damaged_cache_is_computed_again(tmp_path: Path, embedder: Embedder, content: bytes) -> None:
    cached = CachedEmbedder(embedder, tmp_path)
    (tmp_path / f"embeddings-{embedder.fingerprint}.npz").write_bytes(content)

    assert np.array_equal(cached.embed_kept([INVOICE]), embedder.embed([INVOICE]))


def test_a_folder_without_graph_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"python -m agents\.local\.graph"):
        Embedder.load(tmp_path)


def test_importing_the_engine_loads_nothing_heavy() -> None:
    heavy = ("onnxruntime", "onnx", "tokenizers", "sklearn", "scipy")
    code = f"import sys, agents.local.engine; print([m for m in {heavy!r} if m in sys.modules])"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert found.stdout.strip() == "[]"
