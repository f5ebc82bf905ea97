"""The real prober host: the program of role `prober`, over SSH; what runs in a namespace is in one systemd slice."""

import json
import shlex
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from groundwork.drivers.probe.protocol import Heard, LinkProbes, Prober, Sighting
from groundwork.drivers.probe.record import RecordReader, read_sighting
from groundwork.drivers.probe.service_probes import ServiceProbes
from groundwork.errors import OutsideError
from groundwork.model.service import SshLogin
from groundwork.shell.clock import Clock
from groundwork.shell.command import CommandRunner, Completed, Running
from groundwork.shell.ssh import ssh_argv_unverified
from groundwork.shell.stream import open_stream

PROGRAM = "/usr/local/sbin/prober"
_SECONDS = 60.0
_DIAL_SECONDS = 15.0
_RUN_SECONDS = 30.0
_NO_ADAPTER = 3  # the program's exit code: a hot-added adapter takes a moment to be there
_ADAPTER_SECONDS = 20.0
_PAUSE_SECONDS = 0.5
_FIRST_SECONDS = 15.0  # until a record that is followed has come as far as it was written


@dataclass(frozen=True, slots=True, kw_only=True)
class ProberAccess:
    """How a prober host is entered, its own address, and how machines behind it are: `user` where none is named."""

    ssh: tuple[str, ...]
    address: str
    user: str
    key_file: Path
    ca_file: Path | None = None


class RemoteProberHost:
    """A ProberHost over SSH."""

    def __init__(self, access: ProberAccess, *, commands: CommandRunner, clock: Clock) -> None:
        self._access = access
        self._commands = commands
        self._clock = clock
        self._followed: dict[str, _Following] = {}

    def hold(
        self, name: str, *, mac: str, addresses: tuple[str, ...] = (), forward: bool = False, decoy: bool = False
    ) -> None:
        """Have the host's adapter with that MAC in the namespace, with the addresses (``10.0.0.1/24``)."""
        words = [PROGRAM, "hold", name, mac, *(f"--address={one}" for one in addresses)]
        words += ["--forward"] * forward + ["--decoy"] * decoy
        deadline = self._clock.monotonic() + _ADAPTER_SECONDS
        while (done := self._call(words, check=False)).exit_code == _NO_ADAPTER and self._clock.monotonic() < deadline:
            self._clock.sleep(_PAUSE_SECONDS)
        self._need(done, f"hold the adapter {mac} in {name}")

    def release(self, name: str) -> None:
        """End all that runs in the namespace, and remove it with its record; nothing to do when there is none."""
        following = self._followed.pop(name, None)
        if following:
            following.close()
        self._call([PROGRAM, "release", name])

    def list_held(self) -> tuple[str, ...]:
        """The namespaces there are, in order."""
        return tuple(self._call([PROGRAM, "list"]).stdout.split())

    def sweep(self, name: str, probes: LinkProbes) -> tuple[Sighting, ...]:
        """Who answers on the namespace's link, or is heard meanwhile; with an empty name, on the host's own."""
        order = asdict(probes) | ({} if name else {"own": self._access.address})
        words = [*inside(name), PROGRAM, "sweep"] if name else [PROGRAM, "sweep"]
        done = self._call(words, stdin=json.dumps(order).encode())
        try:
            seen = json.loads(done.stdout)["sightings"]
            return tuple(read_sighting(one) for one in seen)
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise self._failed(
                f"sweep {name or 'its own link'}", f"not an answer of its: {done.stdout[:80]}"
            ) from error

    def listen(self, name: str, *, control: str, targets: tuple[str, ...]) -> None:
        """Have all that is heard recorded from now on; a listener that is there already goes on."""
        unit = f"cityops-listen-{name}.service"
        words = [*inside(name, unit=unit), PROGRAM, "listen", name, "--control", control]
        words += [f"--target={address}" for address in targets]
        self._call(["sh", "-c", f"systemctl -q is-active {unit} || exec {shlex.join(words)}"])

    def heard(self, name: str) -> Heard:
        """What was recorded there so far; followed from the first call on, and anew where the connection broke."""
        following = self._followed.get(name)
        deadline = self._clock.monotonic() + _FIRST_SECONDS
        while following is None or following.ended or not following.begun:
            if following is None or following.ended:
                following = self._follow(name)
            self._clock.sleep(_PAUSE_SECONDS / 5)
            if following.begun:
                break
            if self._clock.monotonic() > deadline:
                raise self._failed(f"show what was heard in {name}", "its record did not come")
        return following.heard()

    def _follow(self, name: str) -> "_Following":
        if name in self._followed:
            self._followed.pop(name).close()
            self._clock.sleep(_PAUSE_SECONDS)
        argv = self._argv([PROGRAM, "heard", name, "--follow"])
        self._followed[name] = _Following(self._commands.start(argv), self._clock)
        return self._followed[name]

    def prober(self, name: str) -> Prober:
        """Probes services from inside the namespace."""
        return ServiceProbes(_ReachInside(self, name), clock=self._clock, ca_file=self._access.ca_file)

    def close(self) -> None:
        """Follow no record any more."""
        for following in self._followed.values():
            following.close()
        self._followed.clear()

    def dial(self, name: str, address: str, port: int) -> AbstractContextManager[socket.socket]:
        """A TCP connection from inside the namespace."""
        argv = self._argv([*inside(name), PROGRAM, "stream", address, str(port), "--announce"])
        return open_stream(self._commands, argv, greeting=b"open", timeout_seconds=_DIAL_SECONDS)

    def run(self, name: str, address: str, login: SshLogin, command: str) -> Completed:
        """Run a command on a machine that is reached from inside the namespace."""
        argv = ssh_argv_unverified(
            address,
            user=login.user or self._access.user,
            port=login.port,
            key_file=self._access.key_file,
            proxy=self._argv([*inside(name), PROGRAM, "stream", address, str(login.port)]),
        )
        return self._commands.run([*argv, command], timeout_seconds=_RUN_SECONDS, check=False)

    def _argv(self, words: Sequence[str]) -> list[str]:
        return [*self._access.ssh, shlex.join(words)]

    def _call(self, words: Sequence[str], *, stdin: bytes = b"", check: bool = True) -> Completed:
        done = self._commands.run(self._argv(words), timeout_seconds=_SECONDS, stdin=stdin, check=False)
        if check:
            self._need(done, f"carry out `prober {words[words.index(PROGRAM) + 1] if PROGRAM in words else 'listen'}`")
        return done

    def _need(self, done: Completed, doing: str) -> None:
        if done.exit_code:
            raise self._failed(doing, done.stderr.strip() or f"it ended with {done.exit_code}")

    def _failed(self, doing: str, why: str) -> OutsideError:
        return OutsideError(
            f"the prober host {self._access.address} could not {doing}: {why}",
            hint="has `inv hosts.apply` made it a prober? then run again",
        )


