"""What is remembered of the repositories is what they said; recovery asks them, not the memory."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from backup.bundle import ListedBundle, Manifest
from backup.catalogue import Copies, Doubt, Entry, merge_copies
from backup.remembered import (
    FRESH,
    Holdings,
    basis_of,
    believed,
    read_again,
    recall,
    recall_bundles,
    remember,
    why_read,
)
from groundwork.errors import OutsideError, UnreachableError
from groundwork.model.restore_point import DiskImage, MachineShape, RestorePoint
from groundwork.model.signature import Signers
from groundwork.store.catalogue import Catalogue, Reading, open_catalogue
from groundwork.store.location import LedgerLocation
from groundwork.store.store import Store, store_in_memory
from tests.builders.hand_clock import HandClock

TAKEN = datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)
SITES = ("alpha", "beta")


def entry(number: int, *, machine: str = "web-01", doubt: Doubt | None = None) -> Entry:
    disk = DiskImage(name="disk-0.vmdk", snapshot="a" * 64, size_bytes=3, capacity_bytes=4, sha256="b" * 64)
    point = RestorePoint(
        machine=machine,
        site="alpha",
        taken=TAKEN + timedelta(days=number),
        run="r",
        shape=MachineShape(vcpus=1, memory_mib=512, network="n", address="a"),
        disks=(disk,),
    )
    reason = "because" if doubt else ""
    made = Entry(snapshot=f"{machine}-{number}", stored=TAKEN, machine=machine, point=point, version=2, signer="key")
    return replace(made, doubt=doubt, reason=reason)


UNREADABLE = Entry(snapshot="x", stored=TAKEN, machine="web-01", doubt=Doubt.UNREADABLE, reason="it is not JSON")
HELD = {
    "alpha": (entry(0), entry(1), entry(2, doubt=Doubt.FORGED), entry(0, machine="db-01"), UNREADABLE),
    "beta": (entry(0, doubt=Doubt.INCOMPLETE), entry(2, doubt=Doubt.FORGED), UNREADABLE),
}
READING = Reading(site="alpha", at=TAKEN, basis="b")


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    with closing(store_in_memory()) as store:
        made = Catalogue(store)
        for site, entries in HELD.items():
            remember(made, replace(READING, site=site), Holdings(entries=entries))
        yield made


NOBODY = Signers({})


class Repositories:
    """What the sites' repositories say, and which were asked, with why."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[Entry, ...]] = dict(HELD)
        self.asked: list[str] = []
        self.why: dict[str, str] = {}
        self.clock = HandClock()

    def read(self, site: str) -> Holdings:
        self.asked.append(site)
        if site not in self.held:
            raise UnreachableError(f"the repository of {site} does not answer", hint="see that it runs")
        return Holdings(entries=self.held[site])

    def bring_up(self, catalogue: Catalogue, *, basis: str = "b", anew: bool = False) -> list[str]:
        """The sites that could not be read."""
        self.asked = []
        now, wanted = self.clock.now(), dict.fromkeys(SITES, basis)
        self.why = why_read(catalogue.readings(), wanted, now=now, changed=None)
        sites = SITES if anew else self.why
        unread = read_again(catalogue, dict.fromkeys(sites, basis), self.read, now=now, anew=anew)
        self.asked.sort()
        return [one.source for one in unread]


@pytest.fixture
def repositories() -> Repositories:
    return Repositories()


@pytest.fixture
def location(tmp_path: Path) -> LedgerLocation:
    made = LedgerLocation(state=tmp_path)
    with closing(Store(made)) as store:
        store.bring_up()
        store.found()
    return made


def execute(location: LedgerLocation, statement: str) -> None:
    with closing(Store(location)) as store, store.open() as connection:
        connection.execute(text(statement))


def ids(copies: Iterator[Copies]) -> list[str]:
    return [one.entry.snapshot for one in copies]


def test_what_is_recalled_is_what_a_reading_of_the_repositories_would_say(catalogue: Catalogue) -> None:
    assert list(recall(catalogue.points(SITES), SITES)) == list(merge_copies(HELD))
    alone = {"beta": HELD["beta"]}
    assert list(recall(catalogue.points(["beta"]), ["beta"])) == list(merge_copies(alone))


def test_the_newest_of_each_machine_is_one_that_recovery_may_choose(catalogue: Catalogue) -> None:
    assert ids(recall(catalogue.newest(SITES), SITES)) == ["db-01-0", "web-01-1"]
    assert ids(recall(catalogue.newest(SITES, ["web-01"]), SITES)) == ["web-01-1"]
    assert ids(recall(catalogue.newest(["beta"]), ["beta"])) == []


