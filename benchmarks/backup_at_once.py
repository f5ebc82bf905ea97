"""Whether machines at once are backed up faster than one after another: ``python benchmarks/backup_at_once.py``.

The live vCenter driver against the lab's simulator, and restic; limit: at once takes less. A run of each on a new
repository, in turns, and the best of each counts.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backup.apply import BackupTools, backup_operations
from backup.bundle import RecoveryBundle
from backup.guests import observe_guests
from backup.plan import plan_backup
from groundwork.change.plan import Plan
from groundwork.drivers.repository.restic import ResticLocation, ResticRepository
from groundwork.drivers.repository_host.fake import FakeRepositoryHost
from groundwork.drivers.transfer.fake import FakeTransfer
from groundwork.drivers.vcenter.live import LiveVCenter
from groundwork.drivers.vcenter.protocol import VCenter
from groundwork.estate.estate import Estate
from groundwork.run.engine import open_engine
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LeashedCommands
from groundwork.store.location import LedgerLocation
from tests.builders.estate_values import small_estate
from tests.builders.signing import KEY, SIGNERS
from tests.builders.vcenter_simulator import Simulator, machine, simulated_vcenter

SITE, MACHINES, ROUNDS, LIMIT = "alpha", 8, 2, 1.0
NAMES = tuple(f"guest-{number}" for number in range(1, MACHINES + 1))


def main() -> int:
    """Print the ratio; 1 when at once is not faster."""
    made = [machine(name, number) for number, name in enumerate(NAMES, start=1)]
    with (
        tempfile.TemporaryDirectory(prefix="cityops-bench-") as name,
        simulated_vcenter(Path(name), machines=made) as simulator,
    ):
        rounds = [
            [seconds_of(simulator, Path(name) / f"{number}-{lanes}", lanes) for lanes in (1, 0)]
            for number in range(ROUNDS)
        ]
    alone, at_once = (min(one[which] for one in rounds) for which in (0, 1))
    ratio = at_once / alone
    print(f"{MACHINES} machines: {alone:.1f} s one after another, {at_once:.1f} s at once, {ratio:.2f} (below {LIMIT})")
    return int(ratio >= LIMIT)


def seconds_of(simulator: Simulator, folder: Path, lanes: int) -> float:
    """From the first step's start to the last one's end, on so many lanes; 0: as many as the plan says."""
    folder.mkdir()
    estate = city()
    tools = tools_of(simulator, folder, estate)
    with tools.vcenter(SITE) as vcenter:
        plan = plan_backup(estate, estate.machines.values(), {SITE: observe_guests(vcenter, estate.machines.values())})
    operations = {one.name: one for one in backup_operations(tools)}
    with open_engine(operations, ledger=LedgerLocation(state=folder / "state")) as engine:
        record = engine.start(on_lanes(plan, lanes) if lanes else plan, reason="benchmark", say=lambda _line: None)
    if record.exit_code != 0:
        raise SystemExit(f"the backup ended with {record.exit_code}: {record.summary}")
    moments = [
        tuple(map(datetime.fromisoformat, (one.started, one.ended))) for stage in record.stages for one in stage.steps
    ]
    return (max(ended for _, ended in moments) - min(started for started, _ in moments)).total_seconds()


def city() -> Estate:
    """One city whose machines are the simulator's."""
    estate = small_estate()
    model = next(iter(estate.machines.values()))
    return replace(estate, machines={name: replace(model, name=name, site=SITE) for name in NAMES})


def on_lanes(plan: Plan, lanes: int) -> Plan:
    """The plan on so many lanes."""
    waves = (replace(one, shares=tuple(replace(share, lanes=lanes) for share in one.shares)) for one in plan.waves)
    return replace(plan, waves=tuple(waves))


def tools_of(simulator: Simulator, folder: Path, estate: Estate) -> BackupTools:
    """A session and a repository client of its own for each lane."""

    def repository(_site: str) -> ResticRepository:
        location = ResticLocation(site=SITE, url=str(folder / "repository"), key="a key")
        return ResticRepository(location, commands=LeashedCommands())

    @contextmanager
    def vcenter(_site: str) -> Iterator[VCenter]:
        opened = LiveVCenter(simulator.access, clock=SystemClock())
        try:
            yield opened
        finally:
            opened.close()

    repository(SITE).ensure_initialised()
    hosts = FakeRepositoryHost(sites=(SITE,))
    hosts.pin(SITE, str(repository(SITE).identity()))
    return BackupTools(
        vcenter=vcenter,
        repository=repository,
        hosts=lambda: hosts,
        transfer=lambda: FakeTransfer(copy=lambda _sender, _receiver: (0, 0)),
        bundle=lambda _city: RecoveryBundle(digest=estate.digest, tar=b"the estate"),
        key=lambda: KEY,
        signers=lambda: SIGNERS,
        clock=SystemClock(),
    )


if __name__ == "__main__":
    sys.exit(main())
