"""Machines reached from the network that this process is in."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from groundwork.model.service import SshLogin
from groundwork.shell.command import CommandRunner, Completed
from groundwork.shell.ssh import ssh_argv_unverified

_CONNECT_SECONDS = 4.0
_RUN_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectReach:
    """A Reach without a prober; `user` enters machines whose service names none."""

    commands: CommandRunner
    user: str
    key_file: Path

    @contextmanager
    def dial(self, address: str, port: int) -> Iterator[socket.socket]:
        """A TCP connection. Raises OSError, or OutsideError when the location itself cannot be used."""
        with socket.create_connection((address, port), timeout=_CONNECT_SECONDS) as connection:
            yield connection

    def run(self, address: str, login: SshLogin, command: str) -> Completed:
        """Run the command there over SSH. Raises OutsideError when it does not end in time."""
        argv = ssh_argv_unverified(address, user=login.user or self.user, port=login.port, key_file=self.key_file)
        return self.commands.run([*argv, command], timeout_seconds=_RUN_SECONDS, check=False)
