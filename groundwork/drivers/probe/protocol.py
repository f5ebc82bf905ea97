"""What cityops needs of a prober: a place in the network from which services are looked at."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from socket import socket
from typing import Protocol

from groundwork.model.service import DataAge, Probe, SshLogin
from groundwork.shell.command import Completed


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What one look showed; `seen` is a short extract for the record, `data_from` the time (UTC) of the newest data."""

    ok: bool
    seen: str
    data_from: datetime | None = None


class Reach(Protocol):
    """How machines are reached from one place in the network."""

    def dial(self, address: str, port: int) -> AbstractContextManager[socket]:
        """A TCP connection. Raises OSError, or OutsideError when the place itself cannot be used."""

    def run(self, address: str, login: SshLogin, command: str) -> Completed:
        """Run the command there over SSH. Raises OutsideError when it does not end in time."""


class Prober(Protocol):
    """Looks from one place; a failed look is a result, not an error."""

    def look(self, asked: Probe | DataAge, *, address: str, login: SshLogin) -> ProbeResult:
        """One look at the machine at `address`, entered over SSH as `login` says where it must be entered."""

    def reaches(self, address: str, port: int) -> bool:
        """True when a TCP connection to the address and port opens, or is refused by the far side, within 2 s."""


class ProberPlace(Protocol):
    """Puts probers into networks."""

    def attach(self, *, site: str, network: str, gateways: tuple[str, ...], name: str) -> Prober:
        """A prober named `name` whose only leg is in the site's `network`.

        It bears the `gateways`' addresses (``10.0.0.1/24``), so that machines of several networks find each other in a
        bubble as they do in production. One of that name that exists already is used again.
        """

    def detach(self, *, site: str, name: str) -> None:
        """Remove the prober; nothing to do when there is none."""

    def list_probers(self, *, site: str) -> tuple[str, ...]:
        """The names of the probers that stand at the site."""
