"""What cityops needs of a site's repository: append-only, content-addressed, proven by its own names (restic)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """One object as stored: `snapshot` is its id, `tags` its marks, `taken` the repository's time of storing (UTC)."""

    snapshot: str
    name: str
    tags: tuple[str, ...]
    taken: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came of storing one object; `size_bytes` and `sha256` are those of the bytes handed in.

    `snapshot` is its id or, of a restic older than 0.17, the beginning of it: `list_objects` gives it whole.
    """

    snapshot: str
    size_bytes: int
    sha256: str


class Repository(Protocol):
    """One site's repository."""

    def identity(self) -> str | None:
        """The id that a repository and all its copies share; None where there is no repository yet."""

    def ensure_initialised(self) -> None:
        """Make the repository unless it is there (a site that pulls from another never does: it takes over its)."""

    def store(self, name: str, chunks: Iterator[bytes], *, tags: tuple[str, ...]) -> Receipt:
        """Store one object from a stream; if the stream raises, nothing is stored and the error goes on.

        `name` is a relative path (``web-01/disk-0.vmdk``); a tag holds no comma; an empty stream is an OutsideError.
        """

    def list_objects(self, *, tags: tuple[str, ...] = ()) -> tuple[StoredObject, ...]:
        """The objects that bear all the tags, oldest first."""

    def open_object(self, snapshot: str, name: str) -> AbstractContextManager[Iterator[bytes]]:
        """The object's bytes in pieces of at most 1 MiB; leaving early ends the read, a damaged object raises."""

    def check(self) -> tuple[str, ...]:
        """What is wrong with the repository's structure, one line each; empty when nothing is."""