def inside(name: str, *, unit: str = "") -> list[str]:
    """The beginning of a command that runs in the namespace and its slice; as a service of that name, or with pipes."""
    how = [f"--unit={unit}"] if unit else ["--pipe", "--wait"]
    where = [f"--slice={slice_of(name)}", f"--property=NetworkNamespacePath=/run/netns/{name}"]
    return ["systemd-run", "--quiet", "--collect", *how, *where, "--"]


def slice_of(name: str) -> str:
    """The control group of all that runs in a namespace, as the program on the host names it."""
    return f"cityops-{name.replace('-', '_')}.slice"


@dataclass(frozen=True, slots=True)
class _ReachInside:
    """A Reach from one namespace."""

    host: RemoteProberHost
    name: str

    @contextmanager
    def dial(self, address: str, port: int) -> Iterator[socket.socket]:
        """A TCP connection. Raises OSError, or OutsideError when the location itself cannot be used."""
        with self.host.dial(self.name, address, port) as connection:
            yield connection

    def run(self, address: str, login: SshLogin, command: str) -> Completed:
        """Run the command there over SSH. Raises OutsideError when it does not end in time."""
        return self.host.run(self.name, address, login, command)


class _Following:
    """A record on its way here, line by line."""

    def __init__(self, context: AbstractContextManager[Running], clock: Clock) -> None:
        self._context = context
        self._clock = clock
        self._running = context.__enter__()
        self._reader = RecordReader()
        self._last = clock.monotonic()
        self.begun = False
        self.ended = False
        self._lock = threading.Lock()
        threading.Thread(target=self._read, name="prober's record", daemon=True).start()

    def heard(self) -> Heard:
        """All that came so far."""
        with self._lock:
            return self._reader.heard(age_seconds=self._clock.monotonic() - self._last)

    def close(self) -> None:
        """End it."""
        self._context.__exit__(None, None, None)

    def _read(self) -> None:
        try:
            for line in self._running.stdout:
                with self._lock:
                    self._reader.add(line)
                    self._last = self._clock.monotonic()
                    self.begun = self.begun or not line.strip()  # an empty line: all that was there has come
        except (OSError, ValueError):  # closed under us
            pass
        self.ended = True
