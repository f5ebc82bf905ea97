"""What every SiteLoss does; the declared one is confirmed by endpoints that a test opens and shuts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundwork.drivers.site_loss.declared import DeclaredSiteLoss
from groundwork.drivers.site_loss.fake import FakeSiteLoss
from groundwork.drivers.site_loss.protocol import Loss, SiteLoss
from groundwork.errors import RefusedError

ALPHA, ALPHA_HOST = ("10.1.0.10", 443), ("10.1.0.20", 22)
RUN, OTHER = "20261121-100000-drill-aaaa", "20261121-101500-drill-bbbb"


class Endpoints:
    """The endpoints of two sites, and a clock whose waiting a person uses to cut or heal a site."""

    def __init__(self) -> None:
        self.shut: set[tuple[str, int]] = set()
        self.person: Callable[[], None] = lambda: None
        self.seconds = 0.0

    def reaches(self, address: str, port: int) -> bool:
        return (address, port) not in self.shut

    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.person()


def declared(endpoints: Endpoints, folder: Path) -> DeclaredSiteLoss:
    sites = {"alpha": (ALPHA, ALPHA_HOST), "beta": (("10.2.0.10", 443),)}
    return DeclaredSiteLoss(endpoints=sites, reaches=endpoints.reaches, clock=endpoints, folder=folder)


@pytest.fixture(params=["fake", "declared"])
def site_loss(request: pytest.FixtureRequest, tmp_path: Path) -> SiteLoss:
    if request.param == "fake":
        return FakeSiteLoss()
    endpoints = Endpoints()
    endpoints.person = lambda: endpoints.shut.symmetric_difference_update({ALPHA, ALPHA_HOST})
    return declared(endpoints, tmp_path / "losses")


def test_a_site_is_lost_in_the_name_of_a_run_and_then_healed(site_loss: SiteLoss) -> None:
    site_loss.lose("alpha", by=RUN)
    assert site_loss.losses() == {"alpha": Loss(by=RUN)}
    site_loss.heal("alpha", by=RUN)
    assert site_loss.losses() == {}


def test_a_site_that_is_lost_is_not_lost_again_by_another(site_loss: SiteLoss) -> None:
    site_loss.lose("alpha", by=RUN)
    with pytest.raises(RefusedError, match=f"alpha is lost already, by {RUN}"):
        site_loss.lose("alpha", by=OTHER)
    site_loss.lose("alpha", by=RUN)
    assert site_loss.losses() == {"alpha": Loss(by=RUN)}


def test_one_run_does_not_heal_what_another_lost(site_loss: SiteLoss) -> None:
    site_loss.lose("alpha", by=RUN)
    site_loss.heal("alpha", by=OTHER)
    assert site_loss.losses() == {"alpha": Loss(by=RUN)}
    site_loss.heal("alpha", by=None)
    assert site_loss.losses() == {}


def test_a_site_healed_and_lost_again_is_lost_in_another_name(site_loss: SiteLoss) -> None:
    site_loss.lose("alpha", by=RUN)
    site_loss.heal("alpha", by=None)
    site_loss.lose("alpha", by=OTHER)
    assert site_loss.losses() == {"alpha": Loss(by=OTHER)}


def test_healing_a_site_that_is_not_lost_does_nothing(site_loss: SiteLoss) -> None:
    site_loss.heal("beta", by=RUN)
    assert site_loss.losses() == {}


def test_a_site_that_still_answers_after_ten_minutes_is_not_lost(tmp_path: Path) -> None:
    endpoints = Endpoints()
    endpoints.shut = {ALPHA}
    with pytest.raises(RefusedError, match="alpha still answers") as caught:
        declared(endpoints, tmp_path).lose("alpha", by=RUN)
    assert caught.value.hint == "cut its link, then try again"


def test_a_declared_loss_that_nobody_watched_for_a_while_keeps_the_gap_for_good(tmp_path: Path) -> None:
    endpoints = Endpoints()
    endpoints.shut = {ALPHA, ALPHA_HOST}
    site_loss = declared(endpoints, tmp_path)
    site_loss.lose("alpha", by=RUN)
    endpoints.seconds += 59
    assert site_loss.losses() == {"alpha": Loss(by=RUN)}
    endpoints.seconds += 61
    gap = "2026-11-21 00:00:59 UTC to 2026-11-21 00:02:00 UTC"
    assert declared(endpoints, tmp_path).losses() == {"alpha": Loss(by=RUN, gap=gap)}
    endpoints.seconds += 1
    assert site_loss.losses() == {"alpha": Loss(by=RUN, gap=gap)}


@pytest.mark.parametrize(
    "content",
    [
        '{"by": "run-1", "seen": "2026-11-26T10:00:00"}',
        "",
        "[]",
        '{"by": "x"}',
        '{"by": "x", "seen": "yesterday"}',
        "\x00",
    ],
)
def test_a_token_that_cannot_be_read_names_nobody(tmp_path: Path, content: str) -> None:
    endpoints = Endpoints()
    endpoints.shut = {ALPHA, ALPHA_HOST}
    (tmp_path / "alpha.json").write_text(content, encoding="utf-8")
    assert declared(endpoints, tmp_path).losses() == {"alpha": Loss(by="")}
