"""Which restore points a repository holds: a tag of each commit mark tells its point whole, so one listing tells all.

A tag is there, whole, as soon as its object is: a process killed at any time leaves a point or none, never half one.
"""

import base64
import binascii
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from groundwork.drivers.repository.protocol import Repository, StoredObject
from groundwork.model.restore_point import DiskImage, RestorePoint

POINT_FILE = "point.json"
_POINT = TypeAdapter(RestorePoint)
_LARGEST_POINT_BYTES = 1 << 20
_TOLD_BY = "point"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedPoint:
    """A restore point, and the sites whose repository holds it."""

    point: RestorePoint
    copies_at: tuple[str, ...]


def run_tags(*, machine: str, site: str, run: str) -> tuple[str, ...]:
    """The marks that everything one run stores of one machine bears."""
    return (f"machine={machine}", f"site={site}", f"run={run}")


def point_tags(point: RestorePoint) -> tuple[str, ...]:
    """The marks of a point's commit mark."""
    told = base64.urlsafe_b64encode(zlib.compress(_POINT.dump_json(point), level=9)).decode()
    return (*run_tags(machine=point.machine, site=point.site, run=point.run), "sort=point", f"{_TOLD_BY}={told}")


def render_point(point: RestorePoint) -> bytes:
    """The commit mark's content: the same for people, who may have nothing but restic at hand."""
    return _POINT.dump_json(point, indent=1)


def object_name(machine: str, disk: DiskImage | str) -> str:
    """Under which name a machine's disk is kept."""
    return f"{machine}/{disk if isinstance(disk, str) else disk.name}"


def list_points(
    repository: Repository, *, machines: Collection[str] | None = None, tags: Iterable[str] = ()
) -> tuple[RestorePoint, ...]:
    """The restore points, oldest first: of `machines` where they are given, bearing all `tags`."""
    found = (_point(stored) for stored in repository.list_objects(tags=("sort=point", *tags)))
    wanted = [point for point in found if point and (machines is None or point.machine in machines)]
    return tuple(sorted(wanted, key=lambda point: point.taken))


def newest_points(
    repository: Repository, machines: Collection[str], *, at: datetime | None = None
) -> dict[str, RestorePoint]:
    """The newest point of each of the machines that has one, by machine; not newer than `at` where that is given."""
    return {
        point.machine: point for point in list_points(repository, machines=machines) if at is None or point.taken <= at
    }


def merge_copies(by_site: Mapping[str, Iterable[RestorePoint]]) -> tuple[CopiedPoint, ...]:
    """The points of several sites' repositories, each once, by machine and time."""
    points: dict[str, RestorePoint] = {}
    holders: dict[str, list[str]] = {}
    for site, held in by_site.items():
        for point in held:
            points[point.key] = point
            holders.setdefault(point.key, []).append(site)
    merged = (CopiedPoint(point=point, copies_at=tuple(holders[key])) for key, point in points.items())
    return tuple(sorted(merged, key=lambda one: (one.point.machine, one.point.taken)))


def _point(stored: StoredObject) -> RestorePoint | None:
    """The point that an object's tags tell; None for what is no commit mark of ours."""
    told = next((tag.partition("=")[2] for tag in stored.tags if tag.startswith(f"{_TOLD_BY}=")), "")
    try:
        document = zlib.decompressobj().decompress(base64.urlsafe_b64decode(told), _LARGEST_POINT_BYTES)
        return _POINT.validate_json(document)
    except (binascii.Error, zlib.error, ValidationError):
        return None
