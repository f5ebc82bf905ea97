"""The catalogue: whatever a repository says, it is a row with its reason; recovery chooses what is vouched for."""

import base64
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from backup.catalogue import Doubt, merge_copies, point_tags, rank, read_entries
from groundwork.drivers.repository.protocol import StoredObject
from groundwork.model.restore_point import DiskImage, MachineShape, RestorePoint
from groundwork.model.signature import SigningKey
from tests.builders.signing import KEY, STRANGER, trust

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TAKEN = NOW - timedelta(hours=2)
_POINT = TypeAdapter(RestorePoint)


def _sha(number: int) -> str:
    return f"{number:064x}"


def _point(taken: datetime = TAKEN, **changes: Any) -> RestorePoint:  # noqa: ANN401 - the fields of RestorePoint
    disk = DiskImage(name="disk-0.vmdk", snapshot=_sha(7), size_bytes=3000, capacity_bytes=1 << 30, sha256=_sha(8))
    shape = MachineShape(vcpus=1, memory_mib=512, network="services", address="10.1.10.11")
    point = RestorePoint(
        machine="db-01", site="alpha", taken=taken, run="20261121-095500-backup-aaaa", shape=shape, disks=(disk,)
    )
    return replace(point, **changes)


@dataclass
class Objects:
    """A repository's listing as it grows."""

    listed: list[StoredObject] = field(default_factory=list)

    def disks_of(self, point: RestorePoint) -> "Objects":
        for disk in point.disks:
            self.add(f"{point.machine}/{disk.name}", ("sort=disk",), snapshot=disk.snapshot)
        return self

    def good(self, point: RestorePoint, key: SigningKey = KEY) -> "Objects":
        return self.disks_of(point).mark(point_tags(point, key))

    def unsigned(self, point: RestorePoint) -> "Objects":
        return self.disks_of(point).mark(_version_1(_POINT.dump_python(point, mode="json")))

    def mark(self, tags: tuple[str, ...], name: str = "db-01/point.json") -> "Objects":
        return self.add(name, tags)

    def add(self, name: str, tags: tuple[str, ...], snapshot: str = "") -> "Objects":
        known = snapshot or _sha(1000 + len(self.listed))
        self.listed.append(StoredObject(snapshot=known, name=name, tags=tags, taken=NOW))
        return self


def _tag(document: object) -> str:
    return "point=" + base64.urlsafe_b64encode(zlib.compress(json.dumps(document).encode())).decode()


def _version_1(document: dict[str, Any]) -> tuple[str, ...]:
    reported = (f"machine={document['machine']}", f"site={document['site']}", f"run={document['run']}")
    return (*reported, "sort=point", _tag(document))


def _signed(document: dict[str, Any]) -> tuple[str, ...]:
    """A mark that we signed, whatever it says."""
    signature = KEY.sign("restore point 2", document)
    envelope = {"version": 2, "document": document, "signature": {"signer": "backup", "value": signature.value}}
    return (*_version_1(document)[:-1], _tag(envelope))


def _document(**changes: object) -> dict[str, Any]:
    return {**_POINT.dump_python(_point(), mode="json"), **changes}


def _spoilt(**changes: Any) -> Callable[[Objects], Objects]:  # noqa: ANN401 - the fields of RestorePoint
    """A point of ours that says something else, signed by a key of ours that was abused."""
    return lambda objects: objects.mark(_signed(_document(**changes)))


def _disk(**changes: object) -> dict[str, object]:
    return {**_document()["disks"][0], **changes}