def test_those_passed_over_are_counted_and_the_newest_come_first(catalogue: Catalogue) -> None:
    assert catalogue.count(SITES) == (3, 2)
    assert catalogue.count(["beta"]) == (0, 3)
    assert catalogue.count(SITES, ["db-01"]) == (1, 0)
    assert ids(recall(catalogue.passed_over(SITES, limit=9), SITES)) == ["web-01-2", "x"]
    assert ids(recall(catalogue.passed_over(SITES, limit=1), SITES)) == ["web-01-2"]
    assert ids(recall(catalogue.passed_over(SITES, ["db-01"], limit=9), SITES)) == []


def test_what_a_repository_does_not_say_any_more_is_dropped(catalogue: Catalogue) -> None:
    remember(catalogue, READING, Holdings(entries=(entry(1, doubt=Doubt.CONFLICT), entry(3))))
    held = {"alpha": (entry(1, doubt=Doubt.CONFLICT), entry(3)), "beta": HELD["beta"]}
    assert list(recall(catalogue.points(SITES), SITES)) == list(merge_copies(held))


def test_bundles_are_kept_with_the_reading() -> None:
    manifest = Manifest(city="toytown", digest="d" * 64, sha256="e" * 64, size_bytes=9, made=TAKEN)
    bundles = (
        ListedBundle(snapshot="1", name="n", stored=TAKEN, manifest=manifest),
        ListedBundle(snapshot="2", name="n", stored=TAKEN, doubt=Doubt.FORGED, reason="no signer"),
    )
    with closing(store_in_memory()) as store:
        catalogue = Catalogue(store)
        remember(catalogue, READING, Holdings(entries=(entry(0),), bundles=bundles))
        assert recall_bundles(catalogue.readings()["alpha"]) == bundles


@pytest.mark.parametrize(
    ("now", "basis", "changed", "read"),
    [
        (TAKEN, "b", None, []),
        (TAKEN + FRESH, "b", TAKEN - timedelta(seconds=1), []),
        (TAKEN + FRESH + timedelta(seconds=1), "b", None, ["alpha"]),
        (TAKEN - timedelta(seconds=1), "b", None, ["alpha"]),  # a clock that was set back
        (TAKEN, "another", None, ["alpha"]),
        (TAKEN, "b", TAKEN, ["alpha"]),
    ],
)
def test_a_reading_is_believed_for_a_while_and_until_a_change(
    now: datetime, basis: str, changed: datetime | None, read: list[str]
) -> None:
    assert list(why_read({"alpha": READING}, {"alpha": basis}, now=now, changed=changed)) == read
    assert list(why_read({}, {"alpha": basis}, now=now, changed=changed)) == ["alpha"]


def test_gaps_are_what_is_longer_than_the_policy_allows_at_a_site(catalogue: Catalogue) -> None:
    day = timedelta(days=1)
    remember(catalogue, READING, Holdings(entries=(entry(0), entry(1), entry(4), entry(0, machine="db-01"))))
    every = {("alpha", "web-01"): 2 * day, ("alpha", "db-01"): 9 * day, ("beta", "web-01"): 2 * day}
    found = catalogue.gaps(every, now=TAKEN + 5 * day)
    seen = [
        (gap.site, gap.machine, gap.after and (gap.after - TAKEN).days, gap.until and (gap.until - TAKEN).days)
        for gap in found
    ]
    assert seen == [("alpha", "web-01", 1, 4), ("beta", "web-01", None, None)]
    (late,) = catalogue.gaps({("alpha", "db-01"): 2 * day}, now=TAKEN + 5 * day)
    assert (late.after is not None, late.until) == (True, None)
    shorter = catalogue.gaps({("alpha", "web-01"): day / 2}, now=TAKEN + 4 * day)
    assert [(gap.until - gap.after).days for gap in shorter if gap.after and gap.until] == [1, 3]


def test_a_taking_in_that_is_cut_off_is_no_reading(catalogue: Catalogue) -> None:
    def cut_off() -> Iterator[Entry]:
        yield entry(7)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remember(catalogue, READING, Holdings(entries=cut_off()))
    assert list(catalogue.readings()) == ["beta"]


