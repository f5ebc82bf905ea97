"""Repository hosts over SSH: the identity lies in /etc/cityops, which is on no repository's disk."""

import re
import shlex
from collections.abc import Mapping, Sequence

from groundwork.drivers.repository_host.refusal import IDENTITY_FILE, refuse_another
from groundwork.errors import ConfigurationError, OutsideError, UnreachableError
from groundwork.shell.command import CommandRunner, Completed

_IDENTITY = re.compile(r"[0-9a-f]{64}")
_SSH_FAILED = 255
_SECONDS = 30.0
_SHOWN = 300
_READ = 'if [ -e "$1" ]; then echo pinned; cat "$1"; fi'
# The link is made whole or not at all, and never over another: two operators at once cannot both win.
_PIN = 'set -e; umask 022; cat > "$1.new"; sync "$1.new"; ln "$1.new" "$1" || [ -f "$1" ]; rm -f "$1.new"'


class RemoteRepositoryHost:
    """The RepositoryHost over SSH; `ssh` are the arguments up to each site's host."""

    def __init__(
        self,
        ssh: Mapping[str, Sequence[str]],
        *,
        commands: CommandRunner,
        identity_file: str = IDENTITY_FILE,
        folder: str = "/srv/repository",
    ) -> None:
        self._ssh = ssh
        self._commands = commands
        self._file = identity_file
        self._folder = folder

    def pinned(self, site: str) -> str | None:
        """The file's content; see RepositoryHost."""
        done = self._run(site, ["sh", "-c", _READ, "sh", self._file])
        if not done.stdout:
            return None
        identity = done.stdout.removeprefix("pinned").strip()
        if not _IDENTITY.fullmatch(identity):
            raise ConfigurationError(
                f"{self._file} on {site}'s repository host holds no identity of a repository",
                hint="look at it; remove it there, then `inv backup.prepare` writes it again",
            )
        return identity

    def pin(self, site: str, identity: str) -> None:
        """Write the file unless it is there; see RepositoryHost."""
        refuse_another(site, self.pinned(site), identity)
        self._run(site, ["sh", "-c", _PIN, "sh", self._file], stdin=f"{identity}\n".encode())
        refuse_another(site, self.pinned(site), identity)

    def stands(self, site: str) -> bool:
        """Whether the repository's config is there; see RepositoryHost."""
        done = self._run(site, ["sh", "-c", '[ ! -e "$1/config" ] || echo stands', "sh", self._folder])
        return bool(done.stdout)

    def room(self, site: str) -> int:
        """What `df` says of the repository's folder; see RepositoryHost."""
        told = self._run(site, ["df", "--output=avail", "-B1", self._folder]).stdout.split()
        if not told or not told[-1].isdecimal():
            raise OutsideError(f"df says nothing of {self._folder} on {site}'s host", hint="look at that host")
        return int(told[-1])

    def _run(self, site: str, words: Sequence[str], *, stdin: bytes = b"") -> Completed:
        if site not in self._ssh:
            raise ConfigurationError(
                f"{site} has no repository host", hint="give it a host with the role `repository` in the estate"
            )
        argv = [*self._ssh[site], shlex.join(words)]
        done = self._commands.run(argv, timeout_seconds=_SECONDS, stdin=stdin, check=False)
        said = " ".join(done.stderr.split())[-_SHOWN:]
        if done.exit_code == _SSH_FAILED:
            raise UnreachableError(
                f"{site}'s repository host cannot be reached by SSH: {said}",
                hint="look at the road to it and at the SSH key in the settings",
            )
        if done.exit_code != 0:
            raise OutsideError(f"{site}'s repository host: {words[0]}: {said}", hint="look at that host")
        return done
