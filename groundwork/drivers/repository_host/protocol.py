"""What cityops needs of the hosts that bear repositories, beside the repositories themselves."""

from typing import Protocol


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
