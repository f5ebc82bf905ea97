"""What is done to hosts, on playbooks that are not Ansible's."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fleet.hosts.apply import hosts_operation, see_hosts
from fleet.hosts.joint_plays import JointPlays
from fleet.hosts.plan import plan_hosts
from groundwork.change.outcome import Outcome
from groundwork.change.step import Json
from groundwork.drivers.playbook.fake import FakePlaybooks
from groundwork.drivers.playbook.protocol import HostChange, PlayReport
from groundwork.errors import OutsideError
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


def test_one_play_configures_all_hosts_of_a_wave_whatever_their_sites() -> None:
    playbooks = lacking()

    applied(playbooks)

    assert playbooks.plays == [("repo-alpha",), ("repo-beta", "repo-gamma")]


def test_in_a_shared_play_each_host_ends_as_it_is_and_keeps_its_own_changes() -> None:
    playbooks = lacking(failing={"repo-beta": "baseline: Bear the estate's name: no"})

    outcome, code = applied(playbooks)

    assert code == 5
    assert [(track.name, track.failure is None) for track in outcome.tracks] == [
        ("repo-alpha", True),
        ("repo-beta", False),
        ("repo-gamma", True),
    ]
    assert [failure.message for failure in outcome.failures] == ["repo-beta: baseline: Bear the estate's name: no"]
    assert len(outcome.results("hosts.configure")) == 2


def test_a_host_that_has_left_the_estate_fails_alone() -> None:
    playbooks = lacking()
    del playbooks.lacking["repo-beta"]

    outcome, code = applied(playbooks)

    assert code == 4
    assert [failure.message for failure in outcome.failures] == [
        "repo-beta: no play of site.yaml has a host of this name"
    ]


def test_a_play_that_breaks_off_is_tried_once_and_fails_each_of_its_hosts() -> None:
    class Broken(FakePlaybooks):
        def apply(self, playbook: str, *, hosts: tuple[str, ...]) -> tuple[PlayReport, ...]:
            self.plays.append(hosts)
            raise OutsideError(f"the play {playbook} broke off", hint="run it again")

    playbooks = Broken(lacking={})
    run = RunInMemory(hosts_operation(lambda: playbooks))
    waves = plan_hosts(city="toytown", hosts=HOSTS, drifts=see_hosts(lacking(), HOSTS)).waves

    tracks = run.carry_out_wave(waves[1])

    assert [track.failure and track.failure.message for track in tracks] == ["the play site.yaml broke off"] * 2
    assert playbooks.plays == [("repo-beta", "repo-gamma")]


def test_a_step_saved_before_plays_were_shared_plays_for_its_host_alone() -> None:
    playbooks = lacking()
    operation = hosts_operation(lambda: playbooks)
    saved: dict[str, Json] = {"kind": "hosts.configure", "site": "alpha", "host": "repo-alpha", "changes": ["one"]}

    RunInMemory(operation).perform_once("alpha", operation.codec.decode_step(saved))

    assert playbooks.plays == [("repo-alpha",)]


def test_a_host_asked_for_again_is_played_again() -> None:
    playbooks = lacking()
    plays = JointPlays(lambda: playbooks, "site.yaml")
    together = ("repo-alpha", "repo-beta")

    first = plays.apply("repo-alpha", together=together, run_id="a run")
    again = plays.apply("repo-alpha", together=together, run_id="a run")

    assert (len(first.changes), again.changes) == (1, ())
    assert playbooks.plays == [together, together]


def test_shares_that_ask_side_by_side_wait_for_one_play() -> None:
    playbooks = lacking()
    plays = JointPlays(lambda: playbooks, "site.yaml")
    hosts = tuple(host.name for host in HOSTS)

    with ThreadPoolExecutor() as pool:
        reports = list(pool.map(lambda host: plays.apply(host, together=hosts, run_id="a run"), hosts))

    assert [report.host for report in reports] == list(hosts)
    assert playbooks.plays == [hosts]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"failing": {"repo-alpha": "baseline: Bear the estate's name: no"}}, "OutsideError"),
        ({"unreachable": {"repo-alpha"}}, "UnreachableError"),
    ],
)
def test_a_host_that_fails_is_reported_by_name(options: dict[str, object], error: str) -> None:
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
