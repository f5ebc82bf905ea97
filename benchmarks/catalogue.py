"""Questions over two years of daily restore points at three sites, as ratios to their limit.

``python benchmarks/catalogue.py [postgresql://…]``: 336 machines, 730 days, three copies of each point, 2 % doubted.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from groundwork.change.step import Json
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from groundwork.store.catalogue import Catalogue, Reading, StoredCopy
from groundwork.store.location import LedgerLocation
from groundwork.store.store import Store

MACHINES, DAYS, SITES = 336, 730, ("central", "yangming", "nchc")
LIMIT_SECONDS = 1.0
LIMIT_MIB = 100
NOW = datetime(2026, 11, 26, tzinfo=UTC)
CLOCK = SystemClock()
_EVERY_DOUBTED = 50
_ALIKE: dict[str, Json] = {
    "shape": {"vcpus": 2, "memory_mib": 4096, "network": "vm-agency-tax", "address": "10.1.2.3", "hardware": {}},
    "disks": [{"name": "disk-0.vmdk", "snapshot": "0" * 64, "size_bytes": 1 << 30, "sha256": "0" * 64}],
}


def copies(site: int) -> Iterator[StoredCopy]:
    """What one site says: each point once a day, a part of them unreadable at this site or at all of them."""
    for day in range(DAYS):
        for machine in range(MACHINES):
            number = day * MACHINES + machine
            everywhere = number % _EVERY_DOUBTED == 0 and number % (2 * _EVERY_DOUBTED) == 0
            doubted = everywhere or (number + site) % (2 * _EVERY_DOUBTED) == 1
            taken = NOW - timedelta(days=day, minutes=machine)
            name = f"machine-{machine:03}"
            point: Json = {"machine": name, "site": "central", "taken": taken.isoformat(), **_ALIKE}
            yield StoredCopy(
                snapshot=f"{number:064x}",
                machine=name,
                moment=taken,
                doubt="unreadable" if doubted else "",
                reason="its tag is not what cityops writes" if doubted else "",
                entry={"snapshot": f"{number:064x}", "stored": taken.isoformat(), "machine": name, "point": point},
            )


def main() -> int:
    """Fill the tables and ask, each in a process of its own, and say whether each limit was kept."""
    if sys.argv[1:2] in (["fill"], ["ask"]):
        with closing(Store(LedgerLocation(state=Path(sys.argv[2]), url=sys.argv[3]))) as store:
            store.bring_up()
            return {"fill": fill, "ask": ask}[sys.argv[1]](Catalogue(store))
    url = sys.argv[1] if sys.argv[1:] else ""
    ended = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("fill", "ask"):
            said = LocalCommands().run([sys.executable, __file__, name, folder, url], timeout_seconds=900, check=False)
            print(said.stdout, said.stderr, sep="", end="", flush=True)
            ended = ended or said.exit_code
    return ended


def fill(catalogue: Catalogue) -> int:
    """What each site says, taken in as a stream; then the last site's once more."""
    for number, site in enumerate(SITES):
        took = seconds(partial(catalogue.replace, Reading(site=site, at=NOW, basis="b"), copies(number)))
        print(f"{MACHINES * DAYS:,} points of {site} taken in: {took:.0f} s")
    took = seconds(partial(catalogue.replace, Reading(site=SITES[2], at=NOW, basis="b"), copies(2)))
    print(f"the same again, with nothing changed: {took:.0f} s")
    return in_memory("taking in")


def ask(catalogue: Catalogue) -> int:
    """The questions that listings ask, the best of three each."""
    slow = 0
    for name, question in questions(catalogue).items():
        took = min(seconds(question) for _ in range(3))
        slow += took > LIMIT_SECONDS
        print(f"{name}: {took:.2f} s, {took / LIMIT_SECONDS:.2f} of the limit")
    return int(in_memory("asking") or slow > 0)


def in_memory(what: str) -> int:
    """1 when the most that this process held is over the limit."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    used = int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) / 1024
    print(f"peak memory of {what}: {used:.0f} MiB, {used / LIMIT_MIB:.2f} of the limit")
    return int(used > LIMIT_MIB)


def questions(catalogue: Catalogue) -> dict[str, Callable[[], object]]:
    """What a listing asks."""
    agency = [f"machine-{number:03}" for number in range(0, MACHINES, 12)]
    every = {(site, f"machine-{number:03}"): timedelta(days=2) for site in SITES for number in range(MACHINES)}
    return {
        "the newest of each machine": lambda: catalogue.newest(SITES),
        "the newest of each machine at one site": lambda: catalogue.newest(SITES[1:2]),
        "the newest of an agency's machines": lambda: catalogue.newest(SITES, agency),
        "every point of a machine": lambda: list(catalogue.points(SITES, ["machine-007"])),
        "how many there are, and how many are passed over": lambda: catalogue.count(SITES),
        "the newest passed over": lambda: catalogue.passed_over(SITES, limit=20),
        "every one that is passed over": lambda: catalogue.passed_over(SITES, limit=MACHINES * DAYS),
        "gaps against the policy, all sites, two years": lambda: catalogue.gaps(every, now=NOW),
    }


def seconds(question: Callable[[], object]) -> float:
    """How long it takes."""
    began = CLOCK.monotonic()
    question()
    return CLOCK.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
