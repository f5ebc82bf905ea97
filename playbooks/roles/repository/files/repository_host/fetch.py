"""Fetching without a key: what the sender has, this site lacks, and a repository may hold."""

import json
import shutil
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from repository_host.layout import (
    FAILED_EXIT_CODE,
    FULL_EXIT_CODE,
    SETUP_EXIT_CODE,
    HostError,
    Layout,
    list_files,
    read_state,
    write_whole,
)
from repository_host.names import Listed, kind_of, why_refused
from repository_host.sender import FileTroubleError, Sender

# A snapshot needs its index and data, so it is listed before them: whatever it needs is older than their listings.
LISTED = ("snapshots", "index", "data", "keys")
_LISTING_AGE_SECONDS = 1.1  # how old a listing the sender's server may give out
_AT_ONCE = 4
_MOST_SMALL_FILES = 20_000  # of a kind, in one pull; the rest comes with the next
_MOST_TOLD, _MOST_REMEMBERED = 1000, 100_000
_FLOOR_BYTES, _FLOOR_SHARE = 1 << 30, 0.02  # free space that a pull leaves, the smaller of the two


def fetch(sender: Sender, layout: Layout) -> dict[str, Any]:
    """Bring what is wanted into the incoming folder, and note for the admission what came. Raises HostError."""
    _agree_on_config(sender, layout)
    listed = _list(sender)
    held = {str(file.relative_to(layout.repository)): file for file in list_files(layout.repository)}
    known = _known_refusals(layout, listed)
    unfit = _unfit(listed, held) | _late_keys(listed, held)
    wanted = {path: one for path, one in listed.items() if not (path in held or path in known or path in unfit)}
    _clear(layout.incoming, wanted)
    came = {path for path in wanted if (layout.incoming / path).exists()}
    order, left = _ordered(path for path in wanted if path not in came)
    full, trouble = _bring(sender, layout, {path: wanted[path] for path in order})
    came |= {path for path in order if (layout.incoming / path).exists()}
    if not any(kind_of(path) == "keys" for path in (*held, *came)):
        why = full or "; ".join(trouble[:_MOST_TOLD]) or f"it lists {len(listed)} files, and none of them is one"
        raise HostError(
            f"no key file of the repository at {sender.url} could be had: {why}",
            FULL_EXIT_CODE if full else FAILED_EXIT_CODE,
        )
    noted = {path: _entry(wanted[path]) for path in came}
    new = {path: {**_entry(listed[path]), "word": word, "why": why} for path, (word, why) in unfit.items()}
    refused = dict(list((new | known).items())[:_MOST_REMEMBERED])
    write_whole(layout.state / "incoming.json", json.dumps({"came": noted, "refused": refused}))
    return {
        "sender": sender.url,
        "files": len(came),
        "size_bytes": sum(wanted[path].size for path in came),
        "left": left + len(order) - len(came & set(order)) - len(trouble),
        "full": full,
        "trouble": trouble[:_MOST_TOLD],
    }


def _entry(one: Listed) -> dict[str, Any]:
    return {"size": one.size, "modified": one.modified}


def _agree_on_config(sender: Sender, layout: Layout) -> None:
    """Keep the sender's config for the admission. One that is not ours ends the pull: two are never mixed."""
    theirs, ours = sender.config(), layout.repository / "config"
    if ours.exists() and ours.read_bytes() != theirs:
        raise HostError(
            f"the repository at {sender.url} is not the one that {layout.repository} is a copy of; nothing was done",
            SETUP_EXIT_CODE,
        )
    (layout.incoming / "config").write_bytes(theirs)


def _list(sender: Sender) -> dict[str, Listed]:
    listed: dict[str, Listed] = {}
    for kind in LISTED:
        if kind == LISTED[1]:
            time.sleep(_LISTING_AGE_SECONDS)
        listed |= sender.list_kind(kind)
    return listed


def _known_refusals(layout: Layout, listed: dict[str, Listed]) -> dict[str, dict[str, Any]]:
    """What earlier pulls refused and the sender still has unchanged: it is not fetched again."""
    known = read_state(layout.state / "refused.json")
    return {
        path: one
        for path, one in known.items()
        if path in listed and [one.get("size"), one.get("modified")] == [listed[path].size, listed[path].modified]
    }


def _unfit(listed: dict[str, Listed], held: dict[str, Path]) -> dict[str, tuple[str, str]]:
    """What cannot be what it says, by name and size alone: the word for it, and why."""
    found = {}
    for path, one in listed.items():
        why = why_refused(path, one.size)
        if not why and path in held and held[path].stat().st_size != one.size:
            why = f"{one.size} bytes there, {held[path].stat().st_size} in the copy that was proven here"
        if why:
            found[path] = ("refused", why)
    return found


def _late_keys(listed: dict[str, Listed], held: dict[str, Path]) -> dict[str, tuple[str, str]]:
    """Key files that came after this site took the repository's over: none is ever added."""
    if "config" not in held:
        return {}
    late = [path for path in listed if kind_of(path) == "keys" and path not in held]
    return dict.fromkeys(late, ("foreign", "it came after the key files were taken over"))


def _clear(incoming: Path, wanted: dict[str, Listed]) -> None:
    """Leave of an earlier pull only whole files that are still wanted."""
    for file in list(list_files(incoming)):
        path = str(file.relative_to(incoming))
        if path != "config" and not (path in wanted and file.stat().st_size == wanted[path].size):
            file.unlink()


def _ordered(paths: Iterable[str]) -> tuple[list[str], int]:
    """The small kinds first and a bounded number of each, then the data; and how many were left out."""
    by_kind: dict[str, list[str]] = {}
    for path in sorted(paths):
        by_kind.setdefault(kind_of(path) or "", []).append(path)
    data = by_kind.pop("data", [])
    small = [path for some in by_kind.values() for path in some[:_MOST_SMALL_FILES]]
    return [*small, *data], sum(max(0, len(some) - _MOST_SMALL_FILES) for some in by_kind.values())


def _bring(sender: Sender, layout: Layout, wanted: dict[str, Listed]) -> tuple[str, list[str]]:
    """Fetch them, a few at once, while there is room; why it stopped (empty: it did not), and who could not be had."""
    for folder in {(layout.incoming / path).parent for path in wanted}:
        folder.mkdir(parents=True, exist_ok=True)
    usage = shutil.disk_usage(layout.root)
    room = usage.free - min(_FLOOR_BYTES, int(usage.total * _FLOOR_SHARE))
    fits: list[str] = []
    for path, one in wanted.items():
        room -= one.size
        if room < 0:
            break
        fits.append(path)

    def bring(path: str) -> str:
        half = layout.incoming / f"{path}.part"
        try:
            sender.fetch(path, wanted[path].size, half)
        except FileTroubleError as error:
            half.unlink(missing_ok=True)
            return str(error)
        half.rename(layout.incoming / path)
        return ""

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        trouble = [said for said in pool.map(bring, fits) if said]
    if len(fits) == len(wanted):
        return "", trouble
    free, total = usage.free >> 20, usage.total >> 20
    return f"{len(wanted) - len(fits)} files do not fit: {free} MiB were free of {total} MiB", trouble
