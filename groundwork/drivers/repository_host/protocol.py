"""What cityops needs of the hosts that bear repositories, beside the repositories themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a host found when it re-read a share of its repository's files.

    `wrong` are the files of the share that are not what they say, and why; `missing` and `incomplete` are what the
    whole repository lacks: packs, and snapshots that cannot be read without them. `oldest` is when that part was proven
    whose proof is the oldest; None while some part never was.
    """

    site: str
    share: str
    files: int
    size_bytes: int
    wrong: Mapping[str, str]
    missing: tuple[str, ...]
    incomplete: tuple[str, ...]
    oldest: datetime | None

    @property
    def sound(self) -> bool:
        """True when nothing is wrong and nothing is lacking."""
        return not (self.wrong or self.missing or self.incomplete)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Files by path, with why: the sender's that a host refused, and its own that its last proofs found wrong.

    `incomplete` are the snapshots that its last proof could not read whole, `oldest` as a Proof has it.
    """

    sender: Mapping[str, str]
    own: Mapping[str, str]
    incomplete: tuple[str, ...] = ()
    oldest: datetime | None = None


class RepositoryHost(Protocol):
    """The repository hosts, each named by its site.

    A host keeps the identity of its repository outside the disk that holds it: one whose disk is not mounted, or holds
    another repository, is then told from one that was never made.
    """

    def pinned(self, site: str) -> str | None:
        """The identity of the repository that the site's host bears; None where none was declared yet."""

    def pin(self, site: str, identity: str) -> None:
        """Declare the identity, once; the same again is nothing to do. Raises RefusedError when another is declared."""

    def stands(self, site: str) -> bool:
        """True when a repository stands on the disk now, whether or not it can be opened."""

    def room(self, site: str) -> int:
        """The bytes that are free on the disk of the site's repository."""

    def verify(self, site: str, *, share: str = "1/1") -> Proof:
        """Re-read a share of the repository (``i/n``) on its host, prove it, and keep the result there."""

    def refusals(self, site: str) -> Refusals:
        """What the host remembers of files that are not what they say."""

    def quarantine(self, site: str, paths: Sequence[str], *, label: str) -> Mapping[str, str]:
        """Move files out of the repository into the label's quarantine, each once the host has proven it wrong again.

        Those that stay come back by path with why (it is what its name says; it is not there). What is in that
        quarantine already is nothing to do. Raises RefusedError for a path that leads out of the repository.
        """

    def put_back(self, site: str, paths: Sequence[str], *, label: str) -> Mapping[str, str]:
        """Move them back; those that stay there, because another file has their place, come back by path with why."""
