"""Whether a drill's bubble is isolated: shown before anything is powered on, watched all the while, read at the end."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import assert_never, cast

from pydantic import TypeAdapter

from dr_drills.bubble import (
    CONTROL,
    AttachProber,
    Bubble,
    BubbleStep,
    CreateBubble,
    DetachProber,
    EndWatch,
    ProveIsolation,
    RemoveBubble,
    TakeGateways,
)
from dr_drills.evidence import IsolationSeen, WatchSeen
from dr_drills.guard import Guard
from dr_drills.tools import DrillTools
from groundwork.change.step import Json
from groundwork.drivers.probe.protocol import Beat, Heard, LinkProbes, Sighting
from groundwork.drivers.vcenter.protocol import SeenMachine, SeenNetwork, VCenter
from groundwork.errors import OpsError, OutsideError, VerificationError

_ISOLATION = TypeAdapter(IsolationSeen)
_WATCH = TypeAdapter(WatchSeen)
MOST_SILENCE_SECONDS = 5.0  # a watch that was silent, or deaf, for longer did not watch
_LATE_SECONDS = 15.0  # its signs of life may come this late: then it is unknown whether there is a leak
_PROBES = ("arp", "nd", "echo")
_TRIES = 3  # a frame may be lost
_CONFIGURATION_SECONDS = 2.5
_FIRST_BEAT_SECONDS = 20.0
_PAUSE_SECONDS = 0.3
_SHOWN = 5  # strangers that a message names


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Who is in the bubble: the MACs that are the drill's, the machines' names, and what is not as it must be."""

    macs: frozenset[str]
    names: tuple[str, ...]
    wrong: tuple[str, ...]
    unseen: int


def perform_in_bubble(tools: DrillTools, step: BubbleStep) -> Json:
    """Carry out a step that makes, proves or ends the bubble; what its record keeps."""
    result: object = None
    match step:
        case CreateBubble():
            tools.vcenter.create_network(step.network)
        case RemoveBubble():
            tools.vcenter.remove_network(step.network)
        case AttachProber():
            attach(tools, step)
        case DetachProber():
            detach(tools, step.bubble)
        case ProveIsolation():
            result = _ISOLATION.dump_python(prove(tools, step), mode="json")
        case TakeGateways():
            prober, mac = step.bubble.prober, step.bubble.prober_mac
            tools.prober.hold(prober, mac=mac, addresses=step.gateways, forward=True)
        case EndWatch():
            result = _WATCH.dump_python(read_watch(tools, step), mode="json")
        case _:
            assert_never(step)
    return cast("Json", result)


def attach(tools: DrillTools, step: AttachProber) -> None:
    """Add the two adapters disconnected, move each into its namespace, then connect it; then have somebody listen."""
    bubble = step.bubble
    for name, mac in ((bubble.prober, bubble.prober_mac), (bubble.decoy, bubble.decoy_mac)):
        seen = tools.vcenter.read_machine(tools.prober_machine)
        there = {one.mac: one for one in seen.adapters} if seen else {}
        plugged = mac in there and there[mac].network == bubble.network and there[mac].connected
        if not plugged:
            tools.vcenter.add_adapter(tools.prober_machine, network=bubble.network, mac=mac, connected=False)
        if name == bubble.decoy:
            tools.prober.hold(name, mac=mac, addresses=(f"{CONTROL}/24",), decoy=True)
        else:
            tools.prober.hold(name, mac=mac)
        if not plugged:
            tools.vcenter.connect_adapter(tools.prober_machine, mac=mac, connected=True)
    tools.prober.listen(bubble.prober, control=CONTROL, targets=step.production_gateways)
    deadline = tools.clock.monotonic() + _FIRST_BEAT_SECONDS
    while not tools.prober.heard(bubble.prober).beats:
        if tools.clock.monotonic() > deadline:
            raise OutsideError(
                f"the prober's listener in {bubble.network} gave no sign of life for {_FIRST_BEAT_SECONDS:.0f} s",
                hint=f"see `systemctl status cityops-listen-{bubble.prober}` on the prober host",
            )
        tools.clock.sleep(_PAUSE_SECONDS)


def detach(tools: DrillTools, bubble: Bubble) -> None:
    """Take the adapters away, then the namespaces: an adapter never comes back to the host itself."""
    for mac in (bubble.prober_mac, bubble.decoy_mac):
        tools.vcenter.remove_adapter(tools.prober_machine, mac=mac)
    for name in (bubble.prober, bubble.decoy):
        tools.prober.release(name)


