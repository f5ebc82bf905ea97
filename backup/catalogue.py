"""Which restore points a repository holds, which of them recovery may choose, and why it passes the others over.

What a repository says is input: whoever may write there may write anything. So each commit mark is an entry, with a
doubt and its reason where it is no good point; nothing in it stops the reading of the others. One listing gives all.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError

from backup.envelope import SIGNED, UNSIGNED, EnvelopeError, Opened, open_tag, seal, write_tag
from backup.plausibility import impossible, is_ahead, is_name, visible
from groundwork.drivers.repository.protocol import Repository, StoredObject
from groundwork.model.restore_point import DiskImage, RestorePoint
from groundwork.model.signature import Signers, SigningKey

POINT_FILE = "point.json"
PURPOSE = "restore point 2"
_POINT = TypeAdapter(RestorePoint)
_TAG = "point"
_MOST_PASSED_OVER = 100


class Doubt(StrEnum):
    """Why recovery passes a restore point over."""

    UNREADABLE = "unreadable"
    NEWER = "newer version"
    IMPOSSIBLE = "impossible"
    FORGED = "not ours"
    UNSIGNED = "unsigned"
    FUTURE = "future"
    INCOMPLETE = "incomplete"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What is believed of a repository: whose signatures, what time it is, and whether points of version 1 count."""

    signers: Signers
    now: datetime
    accept_unsigned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One commit mark: its point as far as it can be read, who vouches for it, and the doubt that keeps it from use.

    `snapshot` is the mark's id, the same in every copy of the repository; `machine` is as the mark says, for people.
    """

    snapshot: str
    stored: datetime
    machine: str
    point: RestorePoint | None = None
    version: int = 0
    signer: str = ""
    doubt: Doubt | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What one machine can be recovered from: points to choose, and the entries passed over; the newest first.

    Of those passed over, a hundred: whoever writes may write any number; `unlisted` counts the others.
    """

    points: tuple[RestorePoint, ...] = ()
    passed_over: tuple[Entry, ...] = ()
    unlisted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """An entry, and what each site's copy of it is: its doubt there, or None."""

    entry: Entry
    sites: Mapping[str, Doubt | None] = field(default_factory=dict)


def run_tags(*, machine: str, site: str, run: str) -> tuple[str, ...]:
    """The marks that everything one run stores of one machine bears."""
    return (f"machine={machine}", f"site={site}", f"run={run}")


def point_tags(point: RestorePoint, key: SigningKey) -> tuple[str, ...]:
    """The marks of a point's commit mark; one holds the point, signed."""
    sealed = seal(PURPOSE, _POINT.dump_python(point, mode="json"), key)
    return (*run_tags(machine=point.machine, site=point.site, run=point.run), "sort=point", write_tag(_TAG, sealed))


def render_point(point: RestorePoint) -> bytes:
    """The commit mark's content: the point for people, who may have nothing but restic at hand."""
    return _POINT.dump_json(point, indent=1)


def object_name(machine: str, disk: DiskImage | str) -> str:
    """Under which name a machine's disk is kept."""
    return f"{machine}/{disk if isinstance(disk, str) else disk.name}"


def list_entries(repository: Repository, trust: Trust, *, tags: tuple[str, ...] = ()) -> tuple[Entry, ...]:
    """Every restore point that a repository says it holds, oldest first; `tags` are such as its disks bear too."""
    return read_entries(repository.list_objects(tags=tags), trust)


def candidates(
    repository: Repository, machines: Collection[str], trust: Trust, *, at: datetime | None = None
) -> dict[str, Candidates]:
    """What each of the machines can be recovered from, none newer than `at` where that is given; one listing."""
    return rank(list_entries(repository, trust), machines, at=at)


def read_entries(objects: Iterable[StoredObject], trust: Trust) -> tuple[Entry, ...]:
    """The entries among a repository's objects, oldest first. Pure."""
    listed = tuple(objects)
    kept = {one.snapshot: one.name for one in listed}
    entries = [_read(one, kept, trust) for one in listed if "sort=point" in one.tags]
    return tuple(sorted(_settle_conflicts(entries), key=moment_of))


def rank(entries: Iterable[Entry], machines: Collection[str], *, at: datetime | None = None) -> dict[str, Candidates]:
    """The entries by machine, newest first: the points that recovery may choose, and those it passes over. Pure."""
    by_machine: dict[str, list[Entry]] = {machine: [] for machine in machines}
    for entry in sorted(entries, key=moment_of, reverse=True):
        if entry.machine in by_machine and (at is None or moment_of(entry) <= at):
            by_machine[entry.machine].append(entry)
    return {machine: _candidates(some) for machine, some in by_machine.items()}


def merge_copies(by_site: Mapping[str, Iterable[Entry]]) -> tuple[Copies, ...]:
    """The entries of several sites' repositories, each once, by machine and time; the best copy stands for all."""
    found: dict[str, Entry] = {}
    sites: dict[str, dict[str, Doubt | None]] = {}
    for site, entries in by_site.items():
        for entry in entries:
            known = found.get(entry.snapshot)
            found[entry.snapshot] = entry if known is None or (known.doubt and not entry.doubt) else known
            sites.setdefault(entry.snapshot, {})[site] = entry.doubt
    merged = (Copies(entry=entry, sites=sites[snapshot]) for snapshot, entry in found.items())
    return tuple(sorted(merged, key=lambda one: (one.entry.machine, moment_of(one.entry))))


