"""Prober hosts without a network: what they see is what they were given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from groundwork.drivers.probe.protocol import Beat, Heard, LinkProbes, Prober, ProbeResult, Sighting
from groundwork.model.service import DataAge, Probe, SshLogin

_BEGAN = datetime(2026, 11, 21, 10, tzinfo=UTC)


@dataclass(kw_only=True)
class FakeProber:
    """Sees the machines at `alive` addresses, and reads their data's `data_from`."""

    alive: set[str] = field(default_factory=set)
    data_from: dict[str, datetime] = field(default_factory=dict)

    def probe(self, asked: Probe | DataAge, *, address: str, login: SshLogin) -> ProbeResult:
        """Ok when the machine at the address is alive, and knows its data's time if that is asked for."""
        del login
        if isinstance(asked, DataAge):
            moment = self.data_from.get(address) if address in self.alive else None
            return ProbeResult(ok=moment is not None, seen=f"data of {moment}", data_from=moment)
        ok = address in self.alive
        return ProbeResult(ok=ok, seen="alive" if ok else "no answer")


@dataclass(kw_only=True)
class FakeProberHost:
    """Holds namespaces by remembering; a decoy is seen by every probe but those in `blind`.

    `strangers` are seen on every link; `production` is seen on the host's own; `on_hold` is called with each name held.
    A listener's beats are a second apart, but for those in `lost_beats`.
    """

    inside: FakeProber = field(default_factory=FakeProber)
    strangers: list[Sighting] = field(default_factory=list)
    production: tuple[Sighting, ...] = (Sighting(mac="02:00:00:00:00:01", probe="arp", words="10.3.0.1 is here"),)
    blind: set[str] = field(default_factory=set)
    lost_beats: set[int] = field(default_factory=set)
    beats: int = 4
    held: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    listening: set[str] = field(default_factory=set)
    on_call: Callable[[str, str], None] = lambda _call, _name: None
    _decoys: dict[str, str] = field(default_factory=dict)

    def hold(
        self, name: str, *, mac: str, addresses: tuple[str, ...] = (), forward: bool = False, decoy: bool = False
    ) -> None:
        """Have the host's adapter with that MAC in the namespace, with the addresses (``10.0.0.1/24``)."""
        del forward
        self.on_call("hold", name)
        self.held[name], self.addresses[name] = mac, addresses
        if decoy:
            self._decoys[name] = mac

    def release(self, name: str) -> None:
        """End all that runs in the namespace, and remove it with its record; nothing to do when there is none."""
        for kept in (self.held, self.addresses, self._decoys):
            kept.pop(name, None)
        self.listening.discard(name)

    def list_held(self) -> tuple[str, ...]:
        """The namespaces there are, in order."""
        return tuple(sorted(self.held))

    def sweep(self, name: str, probes: LinkProbes) -> tuple[Sighting, ...]:
        """Who answers on the namespace's link, or is heard meanwhile; with an empty name, on the host's own."""
        del probes
        self.on_call("sweep", name)
        return (*self._controls(), *self.strangers) if name else self.production

    def listen(self, name: str, *, control: str, targets: tuple[str, ...]) -> None:
        """Have all that is heard recorded from now on; each second `control` and `targets` are asked for by ARP."""
        del control, targets
        self.listening.add(name)

    def heard(self, name: str) -> Heard:
        """What was recorded in the namespace so far."""
        self.on_call("heard", name)
        if name not in self.listening:
            return Heard(sightings=(), beats=(), age_seconds=60.0)
        beats = tuple(
            Beat(
                at=_BEGAN + timedelta(seconds=second),
                steady_seconds=float(second),
                control="listener" not in self.blind,
            )
            for second in range(self.beats)
            if second not in self.lost_beats
        )
        return Heard(sightings=(*self._controls(), *self.strangers), beats=beats, age_seconds=0.5)

    def prober(self, name: str) -> Prober:
        """Probes services from inside the namespace."""
        del name
        return self.inside

    def _controls(self) -> tuple[Sighting, ...]:
        return tuple(
            Sighting(mac=mac, probe=probe, words="the decoy", at=_BEGAN)
            for mac in self._decoys.values()
            for probe in ("arp", "nd", "echo")
            if probe not in self.blind
        )
