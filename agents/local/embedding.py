"""Turns messages into vectors: texts that mean much the same lie close together.

Nobody in Slack sees this; triage, knowledge search and "similar tickets" all stand on it. It runs the small
MiniLM graph made by `agents.local.graph` on one processor core. It does not learn, does not touch the
network, and keeps no text: the disk cache holds digests and vectors only.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from agents.local.graph import GRAPH_FILE, TOKENIZER_FILE, WIDTH, read_mark

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]

MAX_TOKENS = 256
REMEMBERED = 4096
KEPT_ON_DISK = 100_000


class ModelMissing(RuntimeError):
    """The folder holds no embedding graph; `python -m agents.local.graph` makes it."""


class Embeds(Protocol):
    """What turns texts into vectors of unit length, shape (texts, 384), or (texts, 896) for other languages."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that come and go."""

    def embed_kept(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that will be asked for again at the next start."""


class Runs(Protocol):
    """An embedding that is computed: its width, and a name under which vectors may be kept."""

    @property
    def width(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of unit length a text."""


class Embedder:
    """The loaded graph with its tokenizer and a bounded memory of recent texts. Safe to share between threads."""

    width = WIDTH

    def __init__(self, session: InferenceSession, tokenizer: Tokenizer, fingerprint: str) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._recent: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self.fingerprint = fingerprint

    @classmethod
    def load(cls, folder: Path) -> Embedder:
        """Load graph and tokenizer from `folder`. Raises ModelMissing when either is not there."""
        graph, tokens = folder / GRAPH_FILE, folder / TOKENIZER_FILE
        mark = read_mark(graph.with_suffix(".json"))
        if mark is None or not graph.is_file() or not tokens.is_file():
            raise ModelMissing(
                f"No embedding graph in {folder}: run `python -m agents.local.graph --out {graph}`."
            )
        # Imported here, because both take memory and time that a process without the local engine should not
        # pay.
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        # One thread: a short message is too little work to share, and waiting threads would spin on the other
        # core.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # The arena keeps the largest batch it ever saw; messages are small, memory is what we are short of.
        options.enable_cpu_mem_arena = False
        tokenizer = Tokenizer.from_file(str(tokens))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        session = InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        return cls(session, tokenizer, mark)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of unit length a text, shape (len(texts), 384).

        Texts are run one by one, so that a vector never depends on its neighbours (see `graph.make_model`)
        and a cached vector equals a fresh one. About 2 ms a short message.
        """
        rows = np.empty((len(texts), WIDTH), dtype=np.float32)
        for number, text in enumerate(texts):
            key = digest(text)
            with self._lock:
                row = self._recent.get(key)
                if row is not None:
                    self._recent.move_to_end(key)
            if row is None:
                row = self._run(text)
                with self._lock:
                    self._recent[key] = row
                    while len(self._recent) > REMEMBERED:
                        self._recent.popitem(last=False)
            rows[number] = row
        return rows

    def _run(self, text: str) -> Vectors:
        # A page of pasted log must not cost seconds of tokenising; 256 tokens from each end need far fewer
        # characters.
        if len(text) > 8000:
            text = f"{text[:4000]} {text[-4000:]}"
        # Half of a surrogate pair, as cut emoji leave behind, is not text to the tokenizer.
        text = text.encode("utf-8", "replace").decode("utf-8")
        ids = self._tokenizer.encode(text).ids
        if len(ids) <= MAX_TOKENS:
            return self._forward(ids)
        # People say what they want at the start or at the end and paste in between, so a long message is the
        # mean of its two ends. The mean of all chunks would drown the request in the pasted part, and its
        # cost has no bound.
        room = MAX_TOKENS - 2
        inner = ids[1:-1]
        both = self._forward([ids[0], *inner[:room], ids[-1]]) + self._forward(
            [ids[0], *inner[-room:], ids[-1]]
        )
        return np.asarray(both / np.linalg.norm(both), dtype=np.float32)

    def _forward(self, ids: list[int]) -> Vectors:
        (found,) = self._session.run(["embedding"], {"input_ids": np.array([ids], dtype=np.int64)})
        vector: Vectors = np.asarray(found, dtype=np.float32)[0]
        return vector


class CachedEmbedder:
    """An embedder that keeps the vectors of lasting texts (examples, articles, past tickets) in a file
    between starts.

    Requests are not kept: `embed` only passes them on. Several processes may share the folder; each writes
    whole files, and the worst a race can do is to forget vectors that are then computed again.
    """

    def __init__(self, embedder: Runs, folder: Path) -> None:
        self._embedder = embedder
        self._path = folder / f"embeddings-{embedder.fingerprint}.npz"
        self._lock = threading.Lock()
        self._kept: dict[bytes, Vectors] | None = None

    @property
    def fingerprint(self) -> str:
        """The name of the graph; vectors of different graphs must not be compared."""
        return self._embedder.fingerprint

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of unit length a text, without keeping new ones on disk."""
        return self._embedder.embed(texts)

    def embed_kept(self, texts: Sequence[str]) -> Vectors:
        """Return the same as `embed`, reading known vectors from the file and adding the others to it."""
        keys = [digest(text) for text in texts]
        with self._lock:
            if self._kept is None:
                self._kept = read_vectors(self._path, self._embedder.width)
            found = {key: self._kept[key] for key in keys if key in self._kept}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            fresh = dict(zip(missing, self._embedder.embed(list(missing.values())), strict=True))
            found.update(fresh)
            with self._lock:
                self._kept.update(fresh)
                while len(self._kept) > KEPT_ON_DISK:
                    self._kept.pop(next(iter(self._kept)))
                write_vectors(self._path, self._kept)
        if not keys:
            return np.empty((0, self._embedder.width), dtype=np.float32)
        return np.asarray(np.stack([found[key] for key in keys]), dtype=np.float32)


def digest(text: str) -> bytes:
    """Return the 16 bytes by which a text's vector is remembered."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def read_vectors(path: Path, width: int = WIDTH) -> dict[bytes, Vectors]:
    """Return the vectors kept in a file; none when it is absent or damaged, since they can be computed again."""
    try:
        with np.load(path, allow_pickle=False) as file:
            keys, vectors = file["keys"], np.asarray(file["vectors"], dtype=np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    if keys.ndim != 2 or vectors.shape != (len(keys), width):
        return {}
    return {key.tobytes(): row for key, row in zip(keys, vectors, strict=True)}


def write_vectors(path: Path, kept: dict[bytes, Vectors]) -> None:
    """Replace the file by these vectors, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = np.frombuffer(b"".join(kept), dtype=np.uint8).reshape(len(kept), 16)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, keys=keys, vectors=np.stack(list(kept.values())))
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
