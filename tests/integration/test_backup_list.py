"""`backup.list` as it is typed: what is read, what is remembered, and how old the answer is said to be."""

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backup.catalogue import object_name, point_tags, render_point, run_tags
from commands.program import main
from commands.wiring.city import City as Wired
from groundwork.drivers.repository.fake import FakeRepository
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.repository_host.fake import FakeRepositoryHost
from groundwork.errors import UnreachableError
from groundwork.model.restore_point import DiskImage, MachineShape, RestorePoint
from groundwork.model.signature import SigningKey
from groundwork.run.launch import prepare
from groundwork.shell.clock import SystemClock
from groundwork.store.location import LedgerLocation
from groundwork.store.store import Store
from tests.builders.signing import KEY, STRANGER

SITES = ("central", "nchc", "yangming")
MACHINE = "shiminpass-db-01"
SETTINGS = """
city: taichung
state: .
signing: {signers: [SIGNER]}
repositories:
"""
REPOSITORY = "  SITE: {url: 'https://SITE.example:8000/', username: u, password: {env: P}, key: {env: P}}\n"


@dataclass
class City:
    settings: Path
    repositories: dict[str, FakeRepository]
    away: set[str]
    hosts: FakeRepositoryHost
    capsys: pytest.CaptureFixture[str]

    def store(self, site: str, number: int, *, key: SigningKey = KEY) -> str:
        """A point, in one site's repository; its mark's id there."""
        repository, run = self.repositories[site], f"run-{number}"
        tags = run_tags(machine=MACHINE, site=site, run=run)
        stored = repository.store(f"{MACHINE}/disk-0.vmdk", iter([b"disk"]), tags=tags)
        disk = DiskImage(name="disk-0.vmdk", snapshot=stored.snapshot, size_bytes=4, capacity_bytes=4, sha256="b" * 64)
        point = RestorePoint(
            machine=MACHINE,
            site=site,
            taken=SystemClock().now(),
            run=run,
            shape=MachineShape(vcpus=1, memory_mib=512, network="n", address="10.0.0.1"),
            disks=(disk,),
        )
        name, content = object_name(MACHINE, "point.json"), render_point(point)
        return repository.store(name, iter([content]), tags=point_tags(point, key)).snapshot

    def list(self, *words: str, ends: int = 0) -> tuple[str, str]:
        """What the command prints, and what it says meanwhile."""
        self.capsys.readouterr()
        assert main(["backup.list", *words, "--settings", str(self.settings)]) == ends
        said = self.capsys.readouterr()
        return said.out, said.err

    def document(self, *words: str, ends: int = 0) -> tuple[Any, str]:
        out, err = self.list(*words, "--json", ends=ends)
        return json.loads(out), err


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> City:
    settings = tmp_path / "settings.yaml"
    repositories = "".join(REPOSITORY.replace("SITE", site) for site in SITES)
    settings.write_text(SETTINGS.replace("SIGNER", KEY.public_line()).lstrip() + repositories, encoding="utf-8")
    monkeypatch.setenv("P", "secret")
    fakes = {site: FakeRepository(clock=SystemClock(), site=site, made="1d" * 32) for site in SITES}
    made = City(settings=settings, repositories=fakes, away=set(), hosts=FakeRepositoryHost(), capsys=capsys)

    def repository(_self: Wired, site: str) -> Repository:
        if site in made.away:
            raise UnreachableError(f"the repository of {site} does not answer", hint="see that it runs")
        return fakes[site]

    monkeypatch.setattr(Wired, "repository", repository)
    monkeypatch.setattr(Wired, "repository_hosts", made.hosts)
    prepare(LedgerLocation(state=tmp_path))
    return made


