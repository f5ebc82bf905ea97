"""What restic's documents say of each other: which packs an index needs, and what a snapshot cannot be read without."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repository_host.names import path_of
from repository_host.sealed import MALFORMED, ForeignError, Key, decompressed, document

_LARGEST_TREE_BYTES = 64 << 20


class Structure:
    """A repository's packs and the blobs in them, as far as they were learnt from its indexes."""

    def __init__(self, repository: Path, key: Key) -> None:
        self._repository = repository
        self._key = key
        self._packs: set[str] = set()
        self._data: set[bytes] = set()
        self._trees: dict[bytes, tuple[str, int, int, int]] = {}

    def see_packs(self) -> None:
        """Look which packs stand in the repository now."""
        self._packs = {name for name in _names(self._repository / "data") if len(name) == 64}  # noqa: PLR2004 - SHA-256

    def read_index(self, file: Path) -> dict[str, Any]:
        """An index, opened and found to be one. Raises ForeignError."""
        index = self._key.read(file)
        try:
            for pack in index["packs"]:
                bytes.fromhex(pack["id"])
                for blob in pack["blobs"]:
                    bytes.fromhex(blob["id"]), blob["type"], _whereabouts(blob)
        except MALFORMED:
            raise ForeignError("it opens, and is no index") from None
        return index

    def read_snapshot(self, file: Path) -> dict[str, Any]:
        """A snapshot, opened. Raises ForeignError."""
        return self._key.read(file)

    def lacking_packs(self, index: dict[str, Any]) -> list[str]:
        """The packs that the index names and that are not here."""
        return [str(pack["id"]) for pack in index["packs"] if pack["id"] not in self._packs]

    def learn(self, index: dict[str, Any]) -> None:
        """Know the blobs of an index, those of packs that are here."""
        for pack in index["packs"]:
            for blob in pack["blobs"] if pack["id"] in self._packs else ():
                name = bytes.fromhex(blob["id"])
                if blob["type"] == "tree":
                    self._trees[name] = (pack["id"], *_whereabouts(blob))
                else:
                    self._data.add(name)

    def lacking(self, snapshot: dict[str, Any]) -> frozenset[str]:
        """The blobs without which the snapshot cannot be read whole, at most a few of each tree."""
        try:
            return self._lacking(bytes.fromhex(snapshot["tree"]))
        except MALFORMED:
            raise ForeignError("it opens, and is no snapshot") from None

    def _lacking(self, tree: bytes) -> frozenset[str]:
        waiting, lacked, seen = [tree], set[str](), set[bytes]()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            nodes = self._read_tree(name)
            if nodes is None:
                lacked.add(name.hex())
            for node in nodes or ():
                if node.get("subtree"):
                    waiting.append(bytes.fromhex(node["subtree"]))
                content = node.get("content") or ()
                lacked |= {blob for blob in content if bytes.fromhex(blob) not in self._data}
        return frozenset(lacked)

    def _read_tree(self, name: bytes) -> list[dict[str, Any]] | None:
        """The tree's nodes; None when it is not here or cannot be read."""
        if name not in self._trees:
            return None
        pack, offset, length, size = self._trees[name]
        try:
            with (self._repository / path_of("data", pack)).open("rb") as reading:
                reading.seek(offset)
                plain = self._key.open(reading.read(min(length, _LARGEST_TREE_BYTES)))
            nodes = document(decompressed(plain) if size else plain)["nodes"]
        except (OSError, *MALFORMED, ForeignError):
            return None
        return [node for node in nodes if isinstance(node, dict)]


def _whereabouts(blob: dict[str, Any]) -> tuple[int, int, int]:
    """Where in its pack a blob begins, how long it is there, and how long uncompressed (0: it is not compressed)."""
    return int(blob["offset"]), int(blob["length"]), int(blob.get("uncompressed_length") or 0)


def _names(folder: Path) -> Iterator[str]:
    return (file.name for inside in folder.glob("??") for file in inside.iterdir())
