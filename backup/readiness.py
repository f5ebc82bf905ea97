"""Whether a site's repository may be written to: it is the one that its host bears, and there is room on its disk."""

from collections.abc import Iterator
from contextlib import contextmanager

from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.repository_host.protocol import RepositoryHost
from groundwork.errors import OpsError, OutsideError, RefusedError

_FLOOR_BYTES = 256 << 20  # with less nothing is begun: a server that runs full in the midst leaves empty packs
_PREPARE = "`inv backup.prepare --live` makes a repository, once, and declares it"


def need_identity(repository: Repository, site: str) -> str:
    """The repository's identity. Raises RefusedError where there is no repository."""
    identity = repository.identity()
    if identity is None:
        raise RefusedError(f"{site} has no repository", hint=_PREPARE)
    return identity


def need_pinned(hosts: RepositoryHost, site: str) -> str:
    """The identity that the site's host bears. Raises RefusedError where none was declared."""
    pinned = hosts.pinned(site)
    if pinned is None:
        raise RefusedError(f"no repository of {site} was declared yet", hint=_PREPARE)
    return pinned


def prove_identity(hosts: RepositoryHost, repository: Repository, site: str) -> None:
    """Raise RefusedError unless the repository there is the one that the site's host bears."""
    pinned = need_pinned(hosts, site)
    found = repository.identity() if hosts.stands(site) else None  # a server may remember a disk that is gone
    if found != pinned:
        seen = f"another one ({found[:12]}…)" if found else "none"
        raise RefusedError(
            f"{site}'s host bears the repository {pinned[:12]}…, and {seen} stands there; nothing was written",
            hint="is its disk mounted? nothing makes a new repository in its place by itself",
        )


def prove_room(hosts: RepositoryHost, site: str) -> None:
    """Raise OutsideError when the disk of the site's repository is full."""
    free = hosts.room(site)
    if free < _FLOOR_BYTES:
        raise OutsideError(
            f"the disk of {site}'s repository is full ({free >> 20} MiB free)",
            hint="make room on the repository host, then run the command again; what is stored is good",
        )


class WritableRepository:
    """A site's repository to write to: looked at before the first write and after one that failed.

    What keeps it from being written to is raised in full once; every later use is refused in a few words.
    """

    def __init__(self, repository: Repository, hosts: RepositoryHost, site: str) -> None:
        self._repository = repository
        self._hosts = hosts
        self._site = site
        self._looked = False
        self._shut: OpsError | None = None

    @contextmanager
    def opened(self) -> Iterator[Repository]:
        """The repository; what is raised inside is reported as the repository's state where that explains it."""
        if self._shut is not None:
            raise type(self._shut)(f"{self._site}'s repository is not written to (see above)", hint=self._shut.hint)
        if not self._looked:
            self._look()
        try:
            yield self._repository
        except OutsideError:
            self._look()
            raise

    def _look(self) -> None:
        try:
            prove_identity(self._hosts, self._repository, self._site)
            prove_room(self._hosts, self._site)
        except OpsError as error:
            self._shut = error
            raise
        self._looked = True
