"""Workers at the sites, over the lab's PostgreSQL: one is killed in the middle of a backup, and the run completes."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml

from commands.checkout import ROOT
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.standing_lab import StandingLab

SITES = ("central", "yangming", "nchc")
RUN_SECONDS = 600.0


@pytest.fixture(scope="module")
def shared_ledger(configured: StandingLab) -> Iterator[Path]:
    """Settings like the lab's, but for a ledger on its ledger host, which the role `ledger` made."""
    settings = yaml.safe_load(Path(configured.settings).read_text(encoding="utf-8"))
    host = configured.parts.estate.hosts["ledger-01"].address
    trust = f"sslmode=verify-ca&sslrootcert={settings['ca_file']}"
    settings["ledger"] = {
        "url": f"postgresql://cityops@{host}:5432/cityops?{trust}",
        "password": dict(settings["ledger_password"]),
    }
    file = Path(configured.settings).with_name("shared-ledger.yaml")
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    yield file
    file.unlink()


@contextmanager
def worker(lab: StandingLab, settings: Path, site: str) -> Iterator[int]:
    """A site's worker at work; its process id."""
    command = (sys.executable, "-P", "-m", "commands", "worker.serve", "--site", site, "--settings", str(settings))
    argv = ("sh", "-c", 'echo $$; exec "$@"', "sh", *command)
    environment = {"PYTHONPATH": str(ROOT), "CITYOPS_LAB": lab.parts.folders.lab}
    with LocalCommands().start(argv, environment=environment) as running:
        yield int(running.stdout.readline())


def test_a_worker_killed_in_the_middle_of_a_backup_goes_on_when_it_is_back(
    lab: StandingLab, shared_ledger: Path
) -> None:
    settings = ("--settings", str(shared_ledger))
    assert lab.inv("backup.prepare", "--live", "--reason", "test", timeout_seconds=300.0).exit_code == 0
    arguments = ("backup.run", "--only", "shiminpass", "--live", "--reason", "test", "--json", *settings)
    argv = ["sh", "-c", 'exec "$@" 3>&1 1>&2 2>&3 3>&-', "sh", sys.executable, "-P", "-m", "commands", *arguments]
    with ExitStack() as workers:
        pids = {site: workers.enter_context(worker(lab, shared_ledger, site)) for site in SITES}
        with LocalCommands().start(argv, environment={"PYTHONPATH": str(ROOT)}) as command:
            reported = []
            for line in command.stdout:  # the command's progress: the two streams are exchanged
                reported.append(line.decode())
                if "storing" in reported[-1]:
                    break
            SystemClock().sleep(0.5)
            os.kill(pids["central"], signal.SIGKILL)
            workers.enter_context(worker(lab, shared_ledger, "central"))
            reported += [line.decode() for line in command.stdout]
            ended = command.wait(timeout_seconds=RUN_SECONDS)
    assert ended.exit_code == 0, "".join(reported)
    record = json.loads(ended.stderr)
    assert {point["machine"] for point in record["summary"]["points"]} == {
        machine.name for machine in lab.parts.estate.machines_of("shiminpass")
    }


def test_without_a_shared_ledger_a_worker_is_refused(lab: StandingLab) -> None:
    refused = lab.inv("worker.serve", "--site", "central")
    assert refused.exit_code == 4
    assert "PostgreSQL" in refused.stderr
