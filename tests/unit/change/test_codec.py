import json
from dataclasses import replace

import pytest

from dr_drills.bubble import AttachProber, Bubble, ProveIsolation
from fleet.machines.steps import GrowDisk, ResizeMachine
from groundwork.change.basis import with_checks
from groundwork.change.codec import StepCodec, fingerprint
from groundwork.change.outcome import StepOutcome, TrackOutcome
from groundwork.change.plan import Share, Track, Unread, Wave
from groundwork.errors import ConfigurationError, RefusedError
from groundwork.model.window import Window
from groundwork.run.saved import read_step_outcome, read_tracks, save_tracks
from tests.builders.toy_steps import Erase, Write, plan, track, wave

CODEC = StepCodec(Write | Erase)


def test_a_plan_comes_back_from_json_as_it_was() -> None:
    wanted = plan(wave("first", track("a", "b", always=("c",))), wave("second", track("d")), failure_budget=2)
    assert CODEC.decode_plan(json.loads(json.dumps(CODEC.encode_plan(wanted)))) == wanted


def test_what_a_plan_could_not_see_comes_back_and_an_old_plan_saw_everything() -> None:
    down = Unread(source="nchc", message="no answer", hint="look", exit_code=5)
    saved = json.loads(json.dumps(CODEC.encode_plan(replace(plan(), unread=(down,)))))
    assert CODEC.decode_plan(saved).unread == (down,)
    del saved["unread"]
    assert CODEC.decode_plan(saved).unread == ()


def test_a_tracks_basis_and_a_plans_id_come_back_and_an_old_plan_has_none() -> None:
    bare = json.loads(json.dumps(CODEC.encode_plan(plan(wave("first", track("a"))))))
    assert "id" not in bare
    assert "basis" not in bare["waves"][0]["shares"][0]["tracks"][0]
    full = replace(plan(wave("first", replace(track("a"), basis="b" * 64))), id="p1")
    assert CODEC.decode_plan(json.loads(json.dumps(CODEC.encode_plan(full)))) == full
    assert CODEC.decode_plan(json.loads(json.dumps(CODEC.encode_plan(with_checks(full))))) == with_checks(full)


def test_a_plan_s_window_comes_back_and_an_old_plan_has_none() -> None:
    bare = json.loads(json.dumps(CODEC.encode_plan(plan(wave("first", track("a"))))))
    assert "window" not in bare
    assert CODEC.decode_plan(bare).window is None
    bound = replace(plan(wave("first", track("a"))), window=Window(zone="Asia/Taipei", times=("sat 22:00-04:00",)))
    saved = json.loads(json.dumps(CODEC.encode_plan(bound)))
    assert saved["window"] == {"zone": "Asia/Taipei", "times": ["sat 22:00-04:00"]}
    assert CODEC.decode_plan(saved) == with_checks(bound) == bound
    saved["window"]["times"] = ["always"]
    with pytest.raises(ConfigurationError, match="'always' is no part of a window"):
        CODEC.decode_plan(saved)


def test_a_step_of_an_unknown_kind_is_refused_with_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match=r"no step of kind 'toy.paint'") as caught:
        CODEC.decode_step({"kind": "toy.paint"})
    assert "plan again" in caught.value.hint


def test_a_step_of_a_kind_as_it_was_once_written_is_read() -> None:
    grow = GrowDisk(site="central", name="web-01", was_disk_gib=20, disk_gib=40)
    codec = StepCodec(GrowDisk | ResizeMachine)
    saved = codec.encode_step(grow)
    assert saved["kind"] == "machine.grow-disk"
    assert codec.decode_step({**saved, "kind": "machine.grow_disk"}) == grow
    with pytest.raises(ConfigurationError, match=r"of kind 'machine.grow-disk' \(it disagrees on: disk_gib\)"):
        codec.decode_step({**saved, "kind": "machine.grow_disk", "disk_gib": None})


def test_the_gateways_that_a_drill_watches_are_read_by_their_former_name() -> None:
    bubble = Bubble(network="drill-0a1b2c3d", prober="p0a1b")
    attach = AttachProber(site="gamma", bubble=bubble, production_gateways=("10.3.0.1",))
    codec = StepCodec(AttachProber | ProveIsolation)
    saved = codec.encode_step(attach)
    saved["looks"] = saved.pop("production_gateways")
    assert codec.decode_step(saved) == attach


def test_an_outcome_of_a_kind_as_it_was_once_written_is_read() -> None:
    ours = StepOutcome(kind="backup.take-snapshot", target="central/machine/a", started="", ended="")
    tracks = (TrackOutcome(name="a", site="central", steps=(ours,)),)
    older = json.loads(json.dumps(save_tracks(tracks)).replace("take-snapshot", "take_snapshot"))
    assert read_step_outcome(older[0]["steps"][0]) == ours
    assert read_tracks(older) == tracks


def test_a_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_a_step_of_another_shape_is_refused_with_its_fields() -> None:
    with pytest.raises(ConfigurationError, match=r"kind 'toy.write' \(it disagrees on: name\)"):
        CODEC.decode_step({"kind": "toy.write", "title": "of old"})


def test_a_plan_with_two_shares_of_one_site_in_a_wave_can_neither_be_made_nor_read() -> None:
    def doubled() -> Wave:
        return Wave(name="first", shares=(*wave("", track("a")).shares, *wave("", track("b")).shares))

    with pytest.raises(RefusedError, match="wave 'first' of the plan has several shares of here"):
        doubled()
    saved = json.loads(json.dumps(CODEC.encode_plan(plan(wave("first", track("a"))))))
    saved["waves"][0]["shares"] *= 2
    with pytest.raises(RefusedError, match="several shares of here"):
        CODEC.decode_plan(saved)


def test_lanes_caps_and_needs_come_back_and_a_plan_without_them_reads_as_it_always_did() -> None:
    first = track("a")
    second = Track(name="b", steps=(Write(name="b"),), needs=("a",), uses=("lease", "lease"), roll_back=True)
    share = Share(site="here", tracks=(first, second), caps=(("lease", 2),), lanes=3)
    saved = json.loads(json.dumps(CODEC.encode_share(share)))
    assert CODEC.decode_share(saved) == share
    plain = CODEC.encode_share(Share(site="here", tracks=(first,)))
    assert plain == {
        "site": "here",
        "tracks": [{"name": "a", "steps": [{"kind": "toy.write", "name": "a"}], "always": []}],
    }


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        ({"needs": ("z",)}, "has no track z, which 'b' needs"),
        ({"needs": ("b",)}, "wait for each other"),
        ({"needs": ("a",), "name": "a"}, "several tracks named a"),
        ({"uses": ("lease", "lease")}, "has 1 of lease, and 'b' uses 2"),
    ],
)
def test_a_share_that_could_never_be_carried_out_can_neither_be_made_nor_read(
    faulty: dict[str, object], said: str
) -> None:
    def made(**fields: object) -> Share:
        second = replace(track("b"), **fields)  # type: ignore[arg-type]  # each case names fields of Track
        return Share(site="here", tracks=(track("a"), second), caps=(("lease", 1),))

    with pytest.raises(RefusedError, match=said):
        made(**faulty)
    saved = json.loads(json.dumps(CODEC.encode_share(made())))
    saved["tracks"][1].update(faulty)
    with pytest.raises(RefusedError, match=said):
        CODEC.decode_share(saved)


def test_a_share_without_a_lane_is_refused() -> None:
    with pytest.raises(RefusedError, match="has 0 lanes"):
        Share(site="here", tracks=(), lanes=0)
