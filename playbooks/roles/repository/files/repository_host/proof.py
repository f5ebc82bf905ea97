"""Proving what stands in the repository: every file by its name, and all of it by its structure."""

import json
import re
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from repository_host.layout import SETUP_EXIT_CODE, HostError, Layout, list_files, read_state, write_whole
from repository_host.names import kind_of, sha256_of, why_refused
from repository_host.sealed import ForeignError, Key, find_key, open_key
from repository_host.structure import Structure

BUCKETS = 256  # by the first two digits of a file's name: a share is some of them
_NO_BUCKET = -1
_DIGITS = re.compile("[0-9a-f]{2}")
_LOCKS = "locks/"
_MOST_TOLD = 1000


def share_of_the_day(shares: int, day: int) -> int:
    """Which share's turn it is on a day, numbered from any day on: all come round, one after another."""
    return day % shares + 1


def verify(layout: Layout, password: str, *, share: int, shares: int) -> dict[str, Any]:
    """Re-read a share of the files, check the structure of all, keep the result and return it. Raises HostError."""
    started, began = time.time(), time.monotonic()
    _must_be_there(layout)
    judge = Judge(layout, password)
    buckets = {bucket for bucket in range(BUCKETS) if bucket % shares == share - 1}
    files = size = 0
    wrong: dict[str, str] = {}
    for path, why, read in _judged(layout, judge, buckets):
        files, size = files + 1, size + read
        if why:
            wrong[path] = why
    lacking = _structure(layout, judge)
    kept = _keep(layout, buckets, started, wrong, lacking)
    return {
        "share": f"{share}/{shares}",
        "files": files,
        "size_bytes": size,
        "seconds": round(time.monotonic() - began, 3),
        "wrong": wrong,
        **lacking,
        "oldest": oldest_proof(kept),
    }


class Judge:
    """Says of a file of the repository whether it is what it says."""

    def __init__(self, layout: Layout, password: str) -> None:
        self._places = layout
        self._password = password

    @cached_property
    def key(self) -> Key:
        """The repository's master key. Raises ForeignError when the city's key opens none."""
        return find_key(self._places.repository / "keys", self._password)

    def why_wrong(self, path: str) -> str:
        """Why the file is not what it says; empty when it is. A lock is only opened, and a config read elsewhere."""
        file = self._places.repository / path
        if path == "config":
            return ""
        if not path.startswith(_LOCKS):
            if why := why_refused(path, file.stat().st_size):
                return why
            if sha256_of(file) != file.name:
                return "its SHA-256 is not its name"
        return "" if kind_of(path) == "data" or self._opens(path, file) else "the city's key does not open it"

    def _opens(self, path: str, file: Path) -> bool:
        if kind_of(path) == "keys":
            return open_key(file, self._password) is not None
        try:
            self.key.read(file)
        except ForeignError:
            return False
        return True


def oldest_proof(kept: dict[str, Any]) -> float:
    """When that part of the repository was proven whose proof is the oldest (seconds since 1970); 0: never."""
    proven = kept.get("proven", {})
    return float(min(proven.values())) if len(proven) == BUCKETS else 0.0


def _must_be_there(layout: Layout) -> None:
    if not (layout.repository / "config").exists():
        raise HostError(f"no repository stands in {layout.repository}: is its disk mounted?", SETUP_EXIT_CODE)


def _judged(layout: Layout, judge: Judge, buckets: set[int]) -> Iterator[tuple[str, str, int]]:
    """Each file of the buckets with why it is wrong (empty: it is right) and its size."""
    for file in sorted(list_files(layout.repository)):
        path = str(file.relative_to(layout.repository))
        if _bucket(path) not in {*buckets, _NO_BUCKET} or path.startswith(_LOCKS):
            continue
        try:
            yield path, judge.why_wrong(path), file.stat().st_size
        except FileNotFoundError:
            continue  # a quarantine took it out meanwhile
        except OSError as error:
            yield path, f"it cannot be read: {error.strerror}", 0


def _structure(layout: Layout, judge: Judge) -> dict[str, list[str]]:
    """The packs that an index names and that are not here, and the snapshots that cannot be read whole."""
    snapshots = sorted((layout.repository / "snapshots").glob("*"))
    indexes = sorted((layout.repository / "index").glob("*"))
    structure = Structure(layout.repository, judge.key)
    structure.see_packs()
    missing: set[str] = set()
    incomplete = []
    for file in indexes:
        try:
            index = structure.read_index(file)
        except ForeignError:
            continue  # listed among the wrong ones when its share is read
        structure.learn(index)
        missing |= {f"data/{name[:2]}/{name}" for name in structure.lacking_packs(index)}
    for file in snapshots:
        try:
            if structure.lacking(structure.read_snapshot(file)):
                incomplete.append(file.name)
        except ForeignError:
            continue
    return {"missing": sorted(missing)[:_MOST_TOLD], "incomplete": incomplete[:_MOST_TOLD]}


def _keep(
    layout: Layout, buckets: set[int], started: float, wrong: dict[str, str], lacking: dict[str, list[str]]
) -> dict[str, Any]:
    """Note which buckets are proven now; one with a wrong file keeps the time of its last good proof."""
    kept = read_state(layout.state / "proof.json")
    if kept.get("identity") != layout.pinned():
        kept = {"identity": layout.pinned(), "proven": {}, "wrong": {}}
    spoilt = {_bucket(path) for path in wrong}
    kept["proven"].update({str(bucket): started for bucket in buckets - spoilt})
    kept["wrong"] = {
        path: why for path, why in kept["wrong"].items() if _bucket(path) not in {*buckets, _NO_BUCKET}
    } | wrong
    kept |= lacking
    write_whole(layout.state / "proof.json", json.dumps(kept))
    return kept


def _bucket(path: str) -> int:
    """The bucket of a file, by its name; a name that is none is of every share."""
    digits = path.rpartition("/")[2][:2]
    return int(digits, 16) if _DIGITS.fullmatch(digits) else _NO_BUCKET
