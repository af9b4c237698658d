"""The embedding graph, against numbers from a forward pass that shares no code with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.local import graph
from agents.local.embedding import Embedder, Vectors
from tests.local_world import models

# The first eight dimensions of each text's embedding in double precision. They were computed once from the
# published weights by a forward pass written in NumPy for this purpose, apart from the graph, and rounded.
REFERENCE = {
    "Where can I download last month's invoice?": (
        (-0.08197, -0.01376, -0.06322, -0.03993, -0.04019, -0.03174, -0.12449, 0.03302)
    ),
    "The VPN drops every ten minutes since this morning.": (
        (-0.01137, -0.02368, 0.10022, 0.02196, 0.08864, 0.04265, -0.00141, 0.01113)
    ),
    "Thanks, that worked!": (0.00639, -0.0554, -0.11018, -0.01391, 0.05195, 0.03051, -0.13466, -0.03718),
    "How many days of parental leave do I get?": (
        (0.06204, -0.02492, 0.02437, 0.03856, 0.10134, 0.0175, -0.03195, -0.02989)
    ),
    "Our webhook deliveries have been failing with a 502 since 09:40 UTC.": (
        (-0.06016, 0.04292, 0.05884, 0.00973, 0.00652, -0.09549, -0.12953, -0.0441)
    ),
}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """The graph in full precision, with the same tokenizer."""
    from onnx import save
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    weights, tokens = graph.find_weights()
    path = tmp_path_factory.mktemp("full") / "full.onnx"
    save(graph.make_model(graph.read_weights(weights)), str(path))
    tokenizer = Tokenizer.from_file(str(tokens))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return Embedder(InferenceSession(str(path)), tokenizer, "full")


@pytest.fixture(scope="module")
def expected(full: Embedder) -> Vectors:
    return full.embed(list(REFERENCE))


def test_the_graph_in_full_precision_equals_the_reference(expected: Vectors) -> None:
    assert np.abs(expected[:, :8] - np.array(list(REFERENCE.values()))).max() < 2e-5


def test_eight_bit_weights_keep_the_meaning(expected: Vectors) -> None:
    small = Embedder.load(models()).embed(list(REFERENCE))

    assert (small * expected).sum(axis=1).min() >= 0.98


def test_making_the_graph_again_changes_nothing() -> None:
    path = models() / graph.GRAPH_FILE
    before = path.stat().st_mtime_ns

    assert graph.make(path) is False
    assert path.stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_graph_of_another_recipe_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / graph.GRAPH_FILE
    path.write_bytes(b"old")
    (tmp_path / graph.TOKENIZER_FILE).write_text("{}")
    path.with_suffix(".json").write_text('{"fingerprint": "of another recipe"}')

    assert graph.make(path) is True
    assert path.stat().st_size > 20_000_000
    assert graph.read_mark(path.with_suffix(".json")) == graph.fingerprint()
