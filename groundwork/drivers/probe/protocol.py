"""What cityops needs of a prober: probes of services, and of who else is on a link, from a namespace on its host."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from socket import socket
from typing import Protocol

from groundwork.model.service import DataAge, Probe, SshLogin
from groundwork.shell.command import Completed


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What a probe showed; `seen` is a short extract for the record, `data_from` the time (UTC) of the newest data."""

    ok: bool
    seen: str
    data_from: datetime | None = None


class Reach(Protocol):
    """How machines are reached from one location in the network."""

    def dial(self, address: str, port: int) -> AbstractContextManager[socket]:
        """A TCP connection. Raises OSError, or OutsideError when the location itself cannot be used."""

    def run(self, address: str, login: SshLogin, command: str) -> Completed:
        """Run the command there over SSH. Raises OutsideError when it does not end in time."""


class Prober(Protocol):
    """Probes from one location; a failed probe is a result, not an error."""

    def probe(self, asked: Probe | DataAge, *, address: str, login: SshLogin) -> ProbeResult:
        """One probe of the machine at `address`, entered over SSH as `login` says where it must be entered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Somebody else on a link: the MAC, the probe that it answered (arp, nd, echo) or ``heard``, and what it said."""

    mac: str
    probe: str
    words: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A sign of life of a listener: when, on a clock that never goes back, and whether it heard its control since."""

    at: datetime
    steady_seconds: float
    control: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a listener recorded so far; `age_seconds` is how long ago the last of it came here."""

    sightings: tuple[Sighting, ...]
    beats: tuple[Beat, ...]
    age_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkProbes:
    """Harmless probes of one link: ARP probes for `arp`, solicitations for `nd`, and an echo to all IPv6 neighbours."""

    arp: tuple[str, ...]
    nd: tuple[str, ...] = ()
    echo: bool = False
    seconds: float = 2.0


class ProberHost(Protocol):
    """One prober host: what runs there, in namespaces by name. Errors are OutsideError; each call is safe to repeat."""

    def hold(
        self, name: str, *, mac: str, addresses: tuple[str, ...] = (), forward: bool = False, decoy: bool = False
    ) -> None:
        """Have the host's adapter with that MAC in the namespace, with the addresses (``10.0.0.1/24``).

        It says nothing by itself unless it is a decoy; with `forward` it carries packets between its networks.
        """

    def release(self, name: str) -> None:
        """End all that runs in the namespace, and remove it with its record; nothing to do when there is none."""

    def list_held(self) -> tuple[str, ...]:
        """The namespaces there are, in order."""

    def sweep(self, name: str, probes: LinkProbes) -> tuple[Sighting, ...]:
        """Who answers on the namespace's link, or is heard meanwhile; with an empty name, on the host's own."""

    def listen(self, name: str, *, control: str, targets: tuple[str, ...]) -> None:
        """Have all that is heard recorded from now on; each second `control` and `targets` are asked for by ARP."""

    def heard(self, name: str) -> Heard:
        """What was recorded in the namespace so far."""

    def prober(self, name: str) -> Prober:
        """Probes services from inside the namespace."""
