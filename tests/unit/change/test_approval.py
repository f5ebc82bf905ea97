"""Which approvals suffice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from groundwork.change.approval import Approval, Permit, Requirement, Statement, refuse_unapproved
from groundwork.errors import RefusedError

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
STATED = Statement(plan="a" * 64, city="testville", operation="drill.run", until="2026-11-26T20:00:00+00:00")
TWO = Requirement(count=2, roles=("board", "security"))


def approval(signer: str, *roles: str) -> Approval:
    return Approval(signer=signer, roles=roles, until=STATED.until, signature="")


def permit(*approvals: Approval, plan: str = STATED.plan) -> Permit:
    return Permit(plan=plan, approvals=approvals)


def refused(given: Permit, asked: Requirement = TWO) -> str:
    with pytest.raises(RefusedError) as caught:
        refuse_unapproved(asked, given, plan=STATED.plan, operation="drill.run")
    return caught.value.message


def test_enough_people_of_the_roles_suffice() -> None:
    enough = permit(approval("chen", "board"), approval("wang", "press", "security"))
    refuse_unapproved(TWO, enough, plan=STATED.plan, operation="drill.run")
    assert "has 1: chen" in refused(permit(*enough.approvals[:1])), "each of them was needed"
    refuse_unapproved(Requirement(), Permit(), plan=STATED.plan, operation="drill.run")
    assert "this plan has 0" in refused(Permit()), "and here nobody was asked"


def test_one_person_of_two_roles_is_one() -> None:
    assert "has 1: chen" in refused(permit(approval("chen", "board"), approval("chen", "security")))


def test_who_has_none_of_the_roles_counts_for_nothing() -> None:
    assert "has 1: chen" in refused(permit(approval("chen", "board"), approval("lin", "press"), approval("ho")))


def test_a_permit_of_another_plan_counts_for_nothing() -> None:
    others = permit(approval("chen", "board"), approval("wang", "security"), plan="b" * 64)
    assert "this plan has 0" in refused(others)


def test_a_blank_emergency_is_none() -> None:
    assert "this plan has 0" in refused(Permit(emergency="  "))
    refuse_unapproved(TWO, Permit(emergency="flood"), plan=STATED.plan, operation="drill.run")


def test_a_statement_stands_for_its_own_plan_until_its_moment() -> None:
    assert STATED.flaw(replace(STATED, until=""), now=NOW) == ""
    assert "ended at" in STATED.flaw(STATED, now=datetime(2026, 11, 26, 20, tzinfo=UTC))
    assert "of another plan" in STATED.flaw(replace(STATED, plan="b" * 64), now=NOW)
    assert "of another city" in STATED.flaw(replace(STATED, city="elsewhere"), now=NOW)
    assert "of another operation" in STATED.flaw(replace(STATED, operation="backup.run"), now=NOW)


@pytest.mark.parametrize("until", ["", "tomorrow", "2026-11-27T00:00:00"])
def test_a_time_that_is_none_or_names_no_zone_is_a_flaw(until: str) -> None:
    assert "its time" in replace(STATED, until=until).flaw(STATED, now=NOW)


def test_each_field_is_signed() -> None:
    others = [replace(STATED, **{name: "x"}) for name in ("plan", "city", "operation", "until")]
    assert len({one.message() for one in (STATED, *others)}) == 5
