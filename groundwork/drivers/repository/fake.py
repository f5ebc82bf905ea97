"""A repository in memory: what rehearsals and tests store into, with the same manners as the real one."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from groundwork.drivers.repository.protocol import Receipt, StoredObject
from groundwork.errors import OutsideError
from groundwork.shell.clock import Clock

PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """One object in memory, with the hash it was stored under."""

    described: StoredObject
    content: bytes
    sha256: str


@dataclass(slots=True, kw_only=True)
class FakeRepository:
    """Keeps objects in memory.

    `full_after_bytes` stands for a full disk, `damage` spoils an object, `after_store` is called when one was kept.
    """

    clock: Clock
    site: str = "central"
    made: str | None = None
    full_after_bytes: int | None = None
    after_store: Callable[[StoredObject], None] = lambda _: None
    kept: dict[str, Kept] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def identity(self) -> str | None:
        """The id; None before it was made."""
        return self.made

    def ensure_initialised(self) -> None:
        """Make it unless it is there."""
        self.made = self.made or hashlib.sha256(self.site.encode()).hexdigest()

    def store(self, name: str, chunks: Iterator[bytes], *, tags: tuple[str, ...]) -> Receipt:
        """Keep one object; nothing is kept when the stream raises."""
        self._opened("storing")
        content = bytearray()
        for chunk in chunks:
            content += chunk
            if self.full_after_bytes is not None and self._size() + len(content) > self.full_after_bytes:
                raise OutsideError(f"{self.site}'s repository: storing {name}: its disk is full", hint="make room")
        if not content:
            raise OutsideError(f"{name}: there is nothing to store", hint="look at where the stream comes from")
        digest = hashlib.sha256(content).hexdigest()
        snapshot = hashlib.sha256(f"{self.site}/{next(self._numbers)}/{name}/{digest}".encode()).hexdigest()
        described = StoredObject(snapshot=snapshot, name=name, tags=tags, taken=self.clock.now())
        self.kept[snapshot] = Kept(described, bytes(content), digest)
        self.after_store(described)
        return Receipt(snapshot=snapshot, size_bytes=len(content), sha256=digest)

    def list_objects(self, *, tags: tuple[str, ...] = ()) -> tuple[StoredObject, ...]:
        """The objects that bear all the tags, oldest first."""
        self._opened("listing")
        found = (kept.described for kept in self.kept.values() if set(tags) <= set(kept.described.tags))
        return tuple(sorted(found, key=lambda one: one.taken))

    @contextmanager
    def open_object(self, snapshot: str, name: str) -> Iterator[Iterator[bytes]]:
        """The object's bytes in pieces; a damaged one raises while it is read."""
        self._opened("reading")
        yield self._read(snapshot, name)

    def check(self) -> tuple[str, ...]:
        """Nothing is ever wrong with the structure of what is in memory."""
        self._opened("checking")
        return ()

    def damage(self, snapshot: str) -> None:
        """Change a byte of an object behind the repository's back."""
        kept = self.kept[snapshot]
        self.kept[snapshot] = Kept(kept.described, bytes([kept.content[0] ^ 0xFF]) + kept.content[1:], kept.sha256)

    def copy_from(self, sender: "FakeRepository") -> int:
        """Take over what the sender has and this one has not, as a replication does; how many objects came."""
        self.made = self.made or sender.made
        fresh = {snapshot: kept for snapshot, kept in sender.kept.items() if snapshot not in self.kept}
        self.kept.update(fresh)
        return len(fresh)

    def _read(self, snapshot: str, name: str) -> Iterator[bytes]:
        kept = self.kept.get(snapshot)
        if kept is None or kept.described.name != name:
            raise OutsideError(
                f"{self.site}'s repository does not hold {name} ({snapshot})", hint="see `inv backup.list`"
            )
        for start in range(0, len(kept.content), PIECE_BYTES):
            yield kept.content[start : start + PIECE_BYTES]
        if hashlib.sha256(kept.content).hexdigest() != kept.sha256:
            raise OutsideError(f"{self.site}'s repository: reading {name}: what it holds is damaged", hint="use a copy")

    def _size(self) -> int:
        return sum(len(kept.content) for kept in self.kept.values())

    def _opened(self, doing: str) -> None:
        if self.made is None:
            raise OutsideError(f"{self.site}'s repository: {doing}: there is no repository yet", hint="make it first")
