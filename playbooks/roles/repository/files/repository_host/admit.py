"""Admission: what was fetched becomes part of the repository once it is proven, and what is not holds nobody up.

Data is proven by its name (SHA-256); an index or a snapshot must also open with the city's key, and stays outside until
all that it needs is here. So whatever stands in the repository is whole.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repository_host.layout import SETUP_EXIT_CODE, HostError, Layout, list_files, read_state, write_whole
from repository_host.names import LARGEST_BYTES, kind_of, sha256_of
from repository_host.sealed import ForeignError, Key, find_key, open_key
from repository_host.structure import Structure

_MOST_TOLD = 1000


class Admission:
    """One pull's; `report` is what came of it."""

    def __init__(self, layout: Layout, password: str) -> None:
        self._places = layout
        self._password = password
        noted = read_state(layout.state / "incoming.json")
        self._came: dict[str, dict[str, Any]] = noted.get("came", {})
        self._refused: dict[str, dict[str, Any]] = noted.get("refused", {})
        self._missing: set[str] = set()
        self._incomplete: list[str] = []
        self._published = self._proven_files = self._held = 0

    def admit(self) -> dict[str, Any]:
        """Judge everything that came. Raises HostError when it is another repository's."""
        first = not (self._places.repository / "config").exists()
        try:
            key = self._find_key()
            identity = key.read(self._places.incoming / "config").get("id")
        except (ForeignError, OSError) as error:
            raise HostError(f"the repository cannot be opened here: {error}", SETUP_EXIT_CODE) from error
        if identity != self._places.pinned():
            raise HostError(
                f"the sender has the repository {identity}, and {self._places.pinned()} is the one that belongs here",
                SETUP_EXIT_CODE,
            )
        self._publish_all(self._proven("data"))
        if first:
            self._publish_all(file for file in self._proven("keys") if self._opens_key(file))
        for kind in LARGEST_BYTES:
            (self._places.repository / kind).mkdir(exist_ok=True)
        structure = Structure(self._places.repository, key)
        structure.see_packs()
        self._publish_all(self._whole_indexes(structure))
        if first:
            self._publish(self._places.incoming / "config")
        self._publish_all(self._whole_snapshots(structure))
        self._places.note_filled()
        write_whole(self._places.state / "refused.json", json.dumps(self._refused))
        return self._report()

    def _find_key(self) -> Key:
        """By the key files taken over at the first pull or, in that, by those that came."""
        taken = self._places.repository / "keys"
        return find_key(taken if list(list_files(taken)) else self._places.incoming / "keys", self._password)

    def _report(self) -> dict[str, Any]:
        by_word: dict[str, list[str]] = {"refused": [], "foreign": []}
        for path, one in sorted(self._refused.items()):
            by_word[one["word"]].append(path)
        return {
            **{word: paths[:_MOST_TOLD] for word, paths in by_word.items()},
            "proven": self._proven_files,
            "published": self._published,
            "held": self._held,
            "missing": sorted(self._missing)[:_MOST_TOLD],
            "incomplete": sorted(self._incomplete)[:_MOST_TOLD],
        }

    def _proven(self, kind: str) -> Iterator[Path]:
        """What came of a kind and has its SHA-256 as its name; the rest is refused."""
        for path in sorted(path for path in self._came if kind_of(path) == kind):
            file = self._places.incoming / path
            if not file.exists():
                continue
            if sha256_of(file) == file.name:
                self._proven_files += 1
                yield file
            else:
                self._refuse(file, "refused", "its SHA-256 is not its name")

    def _opens_key(self, file: Path) -> bool:
        opened = open_key(file, self._password) is not None
        if not opened:
            self._refuse(file, "foreign", "the city's key does not open it")
        return opened

    def _whole_indexes(self, structure: Structure) -> Iterator[Path]:
        for file in (self._places.repository / "index").glob("*"):
            try:
                structure.learn(structure.read_index(file))
            except ForeignError:
                continue  # this host's own writer put it there: `verify` names it
        for file in self._proven("index"):
            try:
                index = structure.read_index(file)
            except ForeignError as error:
                self._refuse(file, "foreign", str(error))
                continue
            if lacked := structure.lacking_packs(index):
                self._held += 1
                self._missing |= {f"data/{name[:2]}/{name}" for name in lacked}
                continue
            structure.learn(index)
            yield file

    def _whole_snapshots(self, structure: Structure) -> Iterator[Path]:
        for file in self._proven("snapshots"):
            try:
                lacked = structure.lacking(structure.read_snapshot(file))
            except ForeignError as error:
                self._refuse(file, "foreign", str(error))
                continue
            if lacked:
                self._held += 1
                self._incomplete.append(file.name)
                continue
            yield file

    def _refuse(self, file: Path, word: str, why: str) -> None:
        """Keep in mind which file of the sender it was, and let the copy go: the sender has it."""
        path = str(file.relative_to(self._places.incoming))
        self._refused[path] = {**self._came[path], "word": word, "why": why}
        file.unlink()
        self._proven_files -= word == "foreign"

    def _publish_all(self, files: Iterator[Path]) -> None:
        touched: set[Path] = set()
        for file in files:
            touched |= self._publish(file)
        for folder in touched:
            _sync(folder)

    def _publish(self, file: Path) -> set[Path]:
        """One file into the repository, its bytes on the disk before its name is."""
        _sync(file)
        target = self._places.repository / file.relative_to(self._places.incoming)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)
        self._published += 1
        return {target.parent, target.parent.parent}


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
