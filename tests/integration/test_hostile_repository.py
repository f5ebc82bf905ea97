"""A repository to which a stranger with the writer's password and the key has written, with restic itself."""

import base64
import json
import shutil
import zlib
from pathlib import Path

import pytest

from backup.bundle import RecoveryBundle, bundle_name, bundle_tags, list_bundles
from backup.catalogue import Doubt, candidates, list_entries
from backup.plan import RUN, plan_backup
from backup.selection import select_machines
from groundwork.drivers.repository.restic import ResticLocation, ResticRepository
from groundwork.shell.command import LocalCommands
from tests.builders.backup_city import BackupCity
from tests.builders.run_in_memory import RunInMemory
from tests.builders.signing import STRANGER, trust

KEY = "a key"
pytestmark = pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
NAME = "pass-db-01"


def _tag(document: object) -> str:
    return "point=" + base64.urlsafe_b64encode(zlib.compress(json.dumps(document).encode())).decode()


def _of_2099() -> dict[str, object]:
    shape = {"vcpus": 1, "memory_mib": 512, "network": "n", "address": "a"}
    said = {"machine": NAME, "site": "alpha", "taken": "2099-01-01T00:00:00Z", "run": "x", "shape": shape, "disks": []}
    return dict(said)


def test_what_a_stranger_stores_is_rows_and_recovery_still_finds_our_point_and_our_estate(tmp_path: Path) -> None:
    location = ResticLocation(site="alpha", url=str(tmp_path / "repository"), key=KEY)
    repository = ResticRepository(location, commands=LocalCommands())
    city = BackupCity()
    city.bear("alpha", repository)
    plan = plan_backup(city.estate, select_machines(city.estate, ["alpha"]), {"alpha": city.seen()["alpha"]})
    assert RunInMemory(city.operation(RUN)).carry_out(plan)[1].exit_code == 0
    ours = candidates(repository, [NAME], trust())[NAME].points

    zone = {**_of_2099(), "taken": "2026-11-25T10:00:00"}
    bomb = "point=" + base64.urlsafe_b64encode(zlib.compress(bytes(20 << 20), 9)).decode()
    for reported in ("point=é", _tag(zone), _tag(_of_2099()), bomb):
        _store(location, f"{NAME}/point.json", f"machine={NAME}", "site=alpha", "run=x", "sort=point", reported)
    _store(location, "x", "sort=point", time="0001-01-01 00:00:00")
    fake = RecoveryBundle(digest="f" * 64, tar=b"a forged estate")
    _store(location, bundle_name("toytown"), *bundle_tags(fake, "toytown", made=trust().now, key=STRANGER))

    doubts = [one.doubt for one in list_entries(repository, trust()) if one.doubt]
    assert sorted(doubts) == sorted([*[Doubt.UNREADABLE] * 4, Doubt.IMPOSSIBLE])
    assert candidates(repository, [NAME], trust())[NAME].points == ours
    assert [one.doubt for one in list_bundles(repository, "toytown", trust())] == [Doubt.FORGED, None]


def _store(location: ResticLocation, name: str, *tags: str, time: str = "") -> None:
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
    when = ["--time", time] if time else []
    LocalCommands().run([*argv, *marks, *when], timeout_seconds=60, stdin=b"x", environment=location.environment())
