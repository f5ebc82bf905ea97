"""The exporters' commands on a real ledger: the page printed, and served until told to stop."""

import shutil
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from commands.checkout import ROOT
from groundwork.run.ledger import open_ledger
from groundwork.run.place import LedgerPlace
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.toy_program import ToyProgram
from tests.builders.toy_run import ToyOrder

ENVIRONMENT = {"PYTHONPATH": str(ROOT)}


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings of Chiayi with a ledger that holds one run of another operation."""
    toy = ToyProgram(tmp_path, ToyOrder(sites={"central": ["a"]}))
    toy.run("start")
    toy.close()
    path = tmp_path / "settings.yaml"
    path.write_text(f"city: chiayi\ninventory: {ROOT / 'inventory'}\nstate: .\n", encoding="utf-8")
    return path


def inv(settings: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "commands", *arguments, "--settings", str(settings)]


def test_the_page_reads_a_sqlite_ledger(settings: Path) -> None:
    done = LocalCommands().run(inv(settings, "exporters.show"), timeout_seconds=120, environment=ENVIRONMENT)

    lines = done.stdout.splitlines()
    assert done.stderr == ""
    for collector in ("drills", "backups", "replication"):
        assert f'cityops_collector_success{{collector="{collector}"}} 1.0' in lines
    assert any(line.startswith("cityops_backup_last_success_timestamp_seconds{") for line in lines)


def test_a_ledger_gives_the_runs_of_one_operation_up_to_a_limit(settings: Path) -> None:
    with open_ledger(LedgerPlace(state=settings.parent)) as ledger:
        assert [one.operation for one in ledger.list_runs(operation="toy", limit=5)] == ["toy"]
        assert ledger.list_runs(operation="drill.run", limit=5) == ()
        assert ledger.latest("toy") is not None


def test_the_exporter_answers_until_it_is_told_to_stop(settings: Path) -> None:
    place = f"127.0.0.1:{_free_port()}"
    until_told = ["timeout", "--preserve-status", "--signal=TERM", "15"]
    argv = [*until_told, *inv(settings, "exporters.serve", "--listen", place)]

    with LocalCommands().start(argv, environment=ENVIRONMENT) as exporter:
        page = _fetch(f"http://{place}/metrics")
        done = exporter.wait(timeout_seconds=60)

    assert 'cityops_collector_success{collector="drills"} 1.0' in page.splitlines()
    assert (done.exit_code, done.stderr) == (0, f"answering at http://{place}/metrics\nstopped\n")


def test_a_change_of_the_estate_is_told_without_a_restart(settings: Path) -> None:
    inventory = settings.parent / "inventory"
    shutil.copytree(ROOT / "inventory" / "chiayi", inventory / "chiayi")
    settings.write_text(f"city: chiayi\ninventory: {inventory}\nstate: .\n", encoding="utf-8")
    policies = inventory / "chiayi" / "backup_policies.yaml"
    place = f"127.0.0.1:{_free_port()}"

    with LocalCommands().start(
        inv(settings, "exporters.serve", "--listen", place), environment=ENVIRONMENT
    ) as exporter:
        before = _fetch(f"http://{place}/metrics")
        policies.write_text(policies.read_text(encoding="utf-8").replace("every: 24h", "every: 12h"), encoding="utf-8")
        after = _fetch(f"http://{place}/metrics")
        exporter.kill()

    assert _intervals(before) == {"3600.0", "86400.0"}
    assert _intervals(after) == {"3600.0", "43200.0"}


def _intervals(page: str) -> set[str]:
    lines = (line for line in page.splitlines() if line.startswith("cityops_backup_expected_interval_seconds{"))
    return {line.rpartition(" ")[2] for line in lines}


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def _fetch(url: str) -> str:
    clock = SystemClock()
    deadline = clock.monotonic() + 12
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own
                return str(answer.read().decode())
        except urllib.error.URLError:
            if clock.monotonic() > deadline:
                raise
            clock.sleep(0.2)
