"""A workspace for those who bring none: two people called ana and ben, #general, and your app.

`starter("manifest.yml")` puts the app of that manifest in it; without one, the app may do everything and declares no
commands. Deliberately in Socket Mode whatever the manifest says: a test's app has no address before it runs, and
`use_request_url` delivers over HTTP once it has.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from twin import manifest as manifests
from twin import seed as seeds
from twin.manifest import Manifest
from twin.seed import Seed
from twin.words import Json

HERE = Path(__file__).parent


def starter(manifest: Manifest | Path | str | Json | None = None) -> Seed:
    """Return the starter workspace with the app of a manifest: its file, or what stands in it.

    Raises ManifestError with the place and a hint.
    """
    seed = seeds.load(HERE / "workspace.toml")
    return seed if manifest is None else with_manifest(seed, manifest)


def with_manifest(seed: Seed, manifest: Manifest | Path | str | Json) -> Seed:
    """Return a workspace with the app of another manifest."""
    if isinstance(manifest, dict):
        manifest = manifests.read(manifest, "manifest")
    elif not isinstance(manifest, Manifest):
        manifest = manifests.load(Path(manifest))
    bot_user = re.sub(r"[^a-z0-9._-]", "", manifest.bot_name.lower()) or seed.app.bot_user
    if any(person.handle == bot_user for person in seed.people):
        bot_user += "-app"
    app = replace(seed.app, manifest=manifest, name=manifest.name, bot_user=bot_user)
    return replace(seed, app=app)


def in_socket_mode(seed: Seed) -> Seed:
    """Return a workspace that delivers over Socket Mode until it is told an address."""
    return replace(seed, app=replace(seed.app, manifest=replace(seed.app.manifest, socket_mode=True)))
