"""Probers without a network: what they see is what they were told."""

from dataclasses import dataclass, field
from datetime import datetime

from groundwork.drivers.probe.protocol import Prober, ProbeResult
from groundwork.model.service import Probe


@dataclass(kw_only=True)
class FakeProber:
    """Sees the machines at `alive` addresses, reads their `canaries`, reaches the `reachable` addresses."""

    alive: set[str] = field(default_factory=set)
    reachable: set[str] = field(default_factory=set)
    canaries: dict[str, datetime] = field(default_factory=dict)

    def look(self, probe: Probe, *, address: str) -> ProbeResult:
        """Ok when the machine at the address is alive."""
        ok = address in self.alive
        canary = self.canaries.get(address) if ok and probe.kind == "canary" else None
        return ProbeResult(ok=ok, seen="alive" if ok else "no answer", canary=canary)

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
