"""The switch of a network of ours: one that fits, or a refusal that names what there is."""

import pytest

from groundwork.drivers.vcenter.switches import choose_switch
from groundwork.errors import OutsideError

MEMBERS = {"vm/dvs": ("esx-1", "esx-2"), "storage": ("esx-1", "esx-2"), "old": ("esx-1",)}
BOTH = ("esx-1", "esx-2")


def test_the_one_that_all_hypervisors_are_joined_to_is_taken() -> None:
    members = {path: MEMBERS[path] for path in ("vm/dvs", "old")}
    assert choose_switch("central", "", members=members, hypervisors=BOTH) == "vm/dvs"


@pytest.mark.parametrize("wanted", ["dvs", "vm/dvs", "/vm/dvs"])
def test_the_one_that_is_named_is_taken_by_name_or_path(wanted: str) -> None:
    assert choose_switch("central", wanted, members=MEMBERS, hypervisors=BOTH) == "vm/dvs"


@pytest.mark.parametrize(
    ("wanted", "members", "said"),
    [
        ("", MEMBERS, "has 2 distributed switches that a network could be made on: storage, vm/dvs"),
        ("old", MEMBERS, "that all hypervisors of the cluster are joined to: old lacks esx-2"),
        ("dvs-x", MEMBERS, "has no distributed switch named 'dvs-x'"),
        ("", {}, "has no distributed switch"),
        ("", {"old": (), "a": BOTH[1:]}, "are joined to: a lacks esx-1; old lacks esx-1, esx-2"),
    ],
)
def test_whatever_does_not_fit_is_refused_by_name(wanted: str, members: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(OutsideError) as caught:
        choose_switch("central", wanted, members=members, hypervisors=BOTH)
    assert caught.value.message.endswith(said)
