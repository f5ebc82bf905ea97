"""Drills whose site comes back behind their back, and whose newest restore point was damaged where it stands."""

import pytest

from tests.builders.killed_command import kill_when
from tests.builders.standing_lab import LIVE, StandingLab

SCENARIO, LOST, SURVIVOR = "yangming-lost", "yangming", "repo-nchc"
DATABASE = "opendata-db-01"


def test_a_drill_whose_site_was_healed_while_it_lay_dead_fails_when_resumed(copied: StandingLab) -> None:
    kill_when(copied, ("drill.run", SCENARIO, *LIVE), "restoring")
    run = copied.done("runs.list", "--json")[0]
    assert (run["operation"], run["status"]) == ("drill.run", "interrupted")
    name = ("--name", copied.parts.folders.lab)
    assert copied.inv("lab.cut", LOST, *name).exit_code == 3  # it bears the drill's name
    copied.inv("lab.heal", LOST, *name, check=True)
    copied.inv("lab.cut", LOST, *name, check=True)
    try:
        record = copied.done("runs.resume", run["id"], "--json", good=(6,))
    finally:
        copied.inv("lab.heal", LOST, *name, check=True)

    assert (record["summary"]["result"], record["summary"]["stayed_lost"]) == ("failed", False)
    assert record["summary"]["leftovers"] == []
    report = copied.parts.folders.state / "evidence" / run["id"] / "report.en.md"
    assert f"site {LOST} is lost by inv lab.cut now" in report.read_text(encoding="utf-8")


@pytest.fixture
def damaged(copied: StandingLab) -> StandingLab:
    """The lab, with everything spoilt that came to the survivor's repository with the newest point."""
    copied.on_host(SURVIVOR, "touch /root/before")
    copied.done("backup.run", "--only", DATABASE, *LIVE)
    copied.done("backup.replicate", *LIVE)
    return copied


def test_a_drill_passes_over_a_point_that_is_damaged_at_the_survivor(damaged: StandingLab) -> None:
    new = "cd /srv/repository/data && find . -type f -newer /root/before"
    damaged.on_host(SURVIVOR, f"{new} -print0 | xargs -0 tar cf /root/good.tar -C /srv/repository/data")
    spoil = 'while read -r pack; do printf spoilt | dd of="$pack" bs=1 seek=1024 conv=notrunc status=none; done'
    damaged.on_host(SURVIVOR, f"{new} -size +8k | {spoil}")
    try:
        record = damaged.done("drill.run", SCENARIO, *LIVE)
    finally:
        damaged.on_host(SURVIVOR, "tar xf /root/good.tar -C /srv/repository/data")

    assert record["summary"]["result"] == "passed"
    report = damaged.parts.folders.state / "evidence" / record["id"] / "report.en.md"
    text = report.read_text(encoding="utf-8")
    over = text.partition("Restore points that were passed over")[2].partition("##")[0]
    assert f"/{DATABASE}@" in over


def test_nothing_is_cut_where_the_survivor_lacks_its_key(copied: StandingLab) -> None:
    key = "/etc/cityops/repository.key"
    copied.on_host(SURVIVOR, f"mv {key} /root/key")
    try:
        ended = copied.inv("drill.run", SCENARIO, *LIVE)
    finally:
        copied.on_host(SURVIVOR, f"mv /root/key {key}")

    assert ended.exit_code == 4
    assert f"{SURVIVOR} has no {key}" in ended.stderr
    assert copied.inv("lab.heal", LOST, "--name", copied.parts.folders.lab).exit_code == 0
    assert copied.done("machines.list", "--only", LOST, "--json")
