"""The local engine as tests meet it: the real graph, the demo company's policy and its articles."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from agents.local import abroad
from agents.local.embedding import CachedEmbedder, Embedder
from agents.local.engine import LocalEngine
from agents.local.graph import GRAPH_FILE, make
from agents.policy import Policy
from agents.words import Account, Facts, Trust
from bot.policy import load
from sources.knowledge import load_articles

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@cache
def models() -> Path:
    """The folder of the embedding graph, made once when it is not there."""
    make(ROOT / "build" / GRAPH_FILE)
    abroad.make(ROOT / "build")
    return ROOT / "build"


@cache
def embedder() -> CachedEmbedder:
    """The loaded graph; vectors of lasting texts are shared with the bot's own cache."""
    return CachedEmbedder(Embedder.load(models()), models() / "cache")


@cache
def policy() -> Policy:
    """The demo company's policy."""
    return load(ROOT / "examples" / "signalbox.toml")


@cache
def engine() -> LocalEngine:
    """An engine that knows the demo company's categories and articles."""
    taught = LocalEngine.load(models(), models() / "cache").fitted(
        [policy().category(name) for name in policy().categories], (), policy().triage.chatter_examples
    )
    return taught.with_articles(load_articles(ROOT / "examples" / "knowledge"))


def facts(text: str, channel: str = "customer-support", tier: str | None = None) -> Facts:
    """Facts of a message and nothing else."""
    account = Account("A1", "Corvid Fashion", tier, "retail", "chloe") if tier else None
    return Facts(text, channel, "U1", Trust.MEMBER, NOW, account=account)
