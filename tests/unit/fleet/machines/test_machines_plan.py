from collections.abc import Sequence
from dataclasses import replace

from fleet.machines.model import FoundMachine, WantedMachine
from fleet.machines.plan import compare_machines, plan_machines
from groundwork.change.plan import Plan
from groundwork.shell.clock import SystemClock
from tests.builders.machine_values import MARK, WANTED, found, many_wanted


def _plan(wanted: Sequence[WantedMachine], *shown: FoundMachine, only: tuple[str, ...] = ()) -> Plan:
    by_site: dict[str, list[FoundMachine]] = {machine.site: [] for machine in wanted}
    for one in shown:
        by_site[one.site].append(one)
    return plan_machines(city="taichung", wanted=wanted, found=by_site, only=only)


CREATED = (
    "create web-01 at central: 2 vCPU, 4096 MiB, network central-dmz, folder digital, with an empty disk of 40 GiB"
)


def _told(plan: Plan) -> list[str]:
    return [step.describe() for _, _, _, step in plan.steps()]


def test_what_is_as_wanted_needs_no_plan() -> None:
    plan = _plan([WANTED], found())
    assert plan.empty
    assert plan.title == "machines of taichung"
    assert plan.locks == ()


def test_a_missing_machine_is_created_and_powered_on() -> None:
    plan = _plan([WANTED])
    assert _told(plan) == [
        "create web-01 at central: 2 vCPU, 4096 MiB, network central-dmz, folder digital, with an empty disk of 40 GiB",
        "power on web-01 at central",
    ]
    assert plan.locks == ("site/central",)
    assert plan.title == "machines of taichung: 1 to create, 1 to power"


def test_a_missing_machine_that_boots_is_cloned_and_told_who_it_is() -> None:
    told = (("hostname", "web-01"), ("address", "10.10.30.11/24"))
    boots = replace(WANTED, boots=True, template="tmpl-lab-guest", guest_info=told, powered_on=False)
    plan = _plan([boots])
    assert _told(plan) == [
        "create web-01 at central: 2 vCPU, 4096 MiB, network central-dmz, folder digital, from template tmpl-lab-guest"
    ]
    ((_, _, _, step),) = plan.steps()
    assert getattr(step, "guest_info", ()) == told


def test_every_difference_is_mended_in_one_track_and_the_restart_is_said() -> None:
    crooked = replace(found(), folder="tax", vcpus=1, annotation="ask Ms. Lin first", powered_on=True)
    plan = _plan([WANTED], crooked)
    assert _told(plan) == [
        "move web-01 at central: folder tax → digital",
        f"mark web-01 at central: {MARK}",
        "resize web-01 at central: 1 → 2 vCPU (shut down and started again)",
    ]
    assert [track.name for _, _, track, _ in plan.steps()] == ["web-01"] * 3


def test_a_machine_found_off_is_resized_before_it_is_powered_on() -> None:
    plan = _plan([WANTED], replace(found(), powered_on=False, memory_mib=2048))
    assert _told(plan) == ["resize web-01 at central: 2048 → 4096 MiB", "power on web-01 at central"]


def test_a_machine_that_should_be_off_is_shut_down() -> None:
    assert _told(_plan([replace(WANTED, powered_on=False)], found())) == ["shut down web-01 at central"]


def test_the_mark_keeps_what_people_wrote_beside_it() -> None:
    plan = _plan([WANTED], replace(found(), annotation="ask Ms. Lin first\ncityops: agency=old"))
    ((_, _, _, step),) = plan.steps()
    assert getattr(step, "text", "") == f"ask Ms. Lin first\n{MARK}"
    undone = step.undo()
    assert undone is not None
    assert getattr(undone, "text", "") == "ask Ms. Lin first\ncityops: agency=old"


def test_machines_nobody_wants_are_told_and_never_touched() -> None:
    stray, template, clone = (replace(found(), name=name) for name in ("stray", "tmpl", "drill-1a2b3c4d-web-01"))
    shown = {"central": (found(), stray, replace(template, template=True), clone)}
    rows = compare_machines([WANTED], shown)
    assert [(row.name, row.state) for row in rows] == [("web-01", "right"), ("stray", "unwanted")]
    assert plan_machines(city="taichung", wanted=[WANTED], found=shown).empty


def test_a_name_that_two_machines_bear_is_told_and_never_touched() -> None:
    shown = {"central": (replace(found(), vcpus=1), replace(found(), folder="tax"))}
    (row,) = compare_machines([WANTED], shown)
    assert row.state == "ambiguous"
    assert plan_machines(city="taichung", wanted=[WANTED], found=shown).empty


def test_a_network_that_differs_is_told_and_not_changed() -> None:
    shown = replace(found(), network="central-office")
    (row,) = compare_machines([WANTED], {"central": (shown,)})
    assert row.differences == ("network: central-office → central-dmz",)
    assert _plan([WANTED], shown).empty


def test_only_limits_the_plan_to_machines_agencies_and_sites() -> None:
    others = (
        replace(WANTED, name="tax-01", agency="tax", folder="tax"),
        replace(WANTED, name="far-01", site="nchc"),
    )
    wanted = (WANTED, *others)

    def names(only: tuple[str, ...]) -> set[str]:
        return {track.name for _, _, track, _ in _plan(wanted, only=only).steps()}

    assert names(("web-01",)) == {"web-01"}
    assert names(("tax",)) == {"tax-01"}
    assert names(("nchc", "web-01")) == {"far-01", "web-01"}


def test_a_canary_of_one_agency_at_one_site_goes_first_and_batches_grow() -> None:
    plan = _plan(many_wanted(336))
    sizes = [(wave.name, sum(len(share.tracks) for share in wave.shares)) for wave in plan.waves]
    assert sizes == [("canary", 5), ("batch 1", 25), ("batch 2", 125), ("batch 3", 181)]
    (canary,) = plan.waves[0].shares
    firsts = {machine.name: machine for machine in many_wanted(336)}
    assert {firsts[track.name].agency for track in canary.tracks} == {"agency-03"}
    tiers = [firsts[track.name].tier for track in canary.tracks]
    assert tiers == sorted(tiers, reverse=True)
    assert plan.failure_budget == 3


def test_a_canary_that_fails_whole_is_never_borne() -> None:
    plan = _plan([replace(WANTED, tier=4), *many_wanted(400)])
    assert plan.failure_budget < sum(len(share.tracks) for share in plan.waves[0].shares)


def test_the_basis_moves_with_what_is_found_and_with_what_is_wanted() -> None:
    basis = _plan([WANTED], found()).basis
    assert basis == _plan([WANTED], found()).basis
    assert basis != _plan([WANTED], replace(found(), vcpus=1)).basis
    assert basis != _plan([replace(WANTED, vcpus=3)], found()).basis


def test_336_machines_are_planned_in_a_tenth_of_a_second() -> None:
    wanted = many_wanted(336)
    began = SystemClock().monotonic()
    assert len(_told(_plan(wanted))) == 672
    assert SystemClock().monotonic() - began < 0.5  # 0.02 s here; the figure allows for a busy machine


def test_a_machine_of_a_site_that_was_not_read_is_unseen_and_nothing_is_planned_for_it() -> None:
    there = replace(WANTED, name="web-02", site="nchc")
    rows = compare_machines([WANTED, there], {"central": ()})
    assert [(row.name, row.state) for row in rows] == [("web-01", "missing"), ("web-02", "unseen")]
    plan = plan_machines(city="taichung", wanted=[WANTED, there], found={"central": ()})
    assert {share.site for wave in plan.waves for share in wave.shares} == {"central"}
