"""One site is down: several sites are asked, the others answer, and the exit code says what is missing."""

import json
from collections.abc import Iterator

import pytest

from lab.guests import boots
from tests.builders.standing_lab import LIVE, StandingLab

DOWN = "yangming"
LEFT_OUT = f"left out, {DOWN}: "


@pytest.fixture(scope="module")
def without_one(copied: StandingLab) -> Iterator[StandingLab]:
    name = ("--name", copied.parts.folders.lab)
    copied.inv("lab.cut", DOWN, *name, check=True)
    try:
        yield copied
    finally:
        copied.inv("lab.heal", DOWN, *name, check=True)


def test_the_machines_of_the_dead_site_are_unseen_and_those_of_the_others_are_listed(without_one: StandingLab) -> None:
    listed = without_one.inv("machines.list", "--json")
    assert (listed.exit_code, LEFT_OUT in listed.stderr) == (5, True)
    rows = json.loads(listed.stdout)
    assert {row["state"] for row in rows if row["site"] == DOWN} == {"unseen"}
    assert "unseen" not in {row["state"] for row in rows if row["site"] != DOWN}


def test_the_backup_of_the_other_sites_is_planned_and_the_dead_one_is_named(without_one: StandingLab) -> None:
    only = ",".join(f"machine:{_guest(without_one, site)}" for site in ("central", DOWN))
    planned = without_one.inv("backup.run", "--only", only, "--json")
    assert (planned.exit_code, LEFT_OUT in planned.stderr) == (5, True)
    document = json.loads(planned.stdout)
    assert list(document["unread"]) == [DOWN]
    assert {step["site"] for step in document["steps"]} == {"central"}


def test_the_backup_of_the_other_sites_is_made_and_the_exit_code_says_that_one_is_missing(
    without_one: StandingLab,
) -> None:
    guests = {site: _guest(without_one, site) for site in ("central", DOWN)}
    only = ",".join(f"machine:{guest}" for guest in guests.values())
    ended = without_one.inv("backup.run", "--only", only, *LIVE)
    assert (ended.exit_code, LEFT_OUT in ended.stderr) == (5, True)
    record = json.loads(ended.stdout)
    assert [point["machine"] for point in record["summary"]["points"]] == [guests["central"]]
    kept = without_one.done("runs.show", record["id"], "--json")
    assert kept["operation"] == "backup.run"
    stored = without_one.done("backup.list", "--site", "central", "--json")["points"]
    assert any(one["taken"] == record["summary"]["points"][0]["taken"] for one in stored)


def test_a_site_that_nobody_named_fails_nothing(without_one: StandingLab) -> None:
    alone = without_one.inv("machines.plan", "--only", "central", "--json")
    assert (alone.exit_code, json.loads(alone.stdout)["unread"]) == (0, {})


def _guest(lab: StandingLab, site: str) -> str:
    return next(one.name for one in lab.parts.estate.machines.values() if one.site == site and boots(one))