def _candidates(entries: Iterable[Entry]) -> Candidates:
    listed = tuple(entries)
    doubted = tuple(one for one in listed if one.doubt is not None)
    return Candidates(
        points=tuple(one.point for one in listed if one.point and one.doubt is None),
        passed_over=doubted[:_MOST_PASSED_OVER],
        unlisted=len(doubted[_MOST_PASSED_OVER:]),
    )


def moment_of(entry: Entry) -> datetime:
    """When the point was taken, or else stored, as the repository says."""
    return entry.point.taken if entry.point else entry.stored


def _read(stored: StoredObject, kept: Mapping[str, str], trust: Trust) -> Entry:
    said = next((tag.partition("=")[2] for tag in stored.tags if tag.startswith("machine=")), "")
    entry = Entry(snapshot=stored.snapshot, stored=stored.taken, machine=visible(said))
    try:
        opened = open_tag(_TAG, stored.tags)
        if opened.version > SIGNED:
            return replace(
                entry,
                version=opened.version,
                doubt=Doubt.NEWER,
                reason=f"it is of version {opened.version}; this cityops reads up to {SIGNED}",
            )
        point = _decode(opened)
    except EnvelopeError as error:
        return replace(entry, doubt=Doubt.UNREADABLE, reason=str(error))
    known = point.machine if is_name(point.machine) else visible(point.machine)
    entry = replace(entry, machine=known, point=point, version=opened.version)
    entry = replace(entry, signer=opened.vouched_by(PURPOSE, trust.signers))
    doubt, reason = _doubt(entry, point, stored, kept, trust)
    return replace(entry, doubt=doubt, reason=reason)


def _decode(opened: Opened) -> RestorePoint:
    """The point of either version: both hold its fields; what an older one lacks has a default in the model."""
    try:
        point = _POINT.validate_python(opened.document)
        if point.taken.tzinfo is None:
            raise EnvelopeError("its `taken` has no time zone")
        return replace(point, taken=point.taken.astimezone(UTC))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = visible(".".join(map(str, first["loc"])))
        raise EnvelopeError(f"{path}: {visible(first['msg'])}") from None
    except (OverflowError, ValueError) as error:
        raise error if isinstance(error, EnvelopeError) else EnvelopeError("its `taken` is no moment") from None


def _doubt(
    entry: Entry, point: RestorePoint, stored: StoredObject, kept: Mapping[str, str], trust: Trust
) -> tuple[Doubt | None, str]:
    wrong = impossible(point) or _disagreement(point, stored)
    lacking = [disk.name for disk in point.disks if kept.get(disk.snapshot) != object_name(point.machine, disk)]
    if wrong:
        return Doubt.IMPOSSIBLE, wrong
    if entry.version == UNSIGNED and not trust.accept_unsigned:
        return Doubt.UNSIGNED, "it is of version 1, which bears no signature"
    if entry.version != UNSIGNED and not entry.signer:
        return Doubt.FORGED, "no signer of the settings vouches for it"
    if is_ahead(point.taken, trust.now):
        return Doubt.FUTURE, f"it was taken at {point.taken.isoformat()}, and now is {trust.now.isoformat()}"
    if lacking:
        return Doubt.INCOMPLETE, f"{', '.join(lacking)} is not in the repository"
    return None, ""


def _disagreement(point: RestorePoint, stored: StoredObject) -> str:
    """What the mark's own name and tags say against the point in it."""
    wanted = {*run_tags(machine=point.machine, site=point.site, run=point.run)}
    if stored.name != object_name(point.machine, POINT_FILE) or not wanted <= set(stored.tags):
        return "its name or its tags are another point's"
    return ""


def _settle_conflicts(entries: Iterable[Entry]) -> list[Entry]:
    """Of one key there is one content: among those signed, or else among the unsigned; a second mark of it is dropped.

    What nobody vouches for stands against nothing that is signed: else any writer could spoil a good point.
    """
    by_key: dict[str, list[Entry]] = {}
    settled: list[Entry] = []
    for entry in entries:
        if entry.point and entry.doubt in {None, Doubt.INCOMPLETE}:
            by_key.setdefault(entry.point.key, []).append(entry)
        else:
            settled.append(entry)
    for key, some in by_key.items():
        vouched = [one for one in some if one.signer]
        rivals = vouched or some
        settled += [_conflicting(one, key) for one in some if one not in rivals]
        alike = all(one.point == rivals[0].point for one in rivals)
        settled += rivals[:1] if alike else [_conflicting(one, key) for one in rivals]
    return settled


def _conflicting(entry: Entry, key: str) -> Entry:
    return replace(entry, doubt=Doubt.CONFLICT, reason=f"another point with the key {key} says something else")