def test_a_repository_is_read_once_and_again_when_that_is_long_ago(
    location: LedgerLocation, repositories: Repositories
) -> None:
    with open_catalogue(location) as catalogue:
        assert repositories.bring_up(catalogue) == []
        assert repositories.why["alpha"] == "nothing is remembered of it"
    with open_catalogue(location) as catalogue:
        repositories.bring_up(catalogue)
        assert repositories.asked == []
        repositories.clock.sleep(FRESH.total_seconds() + 1)
        repositories.held["alpha"] = HELD["alpha"][:1]
        repositories.bring_up(catalogue)
        assert repositories.asked == ["alpha", "beta"]
        assert repositories.why["alpha"] == "what is remembered is of 2026-11-26 00:00 UTC"
        assert ids(recall(catalogue.points(["alpha"]), ["alpha"])) == ["web-01-0"]


@pytest.mark.parametrize(
    "lost",
    [
        "DROP TABLE cityops_points",
        "DROP TABLE cityops_readings",
        "DROP TABLE cityops_doubts",
        "DELETE FROM cityops_points",
        "DELETE FROM cityops_readings",
        "UPDATE cityops_readings SET more = '{'",
    ],
)
def test_a_catalogue_that_was_lost_is_made_anew_from_the_repositories(
    location: LedgerLocation, repositories: Repositories, lost: str
) -> None:
    with open_catalogue(location) as catalogue:
        repositories.bring_up(catalogue)
    execute(location, lost)
    repositories.held["beta"] = ()  # so that nothing of what was lost may be taken for what is there
    with open_catalogue(location) as catalogue:
        repositories.bring_up(catalogue)
        assert repositories.asked == ["alpha", "beta"]
        assert "nothing is remembered" in repositories.why["alpha"]
        held = {"alpha": HELD["alpha"], "beta": ()}
        assert list(recall(catalogue.points(SITES), SITES)) == list(merge_copies(held))
        assert ids(recall(catalogue.newest(SITES), SITES)) == ["db-01-0", "web-01-1"]


def test_what_was_read_on_another_belief_is_not_believed_and_leaves_nothing(
    location: LedgerLocation, repositories: Repositories
) -> None:
    with open_catalogue(location) as catalogue:
        repositories.bring_up(catalogue)
        repositories.held = {"alpha": (replace(entry(0), signer="another"),)}
        assert repositories.bring_up(catalogue, basis="another") == ["beta"]
        assert "read with other settings" in repositories.why["alpha"]
        assert list(believed(catalogue, dict.fromkeys(SITES, "another"))) == ["alpha"]
        (point,) = recall(catalogue.points(["alpha"]), ["alpha"])
        assert point.entry.signer == "another"  # though the repository's snapshot is the same


def test_a_repository_that_cannot_be_read_is_named_and_remembered_as_of_then(
    location: LedgerLocation, repositories: Repositories
) -> None:
    with open_catalogue(location) as catalogue:
        repositories.bring_up(catalogue)
        then = repositories.clock.now()
        repositories.clock.sleep(86_400)
        del repositories.held["beta"]
        assert repositories.bring_up(catalogue) == ["beta"]
        readings = believed(catalogue, dict.fromkeys(SITES, "b"))
        assert {site: one.at for site, one in readings.items()} == {"alpha": repositories.clock.now(), "beta": then}
        assert repositories.bring_up(catalogue, anew=True) == ["beta"]
        assert catalogue.count(["beta"]) == (0, 3)


@pytest.mark.parametrize("damage", ["'{'", """'{"snapshot": 3}'"""])
def test_a_damaged_row_is_said_and_mended_by_reading_anew(
    location: LedgerLocation, repositories: Repositories, damage: str
) -> None:
    with open_catalogue(location) as catalogue:
        repositories.bring_up(catalogue)
        execute(location, f"UPDATE cityops_points SET entry = {damage} WHERE snapshot = 'web-01-1'")  # noqa: S608
        with pytest.raises(OutsideError, match="cannot be read") as reported:
            list(recall(catalogue.points(SITES), SITES))
        assert "--refresh" in reported.value.hint
        repositories.bring_up(catalogue, anew=True)
        assert list(recall(catalogue.points(SITES), SITES)) == list(merge_copies(HELD))


def test_the_basis_is_another_for_another_city_address_or_signer() -> None:
    def basis(*, city: str = "toytown", url: str = "https://a", signers: Signers = NOBODY) -> str:
        return basis_of(city=city, url=url, signers=signers)

    line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Yh0fPpDJVbZbSbwW7T4eK0b9mZyYVf5p0Jm2yTnqC other"
    found = {basis(), basis(city="b"), basis(url="https://b"), basis(signers=Signers.parse([line]))}
    assert (len(found), basis()) == (4, basis())