def prove(tools: DrillTools, step: ProveIsolation) -> IsolationSeen:
    """Read the configuration, sweep, listen. Raises VerificationError for a leak, and where a sweep proves nothing."""
    members = read_members(tools.vcenter, step.bubble, tools.prober_machine)
    _refuse(members.wrong, step.bubble)
    neighbours = [one for one in tools.prober.sweep("", LinkProbes(arp=step.neighbours)) if one.probe == "arp"]
    if not neighbours:
        raise VerificationError(
            "the prober sees nothing of production on the host's own leg, so its seeing nothing inside proves nothing",
            hint="see that the prober host's network is up, and run the drill again",
        )
    controls = _sweep(tools, step, members)
    heard = tools.prober.heard(step.bubble.prober)
    _refuse((*_sentences(strangers(heard.sightings, members.macs)), *find_gaps(heard.beats)), step.bubble)
    return IsolationSeen(
        attached=members.names,
        looked_for=len(step.production),
        controls=(*controls, "listener"),
        neighbours=tuple(f"{one.words.partition(' ')[0]} ({one.mac})" for one in neighbours),
        unseen_machines=members.unseen,
    )


def guard(tools: DrillTools, bubble: Bubble) -> Guard:
    """What stops a step and powers the drill's machines off as soon as somebody else is heard, or nobody listens."""
    watch = _Watch(tools, bubble)
    return Guard(check=watch.check, react=watch.react)


def read_watch(tools: DrillTools, step: EndWatch) -> WatchSeen:
    """The whole watch, judged."""
    members = read_members(tools.vcenter, step.bubble, tools.prober_machine)
    heard = tools.prober.heard(step.bubble.prober)
    late = heard.age_seconds > _LATE_SECONDS
    return WatchSeen(
        began=heard.beats[0].at if heard.beats else None,
        ended=heard.beats[-1].at if heard.beats else None,
        beats=len(heard.beats),
        gaps=(*find_gaps(heard.beats), *(("it does not listen any more",) if late else ())),
        sightings=tuple(_sentences(strangers(heard.sightings, members.macs))),
        wrong=members.wrong,
    )


def read_members(vcenter: VCenter, bubble: Bubble, prober_machine: str) -> Members:
    """Who is attached to the bubble now, and what of it and of the network is not as it must be."""
    listed = vcenter.list_machines()
    machines = [one for one in listed if isinstance(one, SeenMachine)]
    inside = [one for one in machines if any(card.network == bubble.network for card in one.adapters)]
    beside = next((one.hypervisor for one in machines if one.name == prober_machine), "")
    wrong = [*_network_faults(vcenter.read_network(bubble.network), bubble)]
    for machine in inside:
        wrong += _machine_faults(machine, bubble, prober_machine, beside)
    drilled = [one for one in inside if one.name.startswith(bubble.machine_prefix)]
    macs = {card.mac.lower() for one in drilled for card in one.adapters}
    return Members(
        macs=frozenset(macs | {bubble.prober_mac, bubble.decoy_mac}),
        names=tuple(one.name for one in inside),
        wrong=tuple(wrong),
        unseen=len(listed) - len(machines),
    )


def strangers(sightings: Iterable[Sighting], ours: frozenset[str]) -> tuple[Sighting, ...]:
    """The sightings of whoever is not the drill's."""
    return tuple(one for one in sightings if one.mac.lower() not in ours)


def find_gaps(beats: Sequence[Beat]) -> tuple[str, ...]:
    """The times in which nobody listened, or the listener did not hear its control; a record without beats is one."""
    if not beats:
        return ("nothing was recorded",)
    gaps = []
    controlled = beats[0]
    for before, after in pairwise(beats):
        if not 0 <= after.steady_seconds - before.steady_seconds <= MOST_SILENCE_SECONDS:
            gaps.append(f"no watch from {before.at:%H:%M:%S} to {after.at:%H:%M:%S} UTC")
    for beat in beats:
        if beat.control:
            controlled = beat
        elif beat.steady_seconds - controlled.steady_seconds > MOST_SILENCE_SECONDS:
            gaps.append(f"the watch did not hear the decoy from {controlled.at:%H:%M:%S} to {beat.at:%H:%M:%S} UTC")
            controlled = beat
    return tuple(gaps)


