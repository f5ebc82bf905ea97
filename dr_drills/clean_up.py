"""What a drill left behind, and what others changed meanwhile: two images of a site, compared."""

from collections.abc import Collection, Iterator

from dr_drills.evidence import CleanUpSeen, Image
from dr_drills.model import ProveClean

_REMOVABLE = ("machines", "networks", "probers")  # what a drill has the means to remove, files only with a machine


def compare_images(step: ProveClean, after: Image, *, marked: Collection[str]) -> CleanUpSeen:
    """Whatever of the drill still stands, or could have been removed by it, is its own; the rest others have changed.

    `marked` are the machines that bear the drill's mark, whatever their name is now.
    """
    standing = [
        f"{sort} {name}"
        for sort in Image.__slots__
        for name in getattr(after, sort)
        if _is_ours(step, sort, name, marked)
    ]
    changed = [*_changed(step.before, after)]
    suspect = {*_REMOVABLE, *(("files",) if set(step.before.machines) - set(after.machines) else ())}
    removed = [f"{sort} {name} (gone)" for sort, name, gone in changed if gone and sort in suspect]
    known = {*standing, *removed}
    shown = (f"{sort} {name}{' (gone)' * gone}" for sort, name, gone in changed)
    return CleanUpSeen(
        leftovers=(*standing, *removed), changed_by_others=tuple(line for line in shown if line not in known)
    )


def _changed(before: Image, after: Image) -> Iterator[tuple[str, str, bool]]:
    """What stands in one of the two only: its sort, its name, and whether it is gone."""
    for sort in Image.__slots__:
        stood, stands = set(getattr(before, sort)), set(getattr(after, sort))
        yield from ((sort, name, name in stood) for name in sorted(stood ^ stands))


def _is_ours(step: ProveClean, sort: str, name: str, marked: Collection[str]) -> bool:
    """True for what stands and bears the drill's name or mark, and for a new folder of the machines it restores."""
    bubble = step.bubble
    match sort:
        case "machines":
            return name in marked or name.startswith(bubble.machine_prefix)
        case "networks":
            return name.rpartition("/")[2] == bubble.network
        case "files":
            return name.rpartition("] ")[2].startswith(bubble.machine_prefix)
        case "probers":
            return name in {bubble.prober, bubble.decoy}
    made = any(f"{folder}/".startswith(f"{name}/") for folder in step.folders)
    return made and name not in step.before.folders
