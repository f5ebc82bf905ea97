"""The mark: the line of a machine's annotation by which cityops recognises what it keeps, or made itself."""

import re
from dataclasses import dataclass, replace
from typing import Literal

PREFIX = "cityops:"

MarkSort = Literal["kept", "restored", "drill", "other"]

_RESTORED = re.compile(r"cityops: restored from [^/]*/(?P<machine>[^@]*)@.* \(run (?P<run>[^)]*)\)")
_HALF = re.compile(r"cityops: half imported, [^:]*: (?P<mark>cityops: .*)")  # the driver's, while an import goes on
_DRILL = re.compile(r"cityops: drill (?P<run>\S+)")
_KEPT = re.compile(r"cityops: (machine=(?P<machine>\S+) )?agency=\S+ service=\S+ tier=\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a mark says: `machine` is the estate's name (empty in marks of before, and a drill's), `run` who made it.

    `half` says that its disks are not all there: it is being imported, or its import was broken off.
    """

    sort: MarkSort
    machine: str = ""
    run: str = ""
    half: bool = False


def render_kept(*, machine: str, agency: str, service: str, tier: int) -> str:
    """The mark of a machine of the estate."""
    return f"{PREFIX} machine={machine} agency={agency} service={service} tier={tier}"


def render_restored(*, point_key: str, run: str) -> str:
    """The mark of a machine restored from a point until the estate's own replaces it."""
    return f"{PREFIX} restored from {point_key} (run {run})"


def render_drill(*, run: str) -> str:
    """The mark of what a drill makes, and takes away."""
    return f"{PREFIX} drill {run}"


def render_network(*, run: str) -> str:
    """The mark of an isolated port group that a run made: in its description, for it has no annotation."""
    return f"{PREFIX} isolated, no uplink (run {run})"


def mark_line(annotation: str) -> str:
    """The mark within an annotation, empty where there is none."""
    return next((line for line in annotation.splitlines() if line.startswith(PREFIX)), "")


def read_mark(annotation: str) -> Mark | None:
    """What the annotation's mark says; None where there is none."""
    line = mark_line(annotation)
    if not line:
        return None
    if half := _HALF.fullmatch(line):
        whole = read_mark(half["mark"])
        return replace(whole, half=True) if whole else None
    patterns: tuple[tuple[MarkSort, re.Pattern[str]], ...] = (
        ("kept", _KEPT),
        ("restored", _RESTORED),
        ("drill", _DRILL),
    )
    for sort, pattern in patterns:
        if match := pattern.fullmatch(line):
            found = match.groupdict()
            return Mark(sort=sort, machine=found.get("machine") or "", run=found.get("run") or "")
    return Mark(sort="other")


def render_annotation(annotation: str, mark: str) -> str:
    """The annotation with this mark; what people wrote stays."""
    kept = [line for line in annotation.splitlines() if not line.startswith(PREFIX)]
    return "\n".join([*kept, mark])
