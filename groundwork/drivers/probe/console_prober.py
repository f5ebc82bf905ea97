"""The real prober: a console process started by a command that enters the prober's place in the network."""

import json
import sys
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from pydantic import TypeAdapter

from groundwork.drivers.probe.protocol import ProbeResult
from groundwork.errors import OutsideError
from groundwork.model.service import DataAge, Probe, SshLogin
from groundwork.shell.command import CommandRunner, Running

_ASKED: TypeAdapter[Probe | DataAge] = TypeAdapter(Probe | DataAge)
_LOGIN = TypeAdapter(SshLogin)
_RESULT = TypeAdapter(ProbeResult)
_ANSWER_SECONDS = 30.0


class ConsoleProber:
    """A Prober behind a console; `enter` is the command that enters its place, e.g. ``ip netns exec NAME``."""

    def __init__(self, commands: CommandRunner, *, enter: Sequence[str], ssh: tuple[str, str], checkout: str) -> None:
        """`ssh` is the user and the key file with which machines are entered."""
        self._commands = commands
        self._argv = [*enter, sys.executable, "-m", "groundwork.drivers.probe.console", *ssh, ""]
        self._environment = {"PYTHONPATH": checkout}
        self._open: AbstractContextManager[Running] | None = None
        self._console: Running | None = None

    def look(self, asked: Probe | DataAge, *, address: str, login: SshLogin) -> ProbeResult:
        """One look at the machine at `address`."""
        request = {
            "look": _ASKED.dump_python(asked, mode="json"),
            "address": address,
            "login": _LOGIN.dump_python(login),
        }
        return _RESULT.validate_python(self._ask(request))

    def reaches(self, address: str, port: int) -> bool:
        """True when the far side answers at all."""
        return bool(self._ask({"reach": address, "port": port}))

    def close(self) -> None:
        """End the console."""
        if self._open:
            self._open.__exit__(None, None, None)
        self._open = self._console = None

    def _ask(self, request: dict[str, Any]) -> Any:  # noqa: ANN401 - a JSON value, typed by the caller
        if not self._console:
            self._open = self._commands.start(self._argv, environment=self._environment)
            self._console = self._open.__enter__()
        watchdog = threading.Timer(_ANSWER_SECONDS, self._console.kill)
        watchdog.start()
        try:
            self._console.stdin.write(json.dumps(request).encode() + b"\n")
            self._console.stdin.flush()
            line = self._console.stdout.readline()
        except OSError:
            line = b""
        finally:
            watchdog.cancel()
        if not line:
            self.close()
            raise OutsideError("the prober's console ended without an answer", hint="is its place in the network up?")
        return json.loads(line)
