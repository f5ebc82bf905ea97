"""Which machines a new lab's vCenters hold wrongly."""

from collections import Counter

from commands.checkout import ROOT
from groundwork.estate.load import load_estate
from lab.guests import boots
from lab.planted import plan_planted
from tests.builders.estate_values import small_estate


def test_the_same_estate_is_always_spoilt_in_the_same_way() -> None:
    assert plan_planted(small_estate()) == plan_planted(small_estate())


def test_taichung_s_lab_has_one_of_every_sort_and_one_missing_machine_that_boots() -> None:
    estate = load_estate(ROOT / "inventory", "taichung")
    planted = plan_planted(estate)
    assert Counter(one.sort for one in planted) == {"missing": 2, "mis_sized": 2, "powered_off": 2, "misplaced": 1}
    assert [one.machine for one in planted if boots(estate.machines[one.machine])] == ["netzero-points-web-01"]
    assert all(one.site == estate.machines[one.machine].site for one in planted)


def test_a_misplaced_machine_is_in_another_agency_s_folder() -> None:
    estate = load_estate(ROOT / "inventory", "taichung")
    (misplaced,) = [one for one in plan_planted(estate) if one.sort == "misplaced"]
    assert misplaced.folder in estate.agencies
    assert misplaced.folder != estate.machines[misplaced.machine].folder
