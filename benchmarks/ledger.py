"""What 100,000 recorded runs cost a reader, as ratios to the limits: ``python benchmarks/ledger.py [postgresql://…]``."""

import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from groundwork.run.ledger import Ledger, open_ledger
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from groundwork.store.location import LedgerLocation

RUNS = 100_000
LIMIT_SECONDS = 0.1
LIMIT_MIB = 100
CLOCK = SystemClock()
RARE = "drill.run"  # not among the newest
_RARELY = 1000
_OTHERS = ("backup.run", "backup.replicate", "machines.apply", "hosts.apply", "dhcp.apply")


def main() -> int:
    """Lay the ledger down, read it in a process of its own, and say whether each limit was kept."""
    if sys.argv[1:2] in (["make"], ["read"]):
        act = make if sys.argv[1] == "make" else read
        return act(LedgerLocation(state=Path(sys.argv[2]), url=sys.argv[3]))
    url = sys.argv[1] if sys.argv[1:] else ""
    with tempfile.TemporaryDirectory() as folder:
        lay_down(LedgerLocation(state=Path(folder), url=url))
        ended = 0
        for name in ("make", "read"):
            said = LocalCommands().run([sys.executable, __file__, name, folder, url], timeout_seconds=600, check=False)
            print(said.stdout, said.stderr, sep="", end="")
            ended = ended or said.exit_code
        return ended


def lay_down(location: LedgerLocation) -> None:
    """Any run may be the newest of its operation; that of the rare one lies far back."""
    from tests.builders.copied_runs import lay_down_runs  # noqa: PLC0415 - the reader's memory is measured without it

    began = CLOCK.monotonic()
    names = [RARE if number % _RARELY == _RARELY - 1 else _OTHERS[number % len(_OTHERS)] for number in range(RUNS)]
    lay_down_runs(location, names)
    print(f"{RUNS:,} runs laid down in {CLOCK.monotonic() - began:.0f} s")


def make(location: LedgerLocation) -> int:
    """The first reading of a ledger without an index makes it, once."""
    took = seconds(location, lambda ledger: ledger.latest(RARE))
    print(f"the index made from the engine's rows: {took:.1f} s, peak memory {_peak_mib():.0f} MiB")
    return 0


def read(location: LedgerLocation) -> int:
    """Read as commands do."""
    slow = False
    questions: dict[str, Callable[[Ledger], object]] = {
        "the newest run of an operation": lambda ledger: ledger.list_runs(operation=RARE, limit=1),
        "the same with its steps": lambda ledger: ledger.latest(RARE, succeeded_only=True),
        "the newest 30 runs": lambda ledger: ledger.list_runs(limit=30),
        "what began in the last day": lambda ledger: list(ledger.iterate_runs(operation=RARE, since=_a_day_ago())),
    }
    for name, ask in questions.items():
        took = min(seconds(location, ask) for _ in range(5))
        slow = slow or took > LIMIT_SECONDS
        print(f"{name}: {took * 1000:.1f} ms, {took / LIMIT_SECONDS:.2f} of the limit")
    used = _peak_mib()
    print(f"peak memory: {used:.0f} MiB, {used / LIMIT_MIB:.2f} of the limit")
    return int(slow or used > LIMIT_MIB)


def seconds(location: LedgerLocation, ask: Callable[[Ledger], object]) -> float:
    """From opening the ledger to its being closed."""
    began = CLOCK.monotonic()
    with open_ledger(location) as ledger:
        ask(ledger)
    return CLOCK.monotonic() - began


def _peak_mib() -> float:
    """The most that this program held; the kernel's other figure, `ru_maxrss`, begins with the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) / 1024


def _a_day_ago() -> datetime:
    return datetime.fromtimestamp(CLOCK.now().timestamp() - 86_400, UTC)


if __name__ == "__main__":
    sys.exit(main())
