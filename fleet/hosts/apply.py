"""Seeing what hosts lack with a play in check mode, and configuring them, all of a wave by one play."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import assert_never

from fleet.hosts.joint_plays import JointPlays
from fleet.hosts.model import Change, ConfigureHost, HostDrift, HostStep
from fleet.hosts.plan import OPERATION
from groundwork.change.operation import Operation
from groundwork.change.step import Attempt, Json, Perform
from groundwork.drivers.playbook.protocol import HostChange, Playbooks, PlayReport
from groundwork.errors import ConfigurationError, OutsideError, UnreachableError, VerificationError
from groundwork.model.host import Host

PLAYBOOK = "site.yaml"


def see_hosts(playbooks: Playbooks, hosts: Sequence[Host]) -> tuple[HostDrift, ...]:
    """What each host lacks, found without touching it."""
    if not hosts:
        return ()
    return tuple(_drift(report) for report in playbooks.check(PLAYBOOK, hosts=tuple(host.name for host in hosts)))


def hosts_operation(playbooks: Callable[[], Playbooks]) -> Operation[HostStep]:
    """The operation `hosts.apply`; `playbooks` gives what runs the city's plays when the first step needs it."""
    plays = JointPlays(playbooks, PLAYBOOK)

    @contextmanager
    def performer(_site: str) -> Iterator[Perform[HostStep]]:
        yield _performer(plays)

    return Operation(name=OPERATION, steps=HostStep, performer=performer)


def _performer(plays: JointPlays) -> Perform[HostStep]:
    def perform(step: HostStep, attempt: Attempt) -> Json:
        match step:
            case ConfigureHost():
                return _configure(plays, step, attempt)
            case _:
                assert_never(step)

    return perform


def _configure(plays: JointPlays, step: ConfigureHost, attempt: Attempt) -> Json:
    attempt.say(f"configuring {step.host}")
    report = plays.apply(step.host, together=step.together or (step.host,), run_id=attempt.run_id)
    _must_have_worked(report)
    if report.remaining:
        left = "; ".join(change.describe() for change in _changes(report.remaining))
        raise VerificationError(
            f"{step.host} was configured and still is not what it should be: {left}",
            hint="a task that changes something every time is a defect of its role: mend playbooks/roles",
        )
    return {"changes": [change.describe() for change in _changes(report.changes)]}


def _must_have_worked(report: PlayReport) -> None:
    if report.unknown:
        raise ConfigurationError(f"{report.host}: {report.failure}", hint="see the estate's hosts and their roles")
    if report.unreachable:
        raise UnreachableError(
            f"{report.host} does not answer: {report.failure}",
            hint="see that the host is up and can be reached, then apply again",
        )
    if report.failure:
        raise OutsideError(f"{report.host}: {report.failure}", hint="mend what the task says, then apply again")


def _drift(report: PlayReport) -> HostDrift:
    return HostDrift(
        host=report.host,
        changes=_changes(report.changes),
        failure=report.failure,
        unreachable=report.unreachable,
    )


def _changes(changes: Sequence[HostChange]) -> tuple[Change, ...]:
    return tuple(Change(role=change.role, task=change.task, diff=change.diff) for change in changes)
