from dataclasses import replace
from datetime import timedelta

import pytest

from dr_drills.pace import Pace, read_pace
from groundwork.run.record import StepRecord
from tests.builders.drill_record import record
from tests.builders.drill_values import LOST_AT, MACHINES, SERVICE, survey

MAIL = replace(SERVICE, name="mail", depends_on=(), probes=(replace(SERVICE.probes[0], machine="mail-1"),), data_age=())
CITY = replace(
    survey(),
    services=(SERVICE, MAIL),
    machines=(*MACHINES, replace(MACHINES[1], name="mail-1", service="mail")),
)


def step(kind: str, thing: str, start: float, end: float) -> StepRecord:
    moments = [(LOST_AT + timedelta(seconds=seconds)).isoformat() for seconds in (start, end)]
    return replace(
        record().stages[0].steps[0], kind=f"drill.{kind}", target=thing, started=moments[0], ended=moments[1]
    )


def restored(machine: str, start: float, end: float) -> tuple[StepRecord, ...]:
    name = f"gamma/machine/drill-0a1b2c3d-{machine}"
    return step("restore-machine", name, start, end - 1), step("start-machine", name, end - 1, end)


def test_what_was_carried_out_side_by_side_takes_as_long_as_its_longest_chain() -> None:
    steps = (
        step("survey", "gamma/site/gamma", 0, 5),
        *restored("pass-db-1", 5, 15),
        *restored("mail-1", 5, 25),
        *restored("pass-web-1", 15, 20),
        step("await-service", "gamma/service/pass", 20, 30),
        step("await-service", "gamma/service/mail", 25, 28),
        step("prove-clean", "gamma/site/gamma", 30, 60),
    )
    assert read_pace(CITY, steps) == Pace(wall=timedelta(seconds=25), critical=timedelta(seconds=25))


@pytest.mark.parametrize(("depends_on", "critical"), [((), 22), (("pass",), 34)])
def test_what_waited_for_nothing_and_came_late_makes_it_worse(depends_on: tuple[str, ...], critical: int) -> None:
    """The database, then mail, then the web server, one after another, although only the web server needs another."""
    city = replace(CITY, services=(SERVICE, replace(MAIL, depends_on=depends_on)))
    steps = (
        *restored("pass-db-1", 0, 10),
        *restored("mail-1", 10, 20),
        *restored("pass-web-1", 20, 30),
        step("await-service", "gamma/service/pass", 30, 32),
        step("await-service", "gamma/service/mail", 32, 34),
    )
    pace = read_pace(city, steps)
    assert pace == Pace(wall=timedelta(seconds=34), critical=timedelta(seconds=critical))
    assert pace.ratio == 34 / critical


def test_a_drill_that_recovered_nothing_has_no_pace() -> None:
    assert read_pace(CITY, (step("survey", "gamma/site/gamma", 0, 5),)) is None
    assert Pace(wall=timedelta(0), critical=timedelta(0)).ratio is None
