"""What cityops knows of restic's commands and environment, for folders and REST servers alike."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from groundwork.drivers.repository.failures import NO_REPOSITORY, repository_failure
from groundwork.drivers.repository.protocol import Receipt, StoredObject
from groundwork.drivers.repository.stall import watched
from groundwork.errors import OutsideError
from groundwork.shell.chunks import read_ahead, summed
from groundwork.shell.command import CommandRunner, Completed, Running

PIECE_BYTES = 1 << 20
_COMMAND_SECONDS = 120.0
_CHECK_SECONDS = 3600.0
_STALL_SECONDS = 300.0  # restic itself retries a silent server for 15 minutes; a run hears of it sooner


@dataclass(frozen=True, slots=True, kw_only=True)
class ResticLocation:
    """Where a site's repository is and what opens it: `url` is a folder or a REST server's, `key` restic's password.

    The passwords are in no repr. `cache` is a folder for restic's cache; without it every command reads the index anew.
    """

    site: str
    url: str
    key: str = field(repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    cache: Path | None = None

    def environment(self) -> dict[str, str]:
        """What restic is given in its environment: everything secret, so nothing secret is in an argument."""
        return {
            "RESTIC_REPOSITORY": _with_credentials(self.url, self.username, self.password),
            "RESTIC_PASSWORD": self.key,
        }

    def arguments(self) -> tuple[str, ...]:
        """The arguments every command bears."""
        cache = ("--cache-dir", str(self.cache)) if self.cache else ("--no-cache",)
        return (*cache, *(("--cacert", self.ca_file) if self.ca_file else ()))

    def secrets(self) -> tuple[str, ...]:
        """What may appear in no message, in each form it takes on the way."""
        return (self.key, self.password, quote(self.password, safe=""))


class ResticRepository:
    """One site's repository behind the restic program."""

    def __init__(
        self, location: ResticLocation, *, commands: CommandRunner, stall_seconds: float = _STALL_SECONDS
    ) -> None:
        self._location = location
        self._commands = commands
        self._stall_seconds = stall_seconds
        self._unlocked = False

    def identity(self) -> str | None:
        """The id in the repository's config; None where there is no repository yet."""
        done = self._run(("cat", "config", "--no-lock"))
        if done.exit_code != 0 and NO_REPOSITORY.search(done.stderr):
            return None
        return str(json.loads(self._proven(done, "opening").stdout)["id"])

    def ensure_initialised(self) -> None:
        """`restic init` unless there is a repository."""
        if self.identity() is not None:
            return
        done = self._run(("init",))
        if done.exit_code != 0 and self.identity() is None:
            self._proven(done, "making")

    def store(self, name: str, chunks: Iterator[bytes], *, tags: tuple[str, ...]) -> Receipt:
        """Stream into `restic backup --stdin`; a source that raises gets restic killed before its input ends."""
        source = summed(chunks)
        with read_ahead(source) as ahead:
            pieces = _pieces(ahead)
            first = next(pieces, None)
            if first is None:
                raise OutsideError(f"{name}: there is nothing to store", hint="look at where the stream comes from")
            self._drop_stale_locks()
            marks = [argument for tag in tags for argument in ("--tag", tag)]
            file = ("--stdin", "--stdin-filename", _file_of(name))
            argv = self._argv(("backup", "--quiet", "--json", *file, "--host", self._location.site, *marks))
            done = self._feed(argv, chain((first,), pieces), doing=f"storing {name}")
        self._proven(done, f"storing {name}")
        return Receipt(snapshot=_stored_id(done.stdout), size_bytes=source.size_bytes, sha256=source.sha256)

    def _feed(self, argv: Sequence[str], pieces: Iterator[memoryview], *, doing: str) -> Completed:
        """Run restic with the pieces as its input; how it ended."""
        with self._commands.start(argv, environment=self._location.environment()) as program:
            with watched(program, seconds=self._stall_seconds) as watch:
                for piece in pieces:
                    with watch.counting():
                        taken = _hand_over(program, piece)
                    if not taken:
                        break
            self._tell_stall(stalled=watch.stalled, doing=doing)
            return program.wait(timeout_seconds=self._stall_seconds)

    def list_objects(self, *, tags: tuple[str, ...] = ()) -> tuple[StoredObject, ...]:
        """`restic snapshots`: the objects that bear all the tags, oldest first."""
        marks = ("--tag", ",".join(tags)) if tags else ()
        done = self._proven(self._run(("snapshots", "--json", "--no-lock", *marks)), "listing")
        found = json.loads(done.stdout) or []
        return tuple(sorted(map(_object, found), key=lambda one: one.taken))

    @contextmanager
    def open_object(self, snapshot: str, name: str) -> Iterator[Iterator[bytes]]:
        """`restic dump` in pieces of at most 1 MiB; restic proves each by its hash, and leaving early ends the read."""
        argv = self._argv(("dump", "--no-lock", snapshot, f"/{_file_of(name)}"))
        with self._commands.start(argv, environment=self._location.environment()) as program:
            yield self._read(program, name)

    def check(self) -> tuple[str, ...]:
        """What `restic check` finds wrong, one line each; empty when nothing is."""
        done = self._run(("check", "--no-lock"), timeout_seconds=_CHECK_SECONDS)
        if done.exit_code == 0:
            return ()
        if "contains errors" not in done.stderr:
            self._proven(done, "checking")
        output = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
        return tuple(line for line in output if any(word in line.lower() for word in ("error", "pack", "not found")))

    def _read(self, program: Running, name: str) -> Iterator[bytes]:
        with watched(program, seconds=self._stall_seconds) as watch:
            piece = b"more"
            while piece:
                with watch.counting():
                    piece = program.stdout.read(PIECE_BYTES)
                yield from (piece,) if piece else ()
        self._tell_stall(stalled=watch.stalled, doing=f"reading {name}")
        self._proven(program.wait(timeout_seconds=self._stall_seconds), f"reading {name}")

    def _tell_stall(self, *, stalled: bool, doing: str) -> None:
        if stalled:
            raise OutsideError(
                f"{self._location.site}'s repository: {doing} made no progress for {self._stall_seconds:g} s",
                hint="look at the repository server and the link to it, then run the command again",
            )

    def _drop_stale_locks(self) -> None:
        """Once per driver: `restic unlock` removes only locks whose holder is dead or silent for half an hour."""
        if not self._unlocked:
            self._proven(self._run(("unlock", "--quiet")), "unlocking")
            self._unlocked = True

    def _argv(self, command: Sequence[str]) -> list[str]:
        return ["restic", *self._location.arguments(), *command]

    def _run(self, command: Sequence[str], *, timeout_seconds: float = _COMMAND_SECONDS) -> Completed:
        environment: Mapping[str, str] = self._location.environment()
        return self._commands.run(
            self._argv(command), timeout_seconds=timeout_seconds, environment=environment, check=False
        )

    def _proven(self, done: Completed, doing: str) -> Completed:
        if done.exit_code != 0:
            raise repository_failure(
                done.stderr or done.stdout, site=self._location.site, doing=doing, secrets=self._location.secrets()
            )
        return done


