"""Confirm or go back: the order of its acts, and what is said of each end."""

import pytest

from groundwork.change.confirm import Change, Trial, WentBackError, confirm_or_go_back, name_trial
from groundwork.drivers.way_back.fake import FakeTarget, FakeWayBack
from groundwork.errors import OutsideError, UnreachableError, VerificationError
from tests.builders.hand_clock import HandClock


class Scene:
    """A target, its way back, and a change that takes time or goes wrong as told."""

    def __init__(self, *, verify_seconds: float = 0.0, cuts: bool = False, heals: bool = True) -> None:
        self.clock = HandClock()
        self.target = FakeTarget(clock=self.clock)
        self.way = FakeWayBack(self.target, name="one")
        self.seen: list[str] = []
        self._verify_seconds = verify_seconds
        self._cuts = cuts
        self._heals = heals
        self.wrong = False

    def run(self, seconds: float = 60.0) -> object:
        return confirm_or_go_back(
            self.way, Change(apply=self._apply, verify=self._verify), seconds=seconds, say=self.seen.append
        )

    def _apply(self) -> None:
        assert self.target.trials["one"] is not Trial.NONE, "armed before it is changed"
        self.target.value = "new"
        if self._cuts:
            self.target.reachable = False
            raise UnreachableError("the line went away", hint="see it")

    def _verify(self) -> None:
        self.clock.sleep(self._verify_seconds)
        if self.wrong:
            raise VerificationError("clients get no address", hint="see them")


def test_what_verifies_is_confirmed_and_said_once() -> None:
    scene = Scene()
    assert scene.run() == {"confirmed": True}
    assert (scene.target.value, scene.way.read()) == ("new", Trial.CONFIRMED)
    assert scene.run() == {"confirmed": True}
    assert scene.seen == ["arming the way back: 60 s"]


def test_what_does_not_verify_goes_back_with_both_said() -> None:
    scene = Scene()
    scene.wrong = True
    with pytest.raises(VerificationError, match="no address; the target went back"):
        scene.run()
    assert scene.target.value == "old"
    with pytest.raises(WentBackError):
        scene.run()


def test_a_verification_that_takes_too_long_finds_the_target_gone_back() -> None:
    scene = Scene(verify_seconds=61.0)
    with pytest.raises(WentBackError, match="by itself"):
        scene.run()
    assert scene.target.value == "old"


def test_the_runner_that_cuts_itself_off_says_unknown_and_the_target_goes_back() -> None:
    scene = Scene(cuts=True)
    with pytest.raises(OutsideError, match="unknown whether it was changed") as caught:
        scene.run()
    assert "within 60 s" in caught.value.message
    assert "the line went away" in caught.value.message
    scene.clock.sleep(61.0)
    scene.target.reachable = True
    assert scene.way.read() is Trial.WENT_BACK
    assert scene.target.value == "old"


def test_a_defect_while_verifying_goes_back_too() -> None:
    scene = Scene()

    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        confirm_or_go_back(scene.way, Change(apply=broken, verify=broken), seconds=5, say=scene.seen.append)
    assert scene.way.read() is Trial.WENT_BACK


@pytest.mark.parametrize(
    ("run_id", "target", "name"),
    [
        (
            "20261126-1015-dhcp-3f2a",
            "central/host/ESX-01.City.example",
            "20261126-1015-dhcp-3f2a-central-host-esx-01-city-example",
        ),
        ("r", "a/b/臺中$(reboot)", "r-a-b-reboot"),
    ],
)
def test_a_trials_name_is_safe_at_every_target(run_id: str, target: str, name: str) -> None:
    assert name_trial(run_id, target) == name
