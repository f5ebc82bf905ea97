"""Probers without a network: what they see is what they were told."""

from dataclasses import dataclass, field
from datetime import datetime

from groundwork.drivers.probe.protocol import Prober, ProbeResult
from groundwork.model.service import DataAge, Probe, SshLogin


@dataclass(kw_only=True)
class FakeProber:
    """Sees the machines at `alive` addresses, reads their data's `data_from`, reaches the `reachable` addresses."""

    alive: set[str] = field(default_factory=set)
    reachable: set[str] = field(default_factory=set)
    data_from: dict[str, datetime] = field(default_factory=dict)

    def look(self, asked: Probe | DataAge, *, address: str, login: SshLogin) -> ProbeResult:
        """Ok when the machine at the address is alive, and knows its data's time if that is asked for."""
        del login
        if isinstance(asked, DataAge):
            moment = self.data_from.get(address) if address in self.alive else None
            return ProbeResult(ok=moment is not None, seen=f"data of {moment}", data_from=moment)
        ok = address in self.alive
        return ProbeResult(ok=ok, seen="alive" if ok else "no answer")

    def reaches(self, address: str, port: int) -> bool:
        """True for a reachable or alive address."""
        del port
        return address in self.reachable | self.alive


@dataclass(kw_only=True)
class FakeProberPlace:
    """Attaches one shared FakeProber anywhere and remembers where."""

    prober: FakeProber = field(default_factory=FakeProber)
    attached: dict[tuple[str, str], str] = field(default_factory=dict)

    def attach(self, *, site: str, network: str, gateways: tuple[str, ...], name: str) -> Prober:
        """The shared prober."""
        del gateways
        self.attached[site, name] = network
        return self.prober

    def detach(self, *, site: str, name: str) -> None:
        """Forget where it was."""
        self.attached.pop((site, name), None)

    def list_probers(self, *, site: str) -> tuple[str, ...]:
        """The names attached at the site."""
        return tuple(sorted(name for place, name in self.attached if place == site))
