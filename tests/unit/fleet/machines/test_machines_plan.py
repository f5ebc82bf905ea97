from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from fleet.machines.comparison import Comparison, compare_machines, hinder
from fleet.machines.model import Card, FoundMachine, WantedMachine, WantedTemplate
from fleet.machines.plan import plan_machines, plan_removal
from fleet.machines.wanted import Meant
from groundwork.change.plan import Plan
from groundwork.errors import RefusedError
from groundwork.shell.clock import SystemClock
from tests.builders.machine_values import MARK, UUID, WANTED, found, many_wanted


def _rows(wanted: Sequence[WantedMachine], *shown: FoundMachine, only: tuple[str, ...] = ()) -> tuple[Comparison, ...]:
    by_site: dict[str, list[FoundMachine]] = {machine.site: [] for machine in wanted}
    for one in shown:
        by_site[one.site].append(one)
    meant = Meant(machines=frozenset(only), sites=frozenset()) if only else None
    return compare_machines(wanted, by_site, meant)


def _plan(wanted: Sequence[WantedMachine], *shown: FoundMachine, only: tuple[str, ...] = ()) -> Plan:
    return plan_machines(city="taichung", rows=_rows(wanted, *shown, only=only))


def _told(plan: Plan) -> list[str]:
    return [step.describe() for _, _, _, step in plan.steps()]


CREATED = (
    "create web-01 at central: 2 vCPU, 4096 MiB, network central-dmz, folder digital, from template tmpl-debian-13"
)


def test_what_is_as_wanted_needs_no_plan() -> None:
    plan = _plan([WANTED], found())
    assert plan.empty
    assert plan.title == "machines of taichung"
    assert plan.locks == ()


def test_a_missing_machine_is_made_from_its_template_and_powered_on() -> None:
    plan = _plan([WANTED])
    assert _told(plan) == [CREATED, "power on web-01 at central"]
    assert plan.locks == ("site/central/machine/web-01",)
    assert plan.title == "machines of taichung: 1 to create, 1 to power"


def test_a_missing_machine_is_reported_who_it_is_and_gets_the_disk_it_is_to_have() -> None:
    reported = (("hostname", "web-01"), ("address", "10.10.30.11/24"))
    small = WantedTemplate(name="tmpl-debian-13", disk_gib=8)
    plan = _plan([replace(WANTED, template=small, guest_info=reported, powered_on=False)])
    assert _told(plan) == [CREATED, "grow the disk of web-01 at central: 8 → 40 GiB"]
    (_, _, _, step), _ = plan.steps()
    assert getattr(step, "guest_info", ()) == reported


@pytest.mark.parametrize("lacking", [{"template": None}, {"cards": ()}, {"folder": ""}], ids=str)
def test_a_machine_of_which_the_estate_does_not_say_enough_is_never_made(lacking: dict[str, object]) -> None:
    (row,) = _rows([replace(WANTED, **lacking)])  # type: ignore[arg-type]  # fields of WantedMachine
    assert row.state == "missing"
    assert "machines.csv names no" in row.hindrance
    assert plan_machines(city="taichung", rows=[row]).empty


def test_a_machine_that_no_clone_of_its_template_can_be_is_never_made() -> None:
    (row,) = _rows([replace(WANTED, controller="lsilogic")])
    assert (row.state, row.makeable) == ("missing", False)
    assert row.hindrance == "a clone keeps its template's disk controller, pvscsi; machines.csv says lsilogic"
    assert plan_machines(city="taichung", rows=[row]).empty
    (alike,) = _rows([replace(WANTED, controller="pvscsi")])
    assert not plan_machines(city="taichung", rows=[alike]).empty


def test_a_machine_for_which_the_vcenter_is_not_ready_is_left_out_and_the_rest_is_not() -> None:
    other = replace(WANTED, name="web-02", vcenter_name="web-02")
    rows = hinder(_rows([WANTED, other]), {"central": {"web-01": "no network named central-dmz"}})
    assert {track.name for _, _, track, _ in plan_machines(city="taichung", rows=rows).steps()} == {"web-02"}


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
    plan = _plan([WANTED], replace(found(), annotation="ask Ms. Lin first\ncityops: agency=a service=b tier=3"))
    ((_, _, _, step),) = plan.steps()
    assert getattr(step, "text", "") == f"ask Ms. Lin first\n{MARK}"
    undone = step.undo(None)
    assert undone is not None
    assert getattr(undone, "text", "") == "ask Ms. Lin first\ncityops: agency=a service=b tier=3"


