"""What is done to hosts, on playbooks that are not Ansible's."""

import pytest

from fleet.hosts.apply import hosts_operation, see_hosts
from fleet.hosts.plan import plan_hosts
from groundwork.change.outcome import Outcome
from groundwork.drivers.playbook.fake import FakePlaybooks
from groundwork.drivers.playbook.protocol import HostChange
from tests.builders.estate_values import small_estate
from tests.builders.run_in_memory import Killed, RunInMemory

HOSTS = tuple(small_estate().hosts.values())


def lacking(**options: object) -> FakePlaybooks:
    changes = {
        host.name: (HostChange(host=host.name, role="baseline", task="Bear the estate's name", diff="+name"),)
        for host in HOSTS
    }
    return FakePlaybooks(lacking=changes, **options)  # type: ignore[arg-type]  # the fake's own fields


def applied(playbooks: FakePlaybooks) -> tuple[Outcome, int]:
    plan = plan_hosts(city="toytown", hosts=HOSTS, drifts=see_hosts(lacking(), HOSTS))
    outcome, conclusion = RunInMemory(hosts_operation(lambda: playbooks)).carry_out(plan)
    return outcome, conclusion.exit_code


def test_after_an_apply_nothing_is_left_to_do() -> None:
    playbooks = lacking()

    outcome, code = applied(playbooks)

    assert code == 0
    assert [step.result for step in outcome.results("hosts.configure")] == [
        {"changes": ["baseline: Bear the estate's name"]}
    ] * 3
    assert plan_hosts(city="toytown", hosts=HOSTS, drifts=see_hosts(playbooks, HOSTS)).empty


def test_a_host_that_stays_different_disagrees_with_its_verification_and_stops_the_rest() -> None:
    playbooks = lacking(stubborn={"repo-alpha"})

    outcome, code = applied(playbooks)

    assert (code, outcome.stopped) == (6, True)
    assert outcome.failures[0].message == (
        "repo-alpha was configured and still is not what it should be: baseline: Bear the estate's name"
    )
    assert playbooks.applied == ["repo-alpha"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"failing": {"repo-alpha": "baseline: Bear the estate's name: no"}}, "OutsideError"),
        ({"unreachable": {"repo-alpha"}}, "UnreachableError"),
    ],
)
def test_a_host_that_fails_is_told_by_name(options: dict[str, object], error: str) -> None:
    outcome, code = applied(lacking(**options))

    assert code == 5
    assert outcome.failures[0].error == error
    assert outcome.failures[0].message.startswith("repo-alpha")


def test_killed_after_any_step_a_second_walk_ends_the_same() -> None:
    plan = plan_hosts(city="toytown", hosts=HOSTS, drifts=see_hosts(lacking(), HOSTS))
    for moment in range(len(HOSTS)):
        playbooks = lacking()
        run = RunInMemory(hosts_operation(lambda playbooks=playbooks: playbooks))  # type: ignore[misc]  # mypy cannot infer a lambda's bound argument

        def kill(position: int, _step: object, moment: int = moment) -> None:
            if position == moment:
                raise Killed

        with pytest.raises(Killed):
            run.carry_out(plan, injure=kill)
        _, conclusion = run.carry_out(plan)

        assert conclusion.exit_code == 0
        assert all(not drift.changes for drift in see_hosts(playbooks, HOSTS))
