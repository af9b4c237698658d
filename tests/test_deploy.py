"""The examples of a deployment: they name nothing that does not exist, and what they copy is enough to run."""

from __future__ import annotations

import ast
import asyncio
import re
import shutil
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import kubernetes_validate
import psycopg
import pytest
import yaml

from agents.policy import AuditPolicy
from bot.cadence import jobs
from bot.engine import _LAST_STEPS
from bot.lease import _DEAD, _PAUSE, LEASE
from bot.running import LONGEST_STOP
from bot.settings import Settings
from bot.web import PATH
from handlers.posting import _CLAIM
from storage.database import Database
from tests.process import environment, launcher
from tests.world import COMPANY, ROOT, policy
from twin.server import Twin

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
KUBERNETES = DEPLOY / "kubernetes"
_OLDEST = "1.27"  # Kubernetes that has every field
# What the other programs in the images read.
_THEIRS = {"PYTHONUNBUFFERED", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}


def settings() -> set[str]:
    """Return the names of the environment variables that Signalbox reads."""
    return {field.alias or name.upper() for name, field in Settings.model_fields.items()}


def documents(file: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    [found] = documents(DEPLOY / "docker-compose.yml")
    return found


def deployment() -> dict[str, Any]:
    [found] = documents(KUBERNETES / "deployment.yaml")
    return found


def container() -> dict[str, Any]:
    [found] = deployment()["spec"]["template"]["spec"]["containers"]
    return dict(found)


def instructions(name: str) -> Iterator[str]:
    """Yield what follows each instruction of this name in the Dockerfile, on one line."""
    for line in DOCKERFILE.replace("\\\n", " ").splitlines():
        if line.startswith(f"{name} "):
            yield " ".join(line.removeprefix(name).split())


def served() -> set[str]:
    """Return the paths that bot/web.py serves."""
    tree = ast.parse((ROOT / "bot" / "web.py").read_text(encoding="utf-8"))
    return {PATH} | {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("add_get", "add_post")
        and isinstance(node.args[0], ast.Constant)
    }


def megabytes(amount: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(M|Mi)", amount).groups()  # type: ignore[union-attr]
    return int(number) * (1.048576 if unit == "Mi" else 1.0)


def measured(figure: str) -> float:
    """Return a figure of docs/figures.md."""
    found = re.search(rf"^\| `{re.escape(figure)}` \| ([\d.]+)", page("figures"), re.MULTILINE)
    assert found, f"{figure} is not in docs/figures.md"
    return float(found[1])


@pytest.mark.parametrize("file", sorted(DEPLOY.rglob("*")), ids=lambda file: file.name)
def test_every_variable_that_is_named_is_a_setting(file: Path) -> None:
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    named = set(re.findall(r"\b(?:SIGNALBOX|SLACK|ANTHROPIC|POSTGRES|PYTHON)_?[A-Z_]+\b", text))

    assert named <= settings() | _THEIRS


def test_the_image_sets_what_it_sets_under_names_that_are_read() -> None:
    [given] = instructions("ENV")
    names = set(re.findall(r"(\w+)=", given))

    assert names <= settings() | _THEIRS
    assert {"SIGNALBOX_POLICY", "SIGNALBOX_MODELS", "SIGNALBOX_HTTP_PORT"} <= names


def test_what_is_in_the_file_of_secrets_besides_changes_nothing_that_the_image_needs() -> None:
    [given] = instructions("ENV")
    by_image = dict(re.findall(r"(SIGNALBOX_\w+)=(\S+)", given))
    by_compose = compose()["services"]["signalbox"]["environment"]
    by_cluster = {each["name"]: each["value"] for each in container()["env"]}

    assert by_image
    assert by_image == by_cluster
    assert by_compose == {**by_image, "SIGNALBOX_DATABASE_URL": by_compose["SIGNALBOX_DATABASE_URL"]}


def test_the_database_of_the_example_is_the_one_that_tests_and_benchmarks_use(postgres_server: str) -> None:
    with psycopg.connect(postgres_server) as connection:
        version = connection.info.server_version // 10_000

    assert compose()["services"]["postgres"]["image"] == f"postgres:{version}"
    assert f"tested with {version} |" in page("deploy")
    assert f"PostgreSQL {version} with a volume" in page("deploy")


def test_the_command_to_start_it_is_the_same_everywhere_and_finds_the_secrets() -> None:
    text = (DEPLOY / "docker-compose.yml").read_text(encoding="utf-8")
    by_file, by_page = (re.findall(r"`(docker compose [^`]+)`", each) for each in (text, page("deploy")))

    assert len(by_file) == 1 == len(by_page)
    assert by_page[0] == f"{by_file[0]} --detach"
    assert "--env-file .env " in by_page[0]
    assert "# POSTGRES_PASSWORD=" in (ROOT / ".env.example").read_text(encoding="utf-8")


def test_no_log_fills_the_disk() -> None:
    for service in compose()["services"].values():
        assert {"max-size", "max-file"} <= service["logging"]["options"].keys()


@pytest.mark.parametrize("file", sorted(KUBERNETES.glob("*.yaml")), ids=lambda file: file.name)
def test_each_object_of_the_cluster_says_what_it_is(file: Path) -> None:
    for document in documents(file):
        assert document["apiVersion"]
        assert document["kind"]
        assert document["kind"] == "Kustomization" or document["metadata"]["name"]


@pytest.mark.parametrize("version", [_OLDEST, kubernetes_validate.latest_version()])
@pytest.mark.parametrize("file", sorted(KUBERNETES.glob("*.yaml")), ids=lambda file: file.name)
def test_the_cluster_knows_every_field(file: Path, version: str) -> None:
    for document in documents(file):
        if document["kind"] != "Kustomization":  # which never gets as far as a cluster
            kubernetes_validate.validate(document, version, strict=True)


def ingress() -> dict[str, Any]:
    """Return the example in docs/deploy.md."""
    [found] = re.findall(r"^```yaml\n(.+?)^```", page("deploy"), re.MULTILINE | re.DOTALL)
    return dict(yaml.safe_load(found))


def test_from_outside_only_the_path_of_deliveries_is_reached() -> None:
    kubernetes_validate.validate(ingress(), _OLDEST, strict=True)
    [rule] = ingress()["spec"]["rules"]
    [path] = rule["http"]["paths"]
    [service] = documents(KUBERNETES / "service.yaml")
    to = path["backend"]["service"]

    assert (path["path"], path["pathType"]) == (PATH, "Exact")
    assert to["name"] == service["metadata"]["name"]
    assert to["port"]["name"] == service["spec"]["ports"][0]["name"]


def test_a_misspelt_field_is_noticed() -> None:
    wrong = deployment()
    wrong["spec"]["strategy"]["rollingUpdate"]["maxUnavailble"] = 0

    with pytest.raises(kubernetes_validate.ValidationError, match="maxUnavailble"):
        kubernetes_validate.validate(wrong, _OLDEST, strict=True)


def test_whoever_chooses_replicas_chooses_these() -> None:
    [disruption], [service] = (
        documents(KUBERNETES / "disruption.yaml"),
        documents(KUBERNETES / "service.yaml"),
    )
    spec = deployment()["spec"]
    [spread] = spec["template"]["spec"]["topologySpreadConstraints"]
    chosen = [
        spec["selector"]["matchLabels"],
        spread["labelSelector"]["matchLabels"],
        disruption["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
    ]

    assert all(each and each.items() <= spec["template"]["metadata"]["labels"].items() for each in chosen)


def test_a_replica_comes_before_one_goes_and_one_always_stays() -> None:
    [disruption] = documents(KUBERNETES / "disruption.yaml")
    spec = deployment()["spec"]

    assert spec["replicas"] == 2 == compose()["services"]["signalbox"]["deploy"]["replicas"]
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert 0 < disruption["spec"]["minAvailable"] < spec["replicas"]


def test_a_replica_that_is_not_ready_holds_up_no_drain() -> None:
    [disruption] = documents(KUBERNETES / "disruption.yaml")

    assert disruption["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_the_process_may_change_nothing_but_its_data() -> None:
    by_cluster, by_compose = container()["securityContext"], compose()["services"]["signalbox"]

    assert by_cluster["readOnlyRootFilesystem"] is by_compose["read_only"] is True
    assert by_cluster["capabilities"]["drop"] == by_compose["cap_drop"] == ["ALL"]
    assert by_cluster["allowPrivilegeEscalation"] is False
    assert by_compose["security_opt"] == ["no-new-privileges:true"]


def test_what_is_written_beside_them_cannot_fill_a_disk() -> None:
    volumes = {each["name"]: each for each in deployment()["spec"]["template"]["spec"]["volumes"]}

    assert volumes["tmp"]["emptyDir"]["sizeLimit"] == "64Mi"
    assert compose()["services"]["signalbox"]["tmpfs"] == "/tmp:size=64m"


def test_what_is_put_together_is_there_or_said_to_be_made() -> None:
    [whole] = documents(KUBERNETES / "kustomization.yaml")
    made = {name for each in whole["configMapGenerator"] for name in each["files"]}
    made |= {name for each in whole["secretGenerator"] for name in each["envs"]}

    assert {file.name for file in KUBERNETES.glob("*.yaml")} == {*whole["resources"], "kustomization.yaml"}
    assert made == {"signalbox.toml", "signalbox.env"}
    example = (KUBERNETES / "signalbox.env.example").read_text(encoding="utf-8")
    assert {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"} <= set(
        re.findall(r"^(?:# )?(\w+)=", example, re.MULTILINE)
    )
    names = {each["name"] for each in [*whole["configMapGenerator"], *whole["secretGenerator"]]}
    text = (KUBERNETES / "deployment.yaml").read_text(encoding="utf-8")
    assert all(f"name: {name}" in text for name in names)


def test_the_image_that_runs_is_the_one_that_was_pushed() -> None:
    [whole] = documents(KUBERNETES / "kustomization.yaml")
    [image] = whole["images"]
    [pushed] = re.findall(r"`docker build .+ --tag (\S+) \.`", page("deploy"))

    assert container()["image"] == f"{image['name']}:{image['newTag']}"
    assert pushed == f"{image['newName']}:{image['newTag']}"


def test_a_long_migration_is_not_killed_half_way() -> None:
    probe = container()["startupProbe"]

    assert probe["periodSeconds"] * probe["failureThreshold"] >= 30 * 60


def test_probes_ask_for_what_is_served() -> None:
    probes = [container()[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")]

    assert [probe["path"] for probe in probes] == ["/healthz", "/healthz", "/readyz"]
    assert {probe["path"] for probe in probes} <= served()
    assert {probe["port"] for probe in probes} == {container()["ports"][0]["name"]}
    asked = re.findall(r"127\.0\.0\.1:(\d+)(/\w+)", str(compose()["services"]["signalbox"]["healthcheck"]))
    assert asked == [("3000", "/healthz")]
    assert deployment()["spec"]["template"]["metadata"]["annotations"]["prometheus.io/path"] in served()


def test_the_port_is_the_same_everywhere() -> None:
    [given], [exposed] = instructions("ENV"), instructions("EXPOSE")
    [service] = documents(KUBERNETES / "service.yaml")
    by_name = {each["name"]: each.get("value") for each in container()["env"]}

    assert re.findall(r"SIGNALBOX_HTTP_PORT=(\d+)", given) == [exposed] == [by_name["SIGNALBOX_HTTP_PORT"]]
    assert container()["ports"][0]["containerPort"] == int(exposed) == service["spec"]["ports"][0]["port"]


def test_the_policy_is_where_the_image_looks_for_it() -> None:
    [given] = instructions("ENV")
    [file] = re.findall(r"SIGNALBOX_POLICY=(\S+)", given)
    [mounted] = [each for each in container()["volumeMounts"] if each["name"] == "policy"]
    volume = compose()["services"]["signalbox"]["volumes"][0]

    assert file == f"{mounted['mountPath']}/signalbox.toml"
    assert volume == f"../examples:{mounted['mountPath']}:ro"
    assert (ROOT / "examples" / "signalbox.toml").exists()


def test_there_is_time_to_stop() -> None:
    spec = deployment()["spec"]["template"]["spec"]
    *_, before = container()["lifecycle"]["preStop"]["exec"]["command"]
    by_compose = int(compose()["services"]["signalbox"]["stop_grace_period"].removesuffix("s"))

    assert spec["terminationGracePeriodSeconds"] >= int(before) + LONGEST_STOP
    assert by_compose >= LONGEST_STOP
    # The next one leaves only when this one has left.
    assert deployment()["spec"]["minReadySeconds"] >= int(before) + LONGEST_STOP


def test_how_fast_others_take_over_is_said_as_it_is() -> None:
    text = page("deploy")

    assert f"after {_DEAD.total_seconds()} seconds of silence" in text
    assert f"at their next look (every {_PAUSE.total_seconds()} seconds)" in text
    assert f"until {_CLAIM.seconds} seconds after it was begun" in text
    assert (
        f"back for {LEASE.seconds} seconds posts nothing more, and after {_DEAD.total_seconds()} it is"
        in text
    )
    assert f"Steps under way get {_LAST_STEPS:.0f} seconds" in text
    assert f"After {LONGEST_STOP:.0f} seconds the process has ended" in " ".join(text.split())


def test_every_job_that_begins_by_the_clock_is_named_and_how_late_it_is_done() -> None:
    everything = policy().model_copy(update={"audit": AuditPolicy(channel="#ops-morning")})
    named = dict(re.findall(r"^\| `(\w+)`.* \| (\d+ \w+)[^|]* \| [^|]+ \|$", page("deploy"), re.MULTILINE))

    assert named == {each.name: in_words(each.grace) for each in jobs(everything)}


def in_words(span: timedelta) -> str:
    hours, seconds = divmod(span.seconds + 86_400 * span.days, 3600)
    return f"{seconds} seconds" if seconds else f"{hours} hours"


def most(pool: Any) -> int:
    """Return how many connections a pool opens."""
    return int(pool.size() + pool._max_overflow)


def test_the_connections_that_are_counted_are_those_that_the_pools_have() -> None:
    database = Database("postgresql://host/name")
    ours = most(database.engine.pool)
    engines = most(database.sync_engine().pool) + 1  # which listens, outside of the pool
    signs = 2  # of life: one gives them, one looks for those who give none
    each, kept = ours + engines + signs, 3
    more = 2  # in a rolling restart: one that comes, one that leaves
    text = " ".join(page("deploy").split())

    assert f"up to {each} connections to PostgreSQL: {ours} for its own work, {engines} for" in text
    assert f"two replicas need `max_connections` of {(2 + more) * each + kept} and" in text
    assert f"it is {2 * each + kept}." in text
    assert f"of {(10 + more) * each + kept}, seventeen {(17 + more) * each + kept}," in page("scale")


def test_memory_follows_what_was_measured() -> None:
    given = container()["resources"]

    assert megabytes(given["requests"]["memory"]) > measured("idle.rss_mb")
    assert megabytes(given["limits"]["memory"]) > 1.5 * measured("burst.peak_rss_mb")
    text = (KUBERNETES / "deployment.yaml").read_text(encoding="utf-8")
    quoted = re.findall(r"(\d+) MB at rest, (\d+) MB in a burst", text)
    assert quoted == [(f"{measured('idle.rss_mb'):.0f}", f"{measured('burst.peak_rss_mb'):.0f}")]
    by_compose = compose()["services"]["signalbox"]["deploy"]["resources"]["limits"]["memory"]
    assert megabytes(by_compose) > 1.5 * measured("burst.peak_rss_mb")


def test_the_image_is_made_and_run_by_the_commands_of_the_makefile() -> None:
    made = [target for run in instructions("RUN") for target in re.findall(r"^make (.+)$", run)]
    [command] = instructions("CMD")
    [by_make] = re.findall(r"^run:.*\n\t@(.+)$", MAKEFILE, re.MULTILINE)

    assert made == [".venv/run.stamp", "model"]
    assert all(re.search(rf"^{re.escape(target)}:", MAKEFILE, re.MULTILINE) for target in made)
    assert " ".join(ast.literal_eval(command)) == by_make.replace("$(BIN)", ".venv/bin")


def test_the_image_runs_as_nobody_in_particular() -> None:
    [user] = instructions("USER")
    security = deployment()["spec"]["template"]["spec"]["securityContext"]

    assert user == str(security["runAsUser"]) == str(security["runAsGroup"]) == "10001"
    assert f"--gid {user}" in DOCKERFILE and f"--uid {user}" in DOCKERFILE


def copied() -> list[str]:
    """Return what the image takes from the repository, at the end."""
    last = DOCKERFILE[DOCKERFILE.rindex("FROM ") :]
    return [
        line.split()[1] for line in last.splitlines() if line.startswith("COPY ") and "--from" not in line
    ]


def test_only_what_the_image_copies_is_sent_to_the_builder() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    wanted = {name for line in instructions("COPY") if "--from" not in line for name in line.split()[:-1]}

    assert sent == wanted
    assert all((ROOT / name).exists() for name in wanted)


@pytest.mark.process
async def test_what_the_image_copies_is_enough_to_run_and_it_stops_when_it_is_told(tmp_path: Path) -> None:
    image = tmp_path / "image"
    for folder in copied():
        await asyncio.to_thread(
            shutil.copytree, ROOT / folder, image / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    twin = await Twin.start(COMPANY / "workspace.toml")
    env = {**environment(twin, f"sqlite:///{tmp_path}/signalbox.sqlite"), "PYTHONPATH": str(image)}
    try:
        async with launcher(tmp_path / "run", env) as opened:
            running = await opened.launch("run")
            await twin.connected()
            running.send(signal.SIGTERM)
            ended = await running.ended(within=LONGEST_STOP)
    finally:
        await twin.stop()

    assert ended.code == 0
    assert "Traceback" not in ended.err