class _Watch:
    """The guard of one step; it reads the configuration again every few seconds, and when it hears a new MAC."""

    def __init__(self, tools: DrillTools, bubble: Bubble) -> None:
        self._tools = tools
        self._bubble = bubble
        self._members: Members | None = None
        self._read_at = 0.0

    def check(self) -> str | None:
        """What is wrong, or None."""
        heard = self._tools.prober.heard(self._bubble.prober)
        members = self._current(heard)
        wrong = (*members.wrong, *_sentences(strangers(heard.sightings, members.macs)), *find_gaps(heard.beats))
        if heard.age_seconds > _LATE_SECONDS:
            wrong = (*wrong, f"the watch has said nothing for {heard.age_seconds:.0f} s")
        return f"the bubble {self._bubble.network} is not isolated: {'; '.join(wrong)}" if wrong else None

    def react(self) -> None:
        """Power the drill's machines off, at once; one that cannot be holds none of the others up."""
        with self._tools.open_vcenter() as vcenter:
            for machine in vcenter.list_machines():
                if machine.name.startswith(self._bubble.machine_prefix):
                    with suppress(OpsError):  # the clean-up destroys it, or says why not
                        vcenter.cut_power(machine.name)

    def _current(self, heard: Heard) -> Members:
        now = self._tools.clock.monotonic()
        known = self._members
        if known is None or now - self._read_at > _CONFIGURATION_SECONDS or strangers(heard.sightings, known.macs):
            with self._tools.open_vcenter() as vcenter:
                known = self._members = read_members(vcenter, self._bubble, self._tools.prober_machine)
            self._read_at = now
        return known


def _sweep(tools: DrillTools, step: ProveIsolation, members: Members) -> tuple[str, ...]:
    """The probes that saw the decoy, which are all of them; raises VerificationError for a stranger, and for less."""
    bubble, seen = step.bubble, set[str]()
    probes = LinkProbes(arp=(CONTROL, *step.production), nd=(bubble.decoy_link_local,), echo=True)
    for _ in range(_TRIES):
        sightings = tools.prober.sweep(bubble.prober, probes)
        _refuse(tuple(_sentences(strangers(sightings, members.macs))), bubble)
        seen |= {one.probe for one in sightings if one.mac.lower() == bubble.decoy_mac}
        if seen.issuperset(_PROBES):
            return _PROBES
    raise VerificationError(
        f"the decoy in {bubble.network} was not seen by every probe ({', '.join(sorted(set(_PROBES) - seen))}), "
        "so that nobody else was seen proves nothing",
        hint="nothing was powered on; see that the prober's two adapters are connected, and run the drill again",
    )


def _refuse(wrong: tuple[str, ...], bubble: Bubble) -> None:
    if wrong:
        raise VerificationError(
            f"the bubble {bubble.network} is not isolated: {'; '.join(wrong)}",
            hint="nothing was powered on; find out who that is, and by which way it gets in",
        )


def _network_faults(seen: SeenNetwork | None, bubble: Bubble) -> Iterator[str]:
    if seen is None:
        yield f"there is no port group {bubble.network}"
        return
    if seen.uplinks:
        yield f"the port group {bubble.network} has an uplink ({', '.join(seen.uplinks)})"
    accepted = {
        "promiscuous mode": seen.promiscuous,
        "MAC changes": seen.mac_changes,
        "forged transmits": seen.forged_transmits,
    }
    if any(accepted.values()):
        yield f"the port group {bubble.network} accepts {', '.join(what for what, yes in accepted.items() if yes)}"


def _machine_faults(machine: SeenMachine, bubble: Bubble, prober_machine: str, beside: str) -> Iterator[str]:
    inside = {card.mac.lower() for card in machine.adapters if card.network == bubble.network}
    outside = sorted({card.network for card in machine.adapters} - {bubble.network})
    if machine.name == prober_machine:
        if not inside <= {bubble.prober_mac, bubble.decoy_mac}:
            yield f"the prober {machine.name} has an adapter in it that is not the drill's"
    elif not machine.name.startswith(bubble.machine_prefix):
        yield f"{machine.name}, which is no machine of this drill, is attached to it"
    elif outside:
        yield f"{machine.name} is also attached to {', '.join(outside)}"
    if machine.hypervisor != beside:
        where = machine.hypervisor or "an unknown hypervisor"
        yield f"{machine.name} lies on {where}, not beside the prober ({beside})"


def _sentences(seen: Sequence[Sighting]) -> Iterator[str]:
    firsts = {one.mac: one for one in reversed(seen)}
    shown = sorted(firsts.values(), key=lambda one: (one.at is None, one.at, one.mac))
    for one in shown[:_SHOWN]:
        yield f"{one.mac} was heard{f' at {one.at:%H:%M:%S} UTC' if one.at else ''}: {one.words}"
    if len(shown) > _SHOWN:
        yield f"{len(shown) - _SHOWN} more"
