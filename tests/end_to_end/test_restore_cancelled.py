"""A restore that is killed while its import is in flight, and cancelled: nothing of it is left."""

from commands.command import Asked
from commands.wiring.drills import Survivor
from groundwork.shell.clock import SystemClock
from tests.builders.killed_command import kill_when
from tests.builders.standing_lab import LIVE, StandingLab

MACHINE, SITE, COPY = "opendata-db-01", "nchc", "cancelled-01"
SEEN_SECONDS = 60.0


def test_a_killed_import_that_is_cancelled_waits_for_its_lease_and_leaves_nothing(copied: StandingLab) -> None:
    before = copied.done("machines.plan", "--json")["basis"]
    restore = ("backup.restore", MACHINE, "--site", SITE, "--as", COPY, *LIVE)
    kill_when(copied, restore, "restoring", after=lambda: copied.inside(lambda: await_machine(copied)))
    run = copied.done("runs.list", "--json")[0]
    assert (run["operation"], run["status"]) == ("backup.restore", "interrupted")
    assert COPY in listed(copied)

    undone = copied.done("runs.cancel", run["id"], "--reason", "end-to-end test", "--json")

    steps = {step["kind"]: step for stage in undone["stages"] for step in stage["steps"]}
    assert steps["backup.destroy-restored"]["result"]["seen"] in {
        "half imported",
        "gone",
    }  # gone: its lease ended first
    assert COPY not in listed(copied)
    assert copied.done("machines.plan", "--json")["basis"] == before
    first = copied.done("runs.show", run["id"], "--json")
    assert first["status"] == "cancelled"
    copied.done("backup.restore", MACHINE, "--site", SITE, "--as", COPY, "--json", good=(2,))  # it can be planned again


def await_machine(lab: StandingLab) -> None:
    """Until the import has made the machine, which it does before its first byte of a disk."""
    clock = SystemClock()
    deadline = clock.monotonic() + SEEN_SECONDS
    with Survivor(Asked(settings=str(lab.settings)).context.wired, SITE).tools() as tools:
        while tools.vcenter.read_machine(COPY) is None:
            assert clock.monotonic() < deadline, f"{COPY} was not made"
            clock.sleep(0.1)


def listed(lab: StandingLab) -> set[str]:
    """The machines that the site's vCenter shows, in the estate or not."""
    return {row["name"] for row in lab.done("machines.list", "--json") if row["site"] == SITE}
