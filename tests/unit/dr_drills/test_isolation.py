"""Whether a bubble is isolated: each thing that may be wrong is reported; unreported, the drill would go on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from dr_drills.apply import DrillPerformer
from dr_drills.bubble import AttachProber, Bubble, EndWatch, ProveIsolation
from dr_drills.guard import GuardTrippedError
from dr_drills.isolation import MOST_SILENCE_SECONDS, attach, detach, find_gaps, guard, prove, read_watch
from dr_drills.model import StartMachine
from dr_drills.tools import DrillTools
from groundwork.change.step import Attempt
from groundwork.drivers.probe.fake import FakeProberHost
from groundwork.drivers.probe.protocol import Beat, Sighting
from groundwork.drivers.vcenter.fake import FakeVCenter
from groundwork.drivers.vcenter.protocol import NewMachine, SeenMachine, SeenNetwork, UnseenMachine, VCenter
from groundwork.errors import OutsideError, VerificationError
from groundwork.model.restore_point import MachineShape
from groundwork.shell.clock import SystemClock

BUBBLE = Bubble(network="drill-0a1b", prober="p0a1b")
PROVE = ProveIsolation(site="gamma", bubble=BUBBLE, production=("10.3.0.1", "10.3.0.10"), neighbours=("10.3.0.10",))
END = EndWatch(site="gamma", bubble=BUBBLE)
STRANGER = Sighting(mac="02:00:00:00:00:66", probe="heard", words="ARP: 10.3.0.5 asks for 10.3.0.1")
BEGAN = datetime(2026, 11, 21, 10, tzinfo=UTC)


class Stage:
    """A prober in a bubble with one machine of the drill, all as it must be."""

    def __init__(self) -> None:
        self.vcenter = FakeVCenter(clock=SystemClock(), site="gamma")
        self.vcenter.put(seen("prober-01"))
        self.vcenter.create_network(BUBBLE.network)
        self.host = FakeProberHost()
        attach(self.tools, AttachProber(site="gamma", bubble=BUBBLE, production_gateways=("10.3.0.1",)))

    @property
    def tools(self) -> DrillTools:
        return DrillTools(
            vcenter=self.vcenter,
            open_vcenter=self._open,
            prober=self.host,
            prober_machine="prober-01",
            clock=SystemClock(),
            **cast("Any", dict.fromkeys(("repository", "site_loss", "read_estate", "signers"))),
        )

    @contextmanager
    def _open(self) -> Iterator[VCenter]:
        yield self.vcenter

    def make(self, name: str, *, hypervisor: str = "esx-1") -> str:
        """A machine in the bubble, on; its MAC."""
        shape = MachineShape(vcpus=1, memory_mib=64, network=BUBBLE.network, address="")
        self.vcenter.create(
            NewMachine(name=name, folder="f", shape=shape, mark="m", hypervisor=hypervisor), template=None
        )
        self.vcenter.set_power(name, on=True)
        made = self.vcenter.read_machine(name)
        assert made
        return made.adapters[0].mac


def seen(name: str) -> SeenMachine:
    return SeenMachine(
        name=name,
        moref="vm-9",
        instance_uuid=name,
        folder="",
        vcpus=1,
        memory_mib=512,
        powered_on=True,
        template=False,
        network="gamma-management",
        address="10.3.0.30",
        mark="",
        hypervisor="esx-1",
    )


@pytest.fixture
def stage() -> Stage:
    return Stage()


def add_uplink(stage: Stage) -> None:
    stage.vcenter.isolated[BUBBLE.network] = replace(isolated(), uplinks=("uplink1",))


def accept_forged(stage: Stage) -> None:
    stage.vcenter.isolated[BUBBLE.network] = replace(isolated(), forged_transmits=True, promiscuous=True)


def lose_network(stage: Stage) -> None:
    stage.vcenter.networks.discard(BUBBLE.network)


def attach_another(stage: Stage) -> None:
    stage.make("somebody-01")


def attach_prober_twice(stage: Stage) -> None:
    stage.vcenter.add_adapter("prober-01", network=BUBBLE.network, mac="00:50:56:00:00:99", connected=True)


def dual_home(stage: Stage) -> None:
    stage.make("drill-0a1b-web")
    stage.vcenter.networks.add("gamma-services")
    stage.vcenter.add_adapter("drill-0a1b-web", network="gamma-services", mac="00:50:56:00:00:98", connected=True)


def move_away(stage: Stage) -> None:
    stage.make("drill-0a1b-web", hypervisor="esx-2")


def let_in(stage: Stage) -> None:
    stage.host.strangers.append(STRANGER)


WRONG = {
    add_uplink: "has an uplink (uplink1)",
    accept_forged: "accepts promiscuous mode, forged transmits",
    lose_network: "there is no port group",
    attach_another: "somebody-01, which is no machine of this drill, is attached",
    attach_prober_twice: "the prober prober-01 has an adapter in it that is not the drill's",
    dual_home: "drill-0a1b-web is also attached to gamma-services",
    move_away: "drill-0a1b-web lies on esx-2, not beside the prober (esx-1)",
    let_in: "02:00:00:00:00:66 was heard: ARP: 10.3.0.5 asks for 10.3.0.1",
}


def isolated() -> SeenNetwork:
    return SeenNetwork(name=BUBBLE.network, uplinks=(), promiscuous=False, mac_changes=False, forged_transmits=False)


def test_an_adapter_is_connected_only_in_its_namespace(stage: Stage) -> None:
    order: list[str] = []
    fresh = FakeVCenter(clock=SystemClock(), site="gamma")
    fresh.put(seen("prober-01"))
    fresh.create_network(BUBBLE.network)
    stage.vcenter = fresh

    def note(call: str, name: str) -> None:
        made = fresh.read_machine("prober-01")
        assert made
        if call != "hold":
            return
        order.append(f"{call} {name}, connected: {sum(one.connected for one in made.adapters)}")

    stage.host.on_call = note
    attach(stage.tools, AttachProber(site="gamma", bubble=BUBBLE, production_gateways=()))
    assert order == ["hold p0a1b, connected: 0", "hold p0a1b-decoy, connected: 1"]


def test_an_attach_that_is_carried_out_again_interrupts_nothing(stage: Stage) -> None:
    calls = stage.vcenter.calls["add_adapter"], stage.vcenter.calls["connect_adapter"]
    attach(stage.tools, AttachProber(site="gamma", bubble=BUBBLE, production_gateways=()))
    assert (stage.vcenter.calls["add_adapter"], stage.vcenter.calls["connect_adapter"]) == calls


def test_nothing_goes_on_before_the_listener_was_heard(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dr_drills.isolation._FIRST_BEAT_SECONDS", 0.1)
    stage.host.beats = 0
    with pytest.raises(OutsideError, match="no sign of life"):
        attach(stage.tools, AttachProber(site="gamma", bubble=BUBBLE, production_gateways=()))


def test_detached_the_host_and_its_machine_are_as_before(stage: Stage) -> None:
    detach(stage.tools, BUBBLE)
    made = stage.vcenter.read_machine("prober-01")
    assert made
    assert made.adapters == ()
    assert stage.host.list_held() == ()


def test_isolation_is_shown_with_its_controls(stage: Stage) -> None:
    shown = prove(stage.tools, PROVE)
    assert shown.controls == ("arp", "nd", "echo", "listener")
    assert shown.neighbours == ("10.3.0.1 (02:00:00:00:00:01)",)
    assert (shown.attached, shown.looked_for) == (("prober-01",), 2)


@pytest.mark.parametrize(("change", "words"), WRONG.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_each_thing_that_is_wrong_fails_the_proof_trips_the_guard_and_spoils_the_watch(
    stage: Stage,
    change: Callable[[Stage], None],
    words: str,
) -> None:
    before = guard(stage.tools, BUBBLE)
    assert before.check() is None
    change(stage)
    with pytest.raises(VerificationError, match="is not isolated") as failure:
        prove(stage.tools, PROVE)
    assert words in failure.value.message
    assert words in str(guard(stage.tools, BUBBLE).check())
    assert not read_watch(stage.tools, END).clean


def test_somebody_who_answers_a_look_is_a_leak_though_the_listener_missed_him(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = stage.host.heard(BUBBLE.prober)
    monkeypatch.setattr(FakeProberHost, "heard", lambda _host, _name: heard)
    let_in(stage)
    with pytest.raises(VerificationError, match="02:00:00:00:00:66 was heard"):
        prove(stage.tools, PROVE)


@pytest.mark.parametrize("probe", ["arp", "nd", "echo"])
def test_a_probe_that_does_not_see_the_decoy_proves_nothing(stage: Stage, probe: str) -> None:
    stage.host.blind.add(probe)
    with pytest.raises(VerificationError, match=f"not seen by every probe .{probe}."):
        prove(stage.tools, PROVE)


def test_a_listener_that_does_not_hear_the_decoy_proves_nothing(stage: Stage) -> None:
    stage.host.blind.add("listener")
    stage.host.beats = 9
    with pytest.raises(VerificationError, match="did not hear the decoy from 10:00:00 to 10:00:06"):
        prove(stage.tools, PROVE)


def test_a_prober_that_sees_nothing_of_production_where_it_is_proves_nothing(stage: Stage) -> None:
    stage.host.production = ()
    with pytest.raises(VerificationError, match="sees nothing of production on the host's own leg"):
        prove(stage.tools, PROVE)


def test_a_drill_s_own_machines_may_speak(stage: Stage) -> None:
    watching = guard(stage.tools, BUBBLE)
    assert watching.check() is None
    mac = stage.make("drill-0a1b-web")
    stage.host.strangers.append(Sighting(mac=mac.upper(), probe="heard", words="IPv4 10.1.0.5 to 10.1.0.1"))
    assert watching.check() is None
    assert read_watch(stage.tools, END).clean


def test_the_reaction_cuts_the_power_of_every_machine_of_the_drill_and_no_other(stage: Stage) -> None:
    for name in ("drill-0a1b-web", "drill-0a1b-db", "drill-9999-web"):
        stage.make(name)
    guard(stage.tools, BUBBLE).react()
    on = {one.name for one in stage.vcenter.list_machines() if isinstance(one, SeenMachine) and one.powered_on}
    assert on == {"prober-01", "drill-9999-web"}


def test_a_machine_that_cannot_be_powered_off_leaves_none_of_the_others_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("drill-0a1b-db", "drill-0a1b-web"):
        stage.make(name)
    cut = FakeVCenter.cut_power

    def refuse_the_first(vcenter: FakeVCenter, name: str) -> None:
        if name == "drill-0a1b-db":
            raise OutsideError("it cannot be seen now", hint="look")
        cut(vcenter, name)

    monkeypatch.setattr(FakeVCenter, "cut_power", refuse_the_first)
    guard(stage.tools, BUBBLE).react()
    web = stage.vcenter.read_machine("drill-0a1b-web")
    assert web
    assert not web.powered_on


def test_a_gap_in_the_record_trips_the_guard_and_is_reported(stage: Stage) -> None:
    stage.host.beats, stage.host.lost_beats = 20, set(range(3, 12))
    assert "no watch from 10:00:02 to 10:00:12 UTC" in str(guard(stage.tools, BUBBLE).check())
    watch = read_watch(stage.tools, END)
    assert watch.gaps == ("no watch from 10:00:02 to 10:00:12 UTC",)
    assert (watch.began, watch.ended) == (BEGAN, BEGAN + timedelta(seconds=19))
    assert watch.beats == 20 - 9


def test_a_watch_that_nobody_began_is_a_gap(stage: Stage) -> None:
    stage.host.listening.clear()
    assert "nothing was recorded" in str(guard(stage.tools, BUBBLE).check())
    assert not read_watch(stage.tools, END).clean


def test_a_host_that_started_anew_is_a_gap() -> None:
    beats = [
        Beat(at=BEGAN + timedelta(seconds=n), steady_seconds=steady, control=True)
        for n, steady in enumerate((900.0, 2.0))
    ]
    assert find_gaps(beats) == ("no watch from 10:00:00 to 10:00:01 UTC",)


def test_beats_may_be_five_seconds_apart_or_of_one_moment_and_no_further() -> None:
    def seen_at(*seconds: float) -> list[Beat]:
        return [Beat(at=BEGAN, steady_seconds=second, control=True) for second in seconds]

    assert find_gaps(seen_at(0.0, 0.0, MOST_SILENCE_SECONDS)) == ()
    assert len(find_gaps(seen_at(0.0, MOST_SILENCE_SECONDS + 0.1))) == 1
    assert len(find_gaps(seen_at(1.0, 0.9))) == 1
    unheard = Beat(at=BEGAN, steady_seconds=MOST_SILENCE_SECONDS, control=False)
    assert find_gaps([*seen_at(0.0), unheard]) == ()
    later = replace(unheard, steady_seconds=MOST_SILENCE_SECONDS + 0.1)
    assert len(find_gaps([*seen_at(0.0), unheard, later])) == 1


def test_a_beat_that_is_late_by_little_is_no_gap() -> None:
    beats = [Beat(at=BEGAN, steady_seconds=second, control=True) for second in (0.0, 1.0, 5.9, 7.0)]
    assert find_gaps(beats) == ()


def test_a_machine_that_is_powered_on_in_the_moment_of_a_leak_is_off_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.make("drill-0a1b-web")
    stage.vcenter.cut_power("drill-0a1b-web")
    power = FakeVCenter.set_power

    def leak_meanwhile(vcenter: FakeVCenter, name: str, *, on: bool) -> None:
        let_in(stage)
        power(vcenter, name, on=on)

    monkeypatch.setattr(FakeVCenter, "set_power", leak_meanwhile)
    monkeypatch.setattr("dr_drills.isolation._Watch.react", lambda _watch: None)  # it came just before the power
    step = StartMachine(site="gamma", name="drill-0a1b-web", bubble=BUBBLE)
    with pytest.raises(GuardTrippedError, match="was heard"):
        DrillPerformer(stage.tools)(step, Attempt(run_id="r", say=lambda _line: None))
    made = stage.vcenter.read_machine("drill-0a1b-web")
    assert made
    assert not made.powered_on


def test_strangers_are_named_once_each_in_the_order_they_came_and_those_without_a_time_last(stage: Stage) -> None:
    moments = {"01": None, "02": 7, "03": 5, "04": None, "05": 7}
    for last, second in (*moments.items(), ("03", 9)):
        at = None if second is None else datetime(2026, 11, 21, 10, 0, second, tzinfo=UTC)
        stage.host.strangers.append(Sighting(mac=f"02:00:00:00:01:{last}", probe="heard", words=f"w{second}", at=at))
    assert read_watch(stage.tools, END).sightings == (
        "02:00:00:00:01:03 was heard at 10:00:05 UTC: w5",
        "02:00:00:00:01:02 was heard at 10:00:07 UTC: w7",
        "02:00:00:00:01:05 was heard at 10:00:07 UTC: w7",
        "02:00:00:00:01:01 was heard: wNone",
        "02:00:00:00:01:04 was heard: wNone",
    )
    stage.host.strangers.append(Sighting(mac="02:00:00:00:01:06", probe="heard", words="six"))
    assert read_watch(stage.tools, END).sightings[-2:] == ("02:00:00:00:01:04 was heard: wNone", "1 more")


def test_machines_that_cannot_be_seen_are_counted_and_nothing_is_said_of_them(stage: Stage) -> None:
    stage.vcenter.put_unseen(UnseenMachine(name="hidden-01", moref="vm-x", reason="it is orphaned"))
    assert prove(stage.tools, PROVE).unseen_machines == 1
