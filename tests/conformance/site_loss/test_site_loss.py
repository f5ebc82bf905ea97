"""What every SiteLoss does; the declared one is confirmed by doors that a test opens and shuts."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from groundwork.drivers.site_loss.declared import DeclaredSiteLoss
from groundwork.drivers.site_loss.fake import FakeSiteLoss
from groundwork.drivers.site_loss.protocol import SiteLoss
from groundwork.errors import RefusedError


class Doors:
    """The doors of two sites, and a clock whose waiting a person uses to cut or heal a site."""

    def __init__(self) -> None:
        self.shut: set[str] = set()
        self.person: Callable[[], None] = lambda: None
        self.seconds = 0.0

    def reaches(self, address: str, port: int) -> bool:
        assert port == 443
        return address not in self.shut

    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.person()


def declared(doors: Doors) -> DeclaredSiteLoss:
    places = {"alpha": (("10.1.0.10", 443),), "beta": (("10.2.0.10", 443),)}
    return DeclaredSiteLoss(doors=places, reaches=doors.reaches, clock=doors)


@pytest.fixture(params=["fake", "declared"])
def site_loss(request: pytest.FixtureRequest) -> SiteLoss:
    if request.param == "fake":
        return FakeSiteLoss()
    doors = Doors()
    doors.person = lambda: doors.shut.symmetric_difference_update({"10.1.0.10"})
    return declared(doors)


def test_a_site_is_lost_and_then_healed(site_loss: SiteLoss) -> None:
    site_loss.lose("alpha")
    assert site_loss.lost_sites() == ("alpha",)
    site_loss.heal("alpha")
    assert site_loss.lost_sites() == ()


def test_healing_a_site_that_is_not_lost_does_nothing(site_loss: SiteLoss) -> None:
    site_loss.heal("beta")
    assert site_loss.lost_sites() == ()


def test_a_site_that_still_answers_after_ten_minutes_is_not_lost() -> None:
    with pytest.raises(RefusedError, match="alpha still answers") as caught:
        declared(Doors()).lose("alpha")
    assert caught.value.hint == "cut its link, then resume the run"
