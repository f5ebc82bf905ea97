"""A drill whose isolation nobody watched for a while, and one that only assumes its site's loss."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import pytest
import yaml

from commands.checkout import ROOT
from dr_drills.isolation import MOST_SILENCE_SECONDS
from groundwork.shell.clock import SystemClock
from tests.builders.killed_command import kill_when
from tests.builders.standing_lab import LIVE, StandingLab

SCENARIO, LOST, PROBER = "yangming-lost", "yangming", "prober-nchc"
UNREACHABLE = 5
HELD = "'cityops-*.slice'"  # the namespaces of the drill: its listener and its decoy


def test_a_drill_whose_isolation_was_not_watched_while_it_lay_dead_fails_when_resumed(copied: StandingLab) -> None:
    kill_when(copied, ("drill.run", SCENARIO, *LIVE), "restoring")
    run = copied.done("runs.list", "--json")[0]
    assert (run["operation"], run["status"]) == ("drill.run", "interrupted")
    copied.on_host(PROBER, f"systemctl kill --signal STOP {HELD}")
    SystemClock().sleep(MOST_SILENCE_SECONDS + 2)
    copied.on_host(PROBER, f"systemctl kill --signal CONT {HELD}")

    record = copied.done("runs.resume", run["id"], "--json", good=(6,))

    summary = record["summary"]
    assert (summary["result"], summary["isolated"], summary["stayed_lost"]) == ("failed", False, True)
    assert summary["leftovers"] == []
    report = copied.parts.folders.state / "evidence" / run["id"] / "report.en.md"
    assert "no watch from" in report.read_text(encoding="utf-8")


@pytest.fixture
def assuming(copied: StandingLab) -> Iterator[str]:
    """The lab's settings with an estate whose drill assumes the loss; the site is cut off by hand all the while."""
    name = ("--name", copied.parts.folders.lab)
    with TemporaryDirectory() as folder:
        inventory = Path(copytree(ROOT / "inventory", Path(folder) / "inventory"))
        drills = inventory / copied.parts.estate.city / "drills.yaml"
        document = yaml.safe_load(drills.read_text(encoding="utf-8"))
        document["drills"][SCENARIO]["loss"] = "assumed"
        drills.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        settings = copied.parts.folders.settings_file.with_name("assuming.yaml")
        changed = yaml.safe_load(Path(copied.settings).read_text(encoding="utf-8")) | {"inventory": str(inventory)}
        settings.touch(mode=0o600)
        settings.write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
        copied.inv("lab.cut", LOST, *name, check=True)
        try:
            yield str(settings)
        finally:
            copied.inv("lab.heal", LOST, *name, check=True)
            settings.unlink()


def test_a_drill_of_an_assumed_loss_cuts_nothing_and_uses_nothing_of_the_site(
    copied: StandingLab, assuming: str
) -> None:
    record = copied.done("drill.run", SCENARIO, "--settings", assuming, *LIVE)

    assert (record["summary"]["result"], record["summary"]["leftovers"]) == ("passed", [])
    kinds = {step["kind"] for stage in record["stages"] for step in stage["steps"]}
    assert "drill.restore-machine" in kinds
    assert not kinds & {"drill.lose-site", "drill.heal-site"}
    assert copied.inv("machines.list", "--only", LOST, "--json").exit_code == UNREACHABLE  # nobody healed it
    report = copied.parts.folders.state / "evidence" / record["id"] / "report.en.md"
    text = report.read_text(encoding="utf-8")
    assert "assumed: the site went on working" in text
    assert f"| Site lost | {LOST} |" in text
