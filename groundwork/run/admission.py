"""Whether a plan may be carried out: what it comes with is held against what the estate asks for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from groundwork.change.approval import NO_APPROVAL, Permit, Requirement, refuse_unapproved
from groundwork.change.codec import fingerprint
from groundwork.change.operation import Operation
from groundwork.change.plan import Plan
from groundwork.change.step import Json
from groundwork.run.saved import save_permit

Stated = Callable[[str], Requirement]  # what the estate asks for of an operation


def nothing_stated(operation: str) -> Requirement:
    """What an estate without approvals asks for."""
    del operation
    return NO_APPROVAL


def admit(operation: Operation[Any], plan: Plan, permit: Permit, stated: Stated) -> Json:
    """What the run's record keeps of the permit. Raises RefusedError when an approval is missing."""
    plan_hash = fingerprint(operation.codec.encode_plan(plan))
    requirement = operation.approvals(plan, stated(plan.operation))
    refuse_unapproved(requirement, permit, plan=plan_hash, operation=plan.operation)
    return save_permit(replace(permit, plan=plan_hash))
