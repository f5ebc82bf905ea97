"""How close lanes come to what a plan's shape allows, and what a track costs: ``python benchmarks/lanes.py``.

Limits: 200 tracks with needs and caps end within 1.15 times the larger of their critical path and their work over what
may be at work at once; each of 1,200 tracks of one step that does nothing costs 8 ms.
"""

import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from groundwork.change.operation import Operation
from groundwork.change.plan import Share, Track, Wave
from groundwork.change.step import Attempt, Json, Perform
from groundwork.run.engine import open_engine
from groundwork.run.record import RunRecord
from groundwork.shell.clock import SystemClock
from groundwork.store.location import LedgerLocation
from tests.builders.toy_steps import Erase, Write, plan, track

TRACKS, LANES, LEASES = 200, 8, 3
LIMIT = 1.15
MANY, MANY_LANES = 1200, 8
LIMIT_MS = 8.0
CLOCK = SystemClock()


def shaped() -> tuple[Share, dict[str, float]]:
    """A share whose tracks need up to three before them, a third of which use a lease; and each one's seconds."""
    dice = random.Random(8)  # noqa: S311 - the same plan each time
    seconds = {f"t{number:03}": dice.uniform(0.1, 0.7) for number in range(TRACKS)}
    names = list(seconds)
    tracks: list[Track] = []
    for number, name in enumerate(names):
        before = names[max(0, number - 60) : max(0, number - 20)]
        needs = tuple(dice.sample(before, k=min(len(before), dice.randrange(3))))
        uses = ("lease",) if dice.random() < 1 / 3 else ()
        tracks.append(replace(track(name), needs=needs, uses=uses))
    return Share(site="here", tracks=tuple(tracks), caps=(("lease", LEASES),), lanes=LANES), seconds


def least_seconds(share: Share, seconds: dict[str, float]) -> float:
    """What no order of the tracks can do better than: critical path, work over lanes, leased work over leases."""
    ends: dict[str, float] = {}
    for one in share.tracks:  # each needs only tracks before it
        ends[one.name] = seconds[one.name] + max((ends[needed] for needed in one.needs), default=0.0)
    used = [
        sum(seconds[one.name] for one in share.tracks if resource in one.uses) / cap for resource, cap in share.caps
    ]
    return max(*ends.values(), *used, sum(seconds.values()) / share.lanes)


def carry_out(share: Share, seconds: dict[str, float]) -> RunRecord:
    """The record of a run of this share alone; a step takes the seconds of its name."""

    def perform(step: Write | Erase, attempt: Attempt) -> Json:
        del attempt
        CLOCK.sleep(seconds.get(step.target.rpartition("/")[2], 0.0))
        return None

    @contextmanager
    def performer(_site: str) -> Iterator[Perform[Write | Erase]]:
        yield perform

    operation = Operation(name="toy", steps=Write | Erase, performer=performer)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_engine({"toy": operation}, ledger=LedgerLocation(state=Path(folder))) as engine,
    ):
        wanted = plan(Wave(name="one", shares=(share,)))
        return engine.start(wanted, reason="benchmark", say=lambda _line: None)


def seconds_of(record: RunRecord) -> float:
    """From the run's beginning to its last step's end, the polls of its queue included."""
    if record.status != "succeeded":
        raise SystemExit(f"the run ended as {record.status}: {record.summary}")
    ended = max(datetime.fromisoformat(step.ended) for step in record.stages[0].steps)
    return (ended - datetime.fromisoformat(record.started)).total_seconds()


def main() -> int:
    """Print both figures; 1 when one misses its limit."""
    share, seconds = shaped()
    least, wall = least_seconds(share, seconds), seconds_of(carry_out(share, seconds))
    ratio = wall / least
    print(f"{TRACKS} tracks with needs and caps: {wall:.2f} s, least {least:.2f} s, ratio {ratio:.3f} (limit {LIMIT})")
    tracks: tuple[Track, ...] = tuple(track(f"t{number:04}") for number in range(MANY))
    each = seconds_of(carry_out(Share(site="here", tracks=tracks, lanes=MANY_LANES), {})) / MANY * 1000
    print(f"{MANY} tracks of one step on {MANY_LANES} lanes: {each:.2f} ms each (limit {LIMIT_MS})")
    return 0 if ratio <= LIMIT and each <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
