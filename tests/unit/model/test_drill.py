"""Whether a service that was recovered met its objectives."""

from dataclasses import replace
from datetime import timedelta

from groundwork.model.drill import ServiceRecovery

MINUTE = timedelta(minutes=1)
JUST = ServiceRecovery(
    service="pass", rto=5 * MINUTE, rto_objective=5 * MINUTE, rpo=3 * MINUTE, rpo_objective=3 * MINUTE
)


def test_objectives_are_met_to_the_second_and_not_beyond() -> None:
    assert JUST.met
    second = timedelta(seconds=1)
    assert not replace(JUST, rto=5 * MINUTE + second).met
    assert not replace(JUST, rpo=3 * MINUTE + second).met
    assert replace(JUST, rto=MINUTE, rpo=timedelta(0)).met


def test_what_was_not_measured_was_not_met() -> None:
    assert not replace(JUST, rto=None).met
    assert not replace(JUST, rpo=None).met
    assert not replace(JUST, rto=None, rpo=None).met
