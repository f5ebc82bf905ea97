"""A repository to which somebody else has written, and one whose disk is gone, met by the commands in the lab.

What was written stays: the drills of the tests that follow recover beside it.
"""

import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backup.bundle import RecoveryBundle, bundle_name, bundle_tags
from commands.wiring.sections import SECTIONS
from groundwork.drivers.repository.restic import ResticLocation
from groundwork.settings.load import load_settings
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.signing import STRANGER
from tests.builders.standing_lab import LIVE, StandingLab

MACHINE = "shiminpass-db-01"
CENTRAL = "repo-central"


@pytest.fixture(scope="module")
def attacked(copied: StandingLab) -> StandingLab:
    """Central's repository with what a thief of its password and key may store there, copied to the others too."""
    marks = ("sort=point", f"machine={MACHINE}", "site=central", "run=x")
    future = {"machine": MACHINE, "site": "central", "taken": "2099-01-01T00:00:00Z", "run": "x", "disks": []}
    shape = {"vcpus": 1, "memory_mib": 512, "network": "n", "address": "a"}
    for reported in ("point=é", _tag({**future, "shape": shape}), _tag({**future, "taken": "2026-11-25T10:00:00"})):
        _store(copied, f"{MACHINE}/point.json", *marks, reported)
    fake = RecoveryBundle(digest="f" * 64, tar=b"a forged estate")
    city = copied.parts.estate.city
    _store(copied, bundle_name(city), *bundle_tags(fake, city, made=SystemClock().now(), key=STRANGER))
    copied.done("backup.replicate", *LIVE)
    return copied


def test_the_list_names_what_is_no_point_and_still_has_every_machine(attacked: StandingLab) -> None:
    for site in ("central", "nchc"):
        listed = attacked.done("backup.list", "--site", site, "--refresh", "--json")

        assert sorted(one["doubt"] for one in listed["passed_over"]) == ["impossible", "unreadable", "unreadable"]
        assert listed["bundles"][0]["doubt"] == "not ours"
        assert {one["machine"] for one in listed["passed_over"]} == {MACHINE}
        assert MACHINE in {one["machine"] for one in listed["points"]}


def test_a_restore_takes_the_point_that_is_ours_and_names_those_passed_over(attacked: StandingLab) -> None:
    rehearsed = attacked.inv("backup.restore", MACHINE, "--site", "nchc", "--as", "copy-01", "--json")

    assert rehearsed.exit_code == 2, rehearsed.stderr
    steps = json.loads(rehearsed.stdout)["steps"]
    assert any(f"restore {MACHINE} of 2026-" in step["description"] for step in steps)
    assert f"passed over: {MACHINE} of 2099-01-01" in rehearsed.stderr


def test_a_backup_and_a_replication_go_on_beside_it(attacked: StandingLab) -> None:
    assert attacked.done("backup.run", "--only", f"machine:{MACHINE}", *LIVE)["summary"]["failed"] == {}
    assert all(pull["whole"] for pull in attacked.done("backup.replicate", *LIVE)["summary"]["pulls"])


@pytest.fixture
def unmounted(copied: StandingLab) -> Iterator[StandingLab]:
    """The disk of central's repository is gone, and only its empty folder there."""
    folder = "install -d -o repository -g repository -m 700 /srv/repository"
    copied.on_host(CENTRAL, f"mv /srv/repository /srv/repository.away && {folder}")
    yield copied
    copied.on_host(CENTRAL, "rm -rf /srv/repository && mv /srv/repository.away /srv/repository")


def test_a_repository_whose_disk_is_gone_is_refused_and_not_made_anew(unmounted: StandingLab) -> None:
    refused = unmounted.inv("backup.run", "--only", f"machine:{MACHINE}", *LIVE)

    assert refused.exit_code == 3, refused.stderr
    assert "and none stands there; nothing was written" in refused.stderr
    assert unmounted.on_host(CENTRAL, "ls -A /srv/repository").stdout == ""
    assert unmounted.done("backup.prepare", "--json")["steps"] == []


def _tag(document: dict[str, Any]) -> str:
    return "point=" + base64.urlsafe_b64encode(zlib.compress(json.dumps(document).encode())).decode()


def _store(lab: StandingLab, name: str, *tags: str) -> None:
    settings = load_settings(Path(lab.settings), SECTIONS)
    kept = settings.repositories["central"]
    location = ResticLocation(
        site="central",
        url=f"rest:{kept.url}",
        key=kept.key.reveal(),
        username=kept.username,
        password=kept.password.reveal(),
        ca_file=str(settings.ca_file),
    )
    argv = [
        "restic",
        *location.arguments(),
        "backup",
        "--quiet",
        "--stdin",
        "--stdin-filename",
        name.replace("/", "%2F"),
    ]
    marks = [argument for tag in tags for argument in ("--tag", tag)]
    run = LocalCommands().run
    lab.inside(lambda: run([*argv, *marks], timeout_seconds=60, stdin=b"x", environment=location.environment()))