def test_a_disk_grows_and_never_shrinks() -> None:
    larger, smaller = replace(found(), disks_bytes=(80 << 30,)), replace(found(), disks_bytes=((39 << 30) + 1,))
    assert _told(_plan([WANTED], replace(found(), disks_bytes=(30 << 30,)))) == [
        "grow the disk of web-01 at central: 30 → 40 GiB"
    ]
    (row,) = _rows([WANTED], larger)
    assert (row.differences, row.note) == (
        ("disk GiB: 80 → 40",),
        "a disk is never made smaller: correct disk_gib in machines.csv",
    )
    assert _plan([WANTED], larger).empty
    assert _plan([WANTED], smaller).empty  # 39 GiB and a bit are 40


def test_of_several_disks_none_is_chosen_to_grow() -> None:
    shown = replace(found(), disks_bytes=(10 << 30, 20 << 30))
    (row,) = _rows([WANTED], shown)
    assert row.note == "it has 2 disks: make the right one larger by hand"
    assert _plan([WANTED], shown).empty


def test_disks_that_need_it_are_consolidated() -> None:
    assert _told(_plan([WANTED], replace(found(), consolidation_needed=True))) == [
        "consolidate the disks of web-01 at central: a removed snapshot left files behind"
    ]


_AS_MADE: dict[str, Any] = {
    "firmware": "bios",
    "guest_type": "otherLinux64Guest",
    "controller": "pvscsi",
    "datastore": "vsan",
}


@pytest.mark.parametrize(
    ("wanted", "reported"),
    [
        ({"firmware": "efi"}, "firmware: bios → efi"),
        ({"guest_type": "debian12_64Guest"}, "guest type: otherLinux64Guest → debian12_64Guest"),
        ({"controller": "lsilogic"}, "controller: pvscsi → lsilogic"),
        ({"datastore": "Store/gold"}, "datastore: vsan → Store/gold"),
    ],
)
def test_what_a_machine_was_made_with_is_compared_and_changed_by_hand(wanted: dict[str, Any], reported: str) -> None:
    shown = replace(found(), firmware="bios", guest_type="otherLinux64Guest", datastores=("vsan",))
    (right,) = _rows([replace(WANTED, **_AS_MADE)], shown)
    assert (right.state, right.differences) == ("right", ())
    (row,) = _rows([replace(WANTED, **(_AS_MADE | wanted))], shown)
    assert (row.state, row.differences) == ("differs", (reported,))
    what = reported.partition(":")[0]
    assert row.note == f"its {what}: changed by hand at the vCenter, or in machines.csv"
    assert plan_machines(city="taichung", rows=[row]).empty


def test_a_datastore_is_known_by_its_path_and_every_disk_lies_on_it() -> None:
    wanted = replace(WANTED, datastore="Store/gold")
    assert _rows([wanted], replace(found(), datastores=("gold",)))[0].state == "right"
    assert _rows([wanted], replace(found(), datastores=()))[0].state == "right"  # without disks nothing shows it
    (row,) = _rows([wanted], replace(found(), datastores=("gold", "vsan")))
    assert row.differences == ("datastore: gold vsan → Store/gold",)


def test_what_is_not_wanted_in_particular_does_not_differ() -> None:
    adopted = replace(WANTED, uuid=UUID, folder="", mark="", cards=())
    shown = replace(
        found(adopted),
        folder="somewhere/else",
        annotation="Ms. Lin's",
        firmware="efi",
        guest_type="debian12_64Guest",
        datastores=("gold",),
        cards=(Card(network="VM Network"), Card(network="b")),
    )
    assert _plan([adopted], shown).empty
    assert _rows([adopted], shown)[0].state == "right"


def test_machines_nobody_wants_are_reported_and_never_touched() -> None:
    stray = replace(found(), name="stray", annotation="")
    template = replace(found(), name="tmpl", annotation="", template=True)
    rows = _rows([WANTED], found(), stray, template)
    assert [(row.name, row.state) for row in rows] == [("web-01", "right"), ("stray", "unwanted")]
    assert plan_machines(city="taichung", rows=rows).empty


def test_a_network_that_differs_is_reported_and_not_changed() -> None:
    shown = replace(found(), cards=(Card(network="central-office"),))
    (row,) = _rows([WANTED], shown)
    assert row.differences == ("network: central-office → central-dmz",)
    assert "by hand" in row.note
    assert _plan([WANTED], shown).empty