HOSTILE: dict[str, tuple[Callable[[Objects], Objects], Doubt]] = {
    "no ASCII": (lambda o: o.mark(("machine=db-01", "sort=point", "point=é")), Doubt.UNREADABLE),
    "no tag": (lambda o: o.mark(("machine=db-01", "sort=point")), Doubt.UNREADABLE),
    "two tags": (lambda o: o.mark(("machine=db-01", "sort=point", "point=a", "point=b")), Doubt.UNREADABLE),
    "cut off": (
        lambda o: o.mark((*_version_1(_document())[:-1], _version_1(_document())[-1][:-60])),
        Doubt.UNREADABLE,
    ),
    "a bomb": (
        lambda o: o.mark(
            ("machine=db-01", "sort=point", "point=" + base64.urlsafe_b64encode(zlib.compress(bytes(9 << 20))).decode())
        ),
        Doubt.UNREADABLE,
    ),
    "deep JSON": (
        lambda o: o.mark(
            (
                "machine=db-01",
                "sort=point",
                "point=" + base64.urlsafe_b64encode(zlib.compress(b"[" * 100_000)).decode(),
            )
        ),
        Doubt.UNREADABLE,
    ),
    "a list": (lambda o: o.mark(("machine=db-01", "sort=point", _tag([1]))), Doubt.UNREADABLE),
    "no version": (lambda o: o.mark(("machine=db-01", "sort=point", _tag({"version": True}))), Doubt.UNREADABLE),
    "version 3": (lambda o: o.mark(("machine=db-01", "sort=point", _tag({"version": 3}))), Doubt.NEWER),
    "no zone": (_spoilt(taken="2026-11-21T11:00:00"), Doubt.UNREADABLE),
    "no moment": (_spoilt(taken="0001-01-01T00:00:00+14:00"), Doubt.UNREADABLE),
    "a field is missing": (lambda o: o.mark(_signed({**_document(), "disks": None})), Doubt.UNREADABLE),
    "2099 without disks": (_spoilt(taken="2099-01-01T00:00:00Z", disks=[]), Doubt.IMPOSSIBLE),
    "2099": (lambda o: o.good(_point(datetime(2099, 1, 1, tzinfo=UTC))), Doubt.FUTURE),
    "no disks": (_spoilt(disks=[]), Doubt.IMPOSSIBLE),
    "one disk twice": (_spoilt(disks=[_disk(), _disk()]), Doubt.IMPOSSIBLE),
    "one content twice": (_spoilt(disks=[_disk(), _disk(name="disk-1.vmdk")]), Doubt.IMPOSSIBLE),
    "a path": (_spoilt(disks=[_disk(name="../../etc/passwd")]), Doubt.IMPOSSIBLE),
    "no id": (_spoilt(disks=[_disk(snapshot="latest")]), Doubt.IMPOSSIBLE),
    "no size": (_spoilt(disks=[_disk(size_bytes=0)]), Doubt.IMPOSSIBLE),
    "a disk of an exbibyte": (_spoilt(disks=[_disk(capacity_bytes=1 << 60)]), Doubt.IMPOSSIBLE),
    "no vCPU": (_spoilt(shape={**_document()["shape"], "vcpus": 0}), Doubt.IMPOSSIBLE),
    "an escape": (_spoilt(shape={**_document()["shape"], "network": "\x1b[2J"}), Doubt.IMPOSSIBLE),
    "another machine's name": (_spoilt(machine="web-01"), Doubt.IMPOSSIBLE),
    "another's tags": (
        lambda o: o.disks_of(_point()).mark(
            ("machine=db-01", *_signed(_document())[1:-1], point_tags(_point(), KEY)[-1]), "x/y"
        ),
        Doubt.IMPOSSIBLE,
    ),
    "a stranger's": (lambda o: o.good(_point(NOW - timedelta(hours=1)), STRANGER), Doubt.FORGED),
    "unsigned": (lambda o: o.unsigned(_point(NOW - timedelta(hours=1))), Doubt.UNSIGNED),
    "a disk is not there": (
        lambda o: o.mark(point_tags(_point(disks=(replace(_point().disks[0], snapshot=_sha(99)),)), KEY)),
        Doubt.INCOMPLETE,
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_good_point_is_a_row_with_its_reason_and_stops_and_hides_nothing(case: str) -> None:
    spoil, doubt = HOSTILE[case]
    earlier = _point(TAKEN - timedelta(days=1))
    objects = spoil(Objects().good(earlier))

    entries = read_entries(objects.listed, trust(NOW))
    found = rank(entries, ["db-01", "web-01"])

    (doubted,) = [one for one in entries if one.doubt]
    assert (doubted.doubt, bool(doubted.reason)) == (doubt, True)
    assert found["db-01"].points == (earlier,)
    assert doubted in (*found["db-01"].passed_over, *found["web-01"].passed_over)


def test_the_newest_comes_first_and_nothing_after_the_moment_asked_for() -> None:
    points = [_point(TAKEN + timedelta(minutes=number)) for number in range(3)]
    objects = Objects()
    for point in points:
        objects.good(point)
    entries = read_entries(objects.listed, trust(NOW))

    assert rank(entries, ["db-01"])["db-01"].points == tuple(reversed(points))
    assert rank(entries, ["db-01"], at=points[1].taken)["db-01"].points == (points[1], points[0])
    assert rank(entries, ["nobody"])["nobody"].points == ()


def test_a_point_of_version_1_counts_when_it_is_asked_for() -> None:
    entries = read_entries(Objects().unsigned(_point()).listed, trust(NOW, accept_unsigned=True))

    assert rank(entries, ["db-01"])["db-01"].points == (_point(),)


def test_a_saved_shape_that_lacks_what_came_later_is_still_read() -> None:
    shape = {"vcpus": 1, "memory_mib": 512, "network": "services", "address": "10.1.10.11"}
    objects = Objects().disks_of(_point()).mark(_signed(_document(shape=shape, unknown_one=1)))

    assert [one.doubt for one in read_entries(objects.listed, trust(NOW))] == [None]


def test_two_contents_that_are_vouched_for_under_one_key_are_a_conflict_and_neither_is_chosen() -> None:
    other = _point(disks=(replace(_point().disks[0], sha256=_sha(9)),))
    entries = read_entries(Objects().good(_point()).good(other).listed, trust(NOW))

    assert [one.doubt for one in entries] == [Doubt.CONFLICT, Doubt.CONFLICT]


def test_what_nobody_vouches_for_spoils_no_signed_point_of_the_same_key() -> None:
    other = _point(disks=(replace(_point().disks[0], sha256=_sha(9)),))
    objects = Objects().good(_point()).unsigned(other).good(other, STRANGER)

    for accept in (False, True):
        entries = read_entries(objects.listed, trust(NOW, accept_unsigned=accept))
        assert rank(entries, ["db-01"])["db-01"].points == (_point(),)


def test_a_mark_stored_twice_is_one_point() -> None:
    entries = read_entries(Objects().good(_point()).good(_point()).listed, trust(NOW))

    assert [one.doubt for one in entries] == [None]


def test_a_point_whole_at_one_site_and_incomplete_at_another_says_so() -> None:
    whole = Objects().good(_point()).listed
    held = {"alpha": read_entries(whole, trust(NOW)), "beta": read_entries(whole[1:], trust(NOW))}

    (copies,) = merge_copies(held)

    assert copies.entry.doubt is None
    assert copies.sites == {"alpha": None, "beta": Doubt.INCOMPLETE}


def test_a_catalogue_of_many_points_is_read_in_linear_time() -> None:
    objects = Objects()
    for number in range(3000):
        disk = replace(_point().disks[0], snapshot=_sha(10_000_000 + number))
        objects.good(_point(TAKEN - timedelta(minutes=number), disks=(disk,)))

    assert sum(one.doubt is None for one in read_entries(objects.listed, trust(NOW))) == 3000


@given(st.binary(max_size=200) | st.text(max_size=50).map(lambda text: zlib.compress(text.encode(errors="replace"))))
def test_no_tag_whatever_stops_the_reading(content: bytes) -> None:
    for reported in (content.decode("latin-1"), base64.urlsafe_b64encode(content).decode()):
        objects = Objects().good(_point()).mark(("machine=db-01", "sort=point", f"point={reported}"))
        assert sum(one.doubt is None for one in read_entries(objects.listed, trust(NOW))) == 1


def test_a_bomb_is_not_unpacked_and_reported_as_one() -> None:
    objects = HOSTILE["a bomb"][0](Objects())

    assert [one.reason for one in read_entries(objects.listed, trust(NOW))] == ["it is larger than 1 MiB"]