def test_what_was_read_a_moment_ago_is_shown_with_its_age_and_not_asked_again(city: City) -> None:
    kept = city.store("central", 1)
    first, said = city.document()
    assert said.count("reading the repository of") == len(SITES)
    assert sorted(first["read"]) == sorted(SITES)
    del city.repositories["central"].kept[kept]  # lost a moment later: the listing says of when it speaks

    again, said = city.document()
    assert (said, again) == ("", first)
    table, _ = city.list()
    assert "as the repositories said: central 0 h 0 min ago" in " ".join(table.split())

    anew, said = city.document("--refresh")
    assert (anew["points"], said.count("asked for")) == ([], len(SITES))


def test_a_forged_point_is_a_row_with_its_reason(city: City) -> None:
    city.store("central", 1)
    forged = city.store("nchc", 2, key=STRANGER)
    document, _ = city.document()
    assert [one["run"] for one in document["points"]] == ["run-1"]
    (passed_over,) = document["passed_over"]
    assert (passed_over["snapshot"], passed_over["doubt"], passed_over["at"]) == (forged, "not ours", ["nchc"])
    assert "no signer of the settings vouches for it" in " ".join(city.list()[0].split())


def test_a_site_that_does_not_answer_is_named_and_shown_as_it_was(city: City) -> None:
    city.store("central", 1)
    city.document()
    city.away = {"central"}
    document, said = city.document("--refresh", ends=5)
    assert "central: the repository of central does not answer" in said
    assert [one["copies_at"] for one in document["points"]] == [["central"]]
    assert list(document["unread"]) == ["central"]
    table, _ = city.list("--refresh", ends=5)
    assert "central 0 h 0 min ago, and cannot be read now" in " ".join(table.split())


def test_a_lost_catalogue_is_made_anew_and_said(city: City) -> None:
    city.store("central", 1)
    first, _ = city.document()
    with closing(Store(LedgerLocation(state=city.settings.parent))) as store, store.open() as connection:
        connection.exec_driver_sql("DROP TABLE cityops_points")
    again, said = city.document()
    assert said.count("nothing is remembered of it") == len(SITES)
    assert again["points"] == first["points"]


def test_a_catalogue_of_another_signer_shows_nothing_as_good(city: City) -> None:
    city.store("central", 1)
    city.document()
    text = city.settings.read_text(encoding="utf-8")
    city.settings.write_text(text.replace(KEY.public_line(), STRANGER.public_line()), encoding="utf-8")
    document, said = city.document()
    assert "read with other settings or by another version, and is dropped" in said
    assert (document["points"], document["passed_over"][0]["doubt"]) == ([], "not ours")


def test_gaps_name_each_machine_that_never_had_a_point_where_its_policy_wants_one(city: City) -> None:
    city.store("central", 1)
    document, _ = city.document("--gaps", "--site", "central")
    lasting = {one["machine"] for one in document["gaps"]}
    assert MACHINE not in lasting
    assert all(one["until"] is None for one in document["gaps"])
    assert lasting
    named, _ = city.document("--gaps", "--site", "nchc", "--machine", MACHINE)
    assert [(one["site"], one["after"]) for one in named["gaps"]] == [("nchc", None)]


def test_proofs_are_asked_for_by_name_and_one_host_that_is_away_is_a_row(city: City) -> None:
    for site in SITES:
        city.store(site, 1)
    assert [one["unproven"] for one in city.document()[0]["points"]] == [None] * 3
    city.hosts.oldest, city.hosts.lost = SystemClock().now(), {"nchc"}
    document, said = city.document("--proofs", ends=5)
    assert [one["unproven"] for one in document["points"] if one["unproven"]] == [
        {"nchc": "its repository host could not be asked"}
    ]
    assert "left out, the proofs of nchc: nchc's repository host cannot be reached" in said
    table, _ = city.list("--proofs", "--site", "central")
    assert "every copy of these points was re-read lately and found right" in table
    city.hosts.oldest = None
    table, _ = city.list("--proofs", "--site", "central")
    assert "unproven at central: 1 of 1 points: some part of the repository was never" in table
