"""The exporters' commands on a real ledger: the page printed, served, scraped by Prometheus, until told to stop."""

import gzip
import json
import re
import shutil
import socket
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from commands.checkout import ROOT
from groundwork.run.ledger import open_ledger
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from groundwork.store.location import LedgerLocation
from tests.builders.own_process import own_environment
from tests.builders.toy_program import ToyProgram
from tests.builders.toy_run import ToyOrder

ENVIRONMENT = own_environment()


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder whose ledger holds one run of another operation."""
    folder = tmp_path_factory.mktemp("state")
    toy = ToyProgram(folder, ToyOrder(sites={"central": ["a"]}))
    toy.run("start")
    toy.close()
    return folder


@pytest.fixture
def settings(state: Path, tmp_path: Path) -> Path:
    """Settings of Chiayi with a copy of that state."""
    shutil.copytree(state, tmp_path, dirs_exist_ok=True)
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
        assert f'cityops_collector_success{{city="chiayi",collector="{collector}"}} 1.0' in lines
    assert any(line.startswith("cityops_backup_last_success_timestamp_seconds{") for line in lines)


def test_a_ledger_gives_the_runs_of_one_operation_up_to_a_limit(settings: Path) -> None:
    with open_ledger(LedgerLocation(state=settings.parent)) as ledger:
        assert [one.operation for one in ledger.list_runs(operation="toy", limit=5)] == ["toy"]
        assert ledger.list_runs(operation="drill.run", limit=5) == ()
        assert ledger.latest("toy") is not None


def test_the_exporter_answers_until_it_is_reported_to_stop(settings: Path) -> None:
    address = f"127.0.0.1:{_free_port()}"
    until_told = ["timeout", "--preserve-status", "--signal=TERM", "15"]
    argv = [*until_told, *inv(settings, "exporters.serve", "--listen", address)]

    with LocalCommands().start(argv, environment=ENVIRONMENT) as exporter:
        _await(
            lambda: (
                'cityops_collector_success{city="chiayi",collector="drills"} 1.0' in _fetch(f"http://{address}/metrics")
            )
        )
        done = exporter.wait(timeout_seconds=60)

    assert done.exit_code == 0
    said = re.escape(f"answering at http://{address}/metrics\nstopped\n")
    assert re.fullmatch(said + r"(took \d+ s; peak memory \d+ MiB(, its largest program \d+ MiB)?\n)?", done.stderr)


def test_a_change_of_the_estate_is_reported_without_a_restart(settings: Path) -> None:
    inventory = settings.parent / "inventory"
    shutil.copytree(ROOT / "inventory" / "chiayi", inventory / "chiayi")
    settings.write_text(f"city: chiayi\ninventory: {inventory}\nstate: .\n", encoding="utf-8")
    policies = inventory / "chiayi" / "backup_policies.yaml"

    with serving(settings) as url:
        _await(lambda: _intervals(_fetch(url)) == {"3600.0", "86400.0"})
        policies.write_text(policies.read_text(encoding="utf-8").replace("every: 24h", "every: 12h"), encoding="utf-8")
        _await(lambda: _intervals(_fetch(url)) != {"3600.0", "86400.0"})
        assert _intervals(_fetch(url)) == {"3600.0", "43200.0"}


def test_a_scrape_is_packed_and_may_ask_for_some_families(settings: Path) -> None:
    with serving(settings) as url:
        _await(lambda: _failed(_fetch(url)) == set())  # from now on a reading changes nothing
        packed = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})  # noqa: S310 - our own
        with urllib.request.urlopen(packed, timeout=10) as answer:  # noqa: S310 - our own
            assert answer.headers["Content-Encoding"] == "gzip"
            whole = gzip.decompress(answer.read()).decode()
        asked = urllib.parse.urlencode(
            [("name[]", "cityops_collector_success"), ("name[]", "cityops_backup_expected_interval_seconds")]
        )
        some = _fetch(f"{url}?{asked}")

    assert {line.partition("{")[0] for line in some.splitlines() if not line.startswith("#")} == {
        "cityops_collector_success",
        "cityops_backup_expected_interval_seconds",
    }
    assert "cityops_replication_refused_files{" in whole
    assert set(some.splitlines()) < set(whole.splitlines())
    assert "cityops_collector_success{" in whole


def test_a_ledger_that_goes_away_leaves_the_page_as_it_was_and_says_so(settings: Path) -> None:
    with serving(settings) as url:
        _await(lambda: 'collector="replication"} 1.0' in _fetch(url) and "backups" in _fetch(url))
        before = _series(_fetch(url), "cityops_replication_")
        ledger = settings.parent / "ledger.sqlite"
        ledger.rename(ledger.with_suffix(".away"))
        _await(lambda: 'cityops_collector_success{city="chiayi",collector="replication"} 0.0' in _fetch(url))
        assert before
        assert _series(_fetch(url), "cityops_replication_") == before
        ledger.with_suffix(".away").rename(ledger)
        _await(lambda: 'cityops_collector_success{city="chiayi",collector="replication"} 1.0' in _fetch(url))


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_the_page_passes_promtool(settings: Path) -> None:
    page = LocalCommands().run(inv(settings, "exporters.show"), timeout_seconds=120, environment=ENVIRONMENT).stdout
    checked = LocalCommands().run(["promtool", "check", "metrics"], stdin=page.encode(), timeout_seconds=60)
    assert (checked.stdout, checked.stderr, page != "") == ("", "", True)
    bad = page.replace("_seconds gauge", "_seconds counter")
    refused = LocalCommands().run(["promtool", "check", "metrics"], stdin=bad.encode(), timeout_seconds=60, check=False)
    assert refused.exit_code != 0, "it would say so"


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
def test_prometheus_reads_what_is_served(settings: Path, tmp_path: Path) -> None:
    with serving(settings) as url:
        target = urllib.parse.urlsplit(url).netloc
        config = tmp_path / "prometheus.yml"
        config.write_text(
            "global: {scrape_interval: 1s}\nscrape_configs: "
            f"[{{job_name: cityops, static_configs: [{{targets: ['{target}']}}]}}]\n",
            encoding="utf-8",
        )
        address = f"127.0.0.1:{_free_port()}"
        argv = [
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address={address}",
        ]
        with LocalCommands().start(argv) as prometheus:
            _await(lambda: len(_asked(address, "cityops_collector_success == 1")) == 3)
            hops = "count by (city, site) (cityops_replication_refused_files)"
            joined = f"cityops_backup_expected_interval_seconds * on (city, site) group_left () ({hops})"
            found = _asked(address, joined)
            prometheus.kill()

    assert found, "backups and hops meet by city and site"
    assert {one["metric"]["city"] for one in found} == {"chiayi"}


@contextmanager
def serving(settings: Path) -> Iterator[str]:
    """The URL of a page whose collectors read about five times a second."""
    address = f"127.0.0.1:{_free_port()}"
    argv = inv(settings, "exporters.serve", "--listen", address, "--interval", "0.2")
    with LocalCommands().start(argv, environment=ENVIRONMENT) as exporter:
        try:
            yield f"http://{address}/metrics"
        finally:
            exporter.kill()


def _failed(page: str) -> set[str]:
    """The collectors without a good reading."""
    return {line for line in page.splitlines() if line.startswith("cityops_collector_success{") and line[-4:] != " 1.0"}


def _await(holds: Callable[[], bool]) -> None:
    clock = SystemClock()
    deadline = clock.monotonic() + 30
    while not holds():
        assert clock.monotonic() < deadline
        clock.sleep(0.1)


def _asked(address: str, query: str) -> list[dict[str, Any]]:
    asked = urllib.parse.urlencode({"query": query})
    found: list[dict[str, Any]] = json.loads(_fetch(f"http://{address}/api/v1/query?{asked}"))["data"]["result"]
    return found


def _series(page: str, prefix: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith(prefix)]


def _intervals(page: str) -> set[str]:
    lines = (line for line in page.splitlines() if line.startswith("cityops_backup_expected_interval_seconds{"))
    return {line.rpartition(" ")[2] for line in lines}


def _free_port() -> int:
    with socket.socket() as address:
        address.bind(("127.0.0.1", 0))
        return int(address.getsockname()[1])


def _fetch(url: str) -> str:
    clock = SystemClock()
    deadline = clock.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own
                return str(answer.read().decode())
        except urllib.error.URLError:
            if clock.monotonic() > deadline:
                raise
            clock.sleep(0.2)