def _object(output: Mapping[str, Any]) -> StoredObject:
    """One of restic's snapshots; whatever a writer put in it becomes some value, for those who read to judge."""
    paths = output.get("paths") or [""]
    try:
        taken = datetime.fromisoformat(str(output.get("time"))).astimezone(UTC)
    except (ValueError, OverflowError):
        taken = datetime.min.replace(tzinfo=UTC)
    return StoredObject(
        snapshot=str(output.get("id")),
        name=unquote(str(paths[0]).lstrip("/")),
        tags=tuple(str(tag) for tag in output.get("tags") or ()),
        taken=taken,
    )


def _pieces(chunks: Iterator[bytes]) -> Iterator[memoryview]:
    for chunk in chunks:
        view = memoryview(chunk)
        for start in range(0, len(view), PIECE_BYTES):
            yield view[start : start + PIECE_BYTES]


def _hand_over(program: Running, piece: memoryview) -> bool:
    """Write one piece; False when restic has closed its input, and then its end says why."""
    try:
        program.stdin.write(piece)
        program.stdin.flush()
    except BrokenPipeError:
        return False
    return True


def _stored_id(output: str) -> str:
    """The snapshot id in the summary, the last line of JSON that `restic backup --json` prints."""
    for line in reversed(output.splitlines()):
        if line.startswith("{") and '"snapshot_id"' in line:
            return str(json.loads(line)["snapshot_id"])
    raise OutsideError("restic named no snapshot for what it stored", hint="is restic older than 0.14?")


def _file_of(name: str) -> str:
    """The file an object is kept as: restic 0.18 takes no folder in the name of what it reads from standard input."""
    return quote(name, safe="")


def _with_credentials(url: str, username: str, password: str) -> str:
    """The URL as restic takes it; a password may hold any character at all."""
    parts = urlsplit(url.removeprefix("rest:"))
    if parts.scheme not in {"http", "https"}:
        return url
    location = f"{quote(username, safe='')}:{quote(password, safe='')}@{parts.netloc}" if username else parts.netloc
    return "rest:" + urlunsplit((parts.scheme, location, parts.path or "/", "", ""))
