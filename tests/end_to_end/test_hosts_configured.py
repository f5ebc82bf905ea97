"""The service hosts as the playbooks make them: planned, applied, right, and left alone the second time."""

import json
import ssl
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import testinfra
from testinfra.host import Host

from commands.wiring.sections import SECTIONS
from groundwork.settings.load import load_settings
from groundwork.settings.settings import ReplicaSettings, RepositorySettings
from lab.secret_store import OPERATOR
from lab.settings_file import known_hosts_file
from tests.builders.standing_lab import StandingLab

T = TypeVar("T")

PLAN_SECONDS = 900.0


def see(lab: StandingLab, name: str, read: Callable[[Host], T]) -> T:
    """What testinfra sees on a host."""
    address = lab.parts.estate.hosts[name].address
    key = lab.parts.folders.secrets / f"{OPERATOR}.key"
    trust = f"-o UserKnownHostsFile={known_hosts_file(lab.parts)}"
    spec = f"ssh://root@{address}"
    return lab.inside(lambda: read(testinfra.get_host(spec, ssh_identity_file=str(key), ssh_extra_args=trust)))


def test_a_second_look_has_nothing_to_do(configured: StandingLab) -> None:
    done = configured.inv("hosts.plan", "--json", timeout_seconds=PLAN_SECONDS)

    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["steps"] == []


@pytest.mark.parametrize(
    ("host", "service", "port"),
    [
        *((f"repo-{site}", "repository", 8000) for site in ("central", "yangming", "nchc")),
        *((f"repo-{site}", "repository-replica", 8001) for site in ("central", "yangming", "nchc")),
        ("repo-nchc", "prometheus-node-exporter", 9100),
        ("monitoring-01", "prometheus", 9090),
        ("monitoring-01", "prometheus-alertmanager", 9093),
        ("ledger-01", "postgresql@17-main", 5432),
        ("ledger-01", "cityops-firewall", 22),
    ],
)
def test_a_service_runs_starts_with_the_host_and_answers(
    configured: StandingLab, host: str, service: str, port: int
) -> None:
    def read(seen: Host) -> tuple[bool, bool, bool]:
        unit = seen.service(service)
        listening = any(one.endswith(f":{port}") for one in seen.socket.get_listening_sockets())
        return unit.is_running, unit.is_enabled, listening

    assert see(configured, host, read) == (True, True, True)


def test_secrets_on_a_repository_host_are_roots_alone(configured: StandingLab) -> None:
    def read(seen: Host) -> list[tuple[str, int]]:
        files = (seen.file(f"/etc/cityops/{name}") for name in ("repository.key", "sender.env"))
        return [(file.user, file.mode) for file in files]

    assert see(configured, "repo-nchc", read) == [("root", 0o600), ("root", 0o600)]


def test_nobody_signs_in_with_a_password(configured: StandingLab) -> None:
    said = see(configured, "repo-central", lambda seen: seen.check_output("sshd -T"))

    assert "passwordauthentication no" in said.splitlines()


def test_the_backup_server_never_removes_and_the_replica_server_never_takes(configured: StandingLab) -> None:
    settings = load_settings(Path(configured.settings), SECTIONS)
    writer, reader = settings.repositories["central"], settings.replicas["central"]
    name = "5" * 64
    path = f"/srv/repository/data/55/{name}"
    owned = "install -o repository -g repository -m"
    folders = "/srv/repository/data /srv/repository/data/55"
    configured.on_host("repo-central", f"{owned} 700 -d {folders} && {owned} 600 /etc/hostname {path}")

    def ask(method: str, url: str, account: RepositorySettings | ReplicaSettings | None) -> int:
        request = urllib.request.Request(url, method=method, data=b"x" if method == "PUT" else None)  # noqa: S310 - the lab's
        if account:
            word = b64encode(f"{account.username}:{account.password.reveal()}".encode()).decode()
            request.add_header("Authorization", f"Basic {word}")
        trust = ssl.create_default_context(cafile=str(settings.ca_file))
        try:
            with urllib.request.urlopen(request, timeout=10, context=trust) as answer:  # noqa: S310 - the lab's
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code

    removed = configured.inside(lambda: ask("DELETE", f"{writer.url}data/{name}", writer))
    overwritten = configured.inside(lambda: ask("PUT", f"{reader.url}data/55/{name}", reader))
    stranger = configured.inside(lambda: ask("GET", f"{reader.url}data/55/{name}", None))
    given = configured.inside(lambda: ask("GET", f"{reader.url}data/55/{name}", reader))
    kept = configured.on_host("repo-central", f"cat {path} && rm {path}").stdout.strip()
    configured.on_host("repo-central", "rmdir --ignore-fail-on-non-empty /srv/repository/data/55 /srv/repository/data")

    assert (removed, stranger, given, kept) == (403, 401, 200, "repo-central")
    assert overwritten >= 400
