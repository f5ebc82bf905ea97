"""Which files of a site's repository are to be moved to quarantine."""

from collections.abc import Iterable, Mapping

from backup.quarantine.model import QuarantineFiles
from groundwork.change.codec import fingerprint
from groundwork.change.plan import Plan, Track, single_wave
from groundwork.errors import UsageError
from groundwork.model.lock_path import quarantine_lock

CLEAR_REFUSED = "backup.clear-refused"
_FILES_A_STEP = 1000


def plan_quarantine(*, city: str, site: str, found: Mapping[str, str], only: Iterable[str] = ()) -> Plan:
    """Steps that move the files that were found wrong, or those of them that `only` names.

    `found` holds the files at the site by path, with why; a word of `only` is a path or its beginning. Raises
    UsageError for one with which nothing begins that was found wrong.
    """
    words = tuple(word.rstrip("…") for word in only)
    if strangers := sorted(word for word in words if not any(path.startswith(word) for path in found)):
        raise UsageError(
            f"nobody found {strangers[0]!r} at {site} to be wrong",
            hint="name files as the rehearsal without --only shows them",
        )
    chosen = [(path, why) for path, why in sorted(found.items()) if not words or path.startswith(words)]
    steps = tuple(
        QuarantineFiles(site=site, number=number, found=dict(chosen[start : start + _FILES_A_STEP]))
        for number, start in enumerate(range(0, len(chosen), _FILES_A_STEP), start=1)
    )
    return Plan(
        operation=CLEAR_REFUSED,
        city=city,
        title=f"move {len(chosen)} files of {site}'s repository to quarantine",
        basis=fingerprint({"site": site, "found": dict(found)}),
        locks=(quarantine_lock(site),),
        waves=single_wave("quarantine", {site: [Track(name=f"{site}/quarantine", steps=steps)]} if steps else {}),
    )