def test_a_second_card_that_is_wanted_and_not_there_is_reported() -> None:
    two = (*WANTED.cards, Card(network="central-backup"))
    (row,) = _rows([replace(WANTED, cards=two)], found())
    assert row.differences == ("network: central-dmz → central-dmz central-backup",)


def test_a_card_s_address_that_is_another_is_reported_where_it_is_to_stay() -> None:
    shown = replace(found(), cards=(Card(network="central-dmz", mac="00:50:56:00:00:01"),))
    kept = replace(WANTED, cards=(Card(network="central-dmz", mac="00:50:56:00:00:02"),))
    (row,) = _rows([kept], shown)
    assert row.differences == ("MAC: 00:50:56:00:00:01 → 00:50:56:00:00:02",)
    assert _plan([kept], shown).empty
    assert _rows([WANTED], shown)[0].state == "right"


def test_what_restores_and_drills_made_is_listed_as_that_and_can_be_removed() -> None:
    restored = replace(found(), name="copy", annotation="cityops: restored from central/web-01@2026-01-01 (run r1)")
    left = replace(found(), name="drill-1a-web-01", annotation="cityops: drill r2")
    rows = _rows([WANTED], found(), restored, left)
    assert [row.state for row in rows] == ["right", "restored", "drill"]
    plan = plan_removal(city="taichung", rows=rows, names=["copy", "central/drill-1a-web-01", "copy"])
    assert plan.locks == ("site/central/machine/copy", "site/central/machine/drill-1a-web-01", "site/central/drill")
    assert _told(plan) == [
        "remove copy at central, disks included (restored from central/web-01@2026-01-01 (run r1))",
        "remove drill-1a-web-01 at central, disks included (drill r2)",
    ]


@pytest.mark.parametrize(
    ("name", "why"),
    [("web-01", "stands for a machine of the estate"), ("stray", "not ours to remove"), ("copy", "no vCenter shows")],
)
def test_nothing_else_is_removed(name: str, why: str) -> None:
    rows = _rows([WANTED], found(), replace(found(), name="stray", annotation="cityops: restored by Ms. Lin"))
    with pytest.raises(RefusedError, match=why):
        plan_removal(city="taichung", rows=rows, names=[name])


def test_a_machine_restored_under_its_own_name_is_the_estate_s_again_and_not_removed() -> None:
    back = replace(found(), annotation="cityops: restored from central/web-01@2026-01-01 (run r1)")
    rows = _rows([WANTED], back)
    assert _told(plan_machines(city="taichung", rows=rows)) == [f"mark web-01 at central: {MARK}"]
    with pytest.raises(RefusedError, match="stands for a machine"):
        plan_removal(city="taichung", rows=rows, names=["web-01"])


def test_only_limits_the_plan_to_the_machines_that_are_meant() -> None:
    others = (
        replace(WANTED, name="tax-01", vcenter_name="tax-01", agency="tax", folder="tax"),
        replace(WANTED, name="far-01", vcenter_name="far-01", site="nchc"),
    )
    wanted = (WANTED, *others)

    def names(only: tuple[str, ...]) -> set[str]:
        return {track.name for _, _, track, _ in _plan(wanted, only=only).steps()}

    assert names(("web-01",)) == {"web-01"}
    assert names(("far-01", "tax-01")) == {"far-01", "tax-01"}


def test_a_canary_of_one_agency_at_one_site_goes_first_and_batches_grow() -> None:
    plan = _plan(many_wanted(336))
    sizes = [(wave.name, sum(len(share.tracks) for share in wave.shares)) for wave in plan.waves]
    assert sizes == [("canary", 5), ("batch 1", 25), ("batch 2", 125), ("batch 3", 181)]
    assert {share.lanes for wave in plan.waves for share in wave.shares} == {4}
    (canary,) = plan.waves[0].shares
    firsts = {machine.name: machine for machine in many_wanted(336)}
    assert {firsts[track.name].agency for track in canary.tracks} == {"agency-03"}
    tiers = [firsts[track.name].tier for track in canary.tracks]
    assert tiers == sorted(tiers, reverse=True)
    assert plan.failure_budget == 3
    assert [wave.failure_budget for wave in plan.waves] == [0, 0, 1, 1]


def test_no_failure_of_a_canary_is_borne() -> None:
    plan = _plan([replace(WANTED, tier=4), *many_wanted(400)])
    assert plan.waves[0].failure_budget == 0


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
    plan = plan_machines(city="taichung", rows=rows)
    assert {share.site for wave in plan.waves for share in wave.shares} == {"central"}
