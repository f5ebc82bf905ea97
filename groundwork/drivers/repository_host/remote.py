"""Repository hosts over SSH: the identity lies in /etc/cityops, which is on no repository's disk."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from groundwork.drivers.repository_host.protocol import Proof, Refusals
from groundwork.drivers.repository_host.refusal import IDENTITY_FILE, refuse_another
from groundwork.errors import ConfigurationError, OutsideError, RefusedError, UnreachableError
from groundwork.shell.command import CommandRunner, Completed

_IDENTITY = re.compile(r"[0-9a-f]{64}")
_REFUSED, _SET_UP_WRONGLY, _FOUND, _NOT_INSTALLED, _SSH_FAILED = 3, 4, 6, 127, 255
_SECONDS = 30.0
_LONGEST_SECONDS = 24 * 3600.0  # a whole repository is read at the speed of its disk
_SHOWN = 300
_READ = 'if [ -e "$1" ]; then echo pinned; cat "$1"; fi'
# The link is made whole or not at all, and never over another: two operators at once cannot both win.
_PIN = 'set -e; umask 022; cat > "$1.new"; sync "$1.new"; ln "$1.new" "$1" || [ -f "$1" ]; rm -f "$1.new"'


_LATEST = datetime.max.replace(tzinfo=UTC).timestamp() - 1


class _Answer(BaseModel):
    """An answer of the host's program; what else is in it is for people."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _ProofAnswer(_Answer):
    share: str
    files: int
    size_bytes: int
    wrong: dict[str, str]
    missing: tuple[str, ...]
    incomplete: tuple[str, ...]
    oldest: float = Field(ge=0, le=_LATEST)


class _RefusalsAnswer(_Answer):
    sender: dict[str, str]
    own: dict[str, str]
    incomplete: tuple[str, ...] = ()  # a host configured by an older version does not say
    oldest: float = Field(default=0, ge=0, le=_LATEST)


class _MoveAnswer(_Answer):
    kept: dict[str, str]


_Form = TypeVar("_Form", bound=_Answer)


class RemoteRepositoryHost:
    """The RepositoryHost over SSH; `ssh` are the arguments up to each site's host."""

    def __init__(
        self,
        ssh: Mapping[str, Sequence[str]],
        *,
        commands: CommandRunner,
        identity_file: str = IDENTITY_FILE,
        folder: str = "/srv/repository",
        program: Sequence[str] = ("/usr/local/sbin/repository-host",),
    ) -> None:
        self._ssh = ssh
        self._commands = commands
        self._file = identity_file
        self._folder = folder
        self._program = tuple(program)

    def pinned(self, site: str) -> str | None:
        """The content of the host's identity file; None where there is none."""
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
        """Write the identity file unless it is there. Raises RefusedError when another is declared."""
        refuse_another(site, self.pinned(site), identity)
        self._run(site, ["sh", "-c", _PIN, "sh", self._file], stdin=f"{identity}\n".encode())
        refuse_another(site, self.pinned(site), identity)

    def stands(self, site: str) -> bool:
        """Whether the repository's config is there."""
        done = self._run(site, ["sh", "-c", '[ ! -e "$1/config" ] || echo stands', "sh", self._folder])
        return bool(done.stdout)

    def room(self, site: str) -> int:
        """What `df` says is free in the repository's folder, in bytes."""
        said = self._run(site, ["df", "--output=avail", "-B1", self._folder]).stdout.split()
        if not said or not said[-1].isdecimal():
            raise OutsideError(f"df says nothing of {self._folder} on {site}'s host", hint="look at that host")
        return int(said[-1])

    def verify(self, site: str, *, share: str = "1/1") -> Proof:
        """Let the host re-read and prove the share (``i/n``), and keep the result."""
        said = self._ask(site, _ProofAnswer, "verify", "--share", share)
        return Proof(
            site=site,
            share=said.share,
            files=said.files,
            size_bytes=said.size_bytes,
            wrong=said.wrong,
            missing=said.missing,
            incomplete=said.incomplete,
            oldest=_moment(said.oldest),
        )

    def refusals(self, site: str) -> Refusals:
        """Files by path with why, as the host keeps them: refused ones, and its own that are wrong."""
        said = self._ask(site, _RefusalsAnswer, "refusals")
        return Refusals(sender=said.sender, own=said.own, incomplete=said.incomplete, oldest=_moment(said.oldest))

    def quarantine(self, site: str, paths: Sequence[str], *, label: str) -> Mapping[str, str]:
        """Let the host prove and move them; those that stay come back by path with why."""
        return self._ask(site, _MoveAnswer, "quarantine", "--label", label, stdin=json.dumps(list(paths)).encode()).kept

    def put_back(self, site: str, paths: Sequence[str], *, label: str) -> Mapping[str, str]:
        """Let the host move them back; those that stay there come back by path with why."""
        return self._ask(site, _MoveAnswer, "put-back", "--label", label, stdin=json.dumps(list(paths)).encode()).kept

    def _ask(self, site: str, form: type[_Form], *words: str, stdin: bytes = b"") -> _Form:
        """What the host's program answers. Raises RefusedError, ConfigurationError, OutsideError, UnreachableError."""
        done = self._reach(site, [*self._program, *words], stdin=stdin, timeout_seconds=_LONGEST_SECONDS)
        said = " ".join(done.stderr.split()).removeprefix("repository-host: ")[-_SHOWN:]
        if done.exit_code == _REFUSED:
            raise RefusedError(f"{site}'s repository host refuses: {said}", hint="nothing was moved; plan again")
        if done.exit_code in (_SET_UP_WRONGLY, _NOT_INSTALLED):
            raise ConfigurationError(
                f"{site}'s repository host is not set up: {said}",
                hint="see `inv hosts.plan`, and that its disk is there",
            )
        if done.exit_code not in (0, _FOUND):
            raise OutsideError(f"{site}'s repository host: {words[0]} failed: {said}", hint="look at that host")
        try:
            return form.model_validate_json(done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "")
        except ValidationError as error:
            raise OutsideError(
                f"{site}'s repository host answered {words[0]} with no answer of ours",
                hint="is its program of this version? `inv hosts.plan` shows",
            ) from error

    def _run(self, site: str, words: Sequence[str], *, stdin: bytes = b"") -> Completed:
        done = self._reach(site, words, stdin=stdin)
        if done.exit_code != 0:
            said = " ".join(done.stderr.split())[-_SHOWN:]
            raise OutsideError(f"{site}'s repository host: {words[0]}: {said}", hint="look at that host")
        return done

    def _reach(
        self, site: str, words: Sequence[str], *, stdin: bytes = b"", timeout_seconds: float = _SECONDS
    ) -> Completed:
        if site not in self._ssh:
            raise ConfigurationError(
                f"{site} has no repository host", hint="give it a host with the role `repository` in the estate"
            )
        argv = [*self._ssh[site], shlex.join(words)]
        done = self._commands.run(argv, timeout_seconds=timeout_seconds, stdin=stdin, check=False)
        if done.exit_code == _SSH_FAILED:
            raise UnreachableError(
                f"{site}'s repository host cannot be reached by SSH: {' '.join(done.stderr.split())[-_SHOWN:]}",
                hint="look at the link to it and at the SSH key in the settings",
            )
        return done


def _moment(seconds: float) -> datetime | None:
    """When that was (seconds since 1970); None for 0."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
