"""Approvals: what is asked for, what a signer signs, and why an approval does not count."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from groundwork.change.codec import canonical
from groundwork.change.plan import Plan
from groundwork.errors import RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """How many signers must approve a plan, each another person who has one of the roles; 0: nobody."""

    count: int = 0
    roles: tuple[str, ...] = ()

    def describe(self) -> str:
        """In words; empty when nobody is asked."""
        if not self.count:
            return ""
        return f"{self.count} approval{'s' if self.count > 1 else ''} of the role {' or '.join(self.roles)}"


NO_APPROVAL = Requirement()
Approvals = Callable[[Plan, Requirement], Requirement]


def as_stated(plan: Plan, stated: Requirement) -> Requirement:
    """The `approvals` of an operation that asks for what the estate states, whatever the plan does."""
    del plan
    return stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a signer signs: this plan, by its hash, may be carried out in this city `until` a moment (ISO 8601, UTC)."""

    plan: str
    city: str
    operation: str
    until: str

    def message(self) -> bytes:
        """The bytes that are signed: one spelling for each statement."""
        return canonical(dict(asdict(self)))

    def flaw(self, wanted: "Statement", *, now: datetime) -> str:
        """Why it does not stand for the plan that `wanted` states, whose `until` counts for nothing; empty when so."""
        if self.plan != wanted.plan:
            return f"it is of another plan ({self.plan[:12]}, not {wanted.plan[:12]})"
        for name, own, other in (
            ("city", self.city, wanted.city),
            ("operation", self.operation, wanted.operation),
        ):
            if own != other:
                return f"it is of another {name} ({own}, not {other})"
        return self._late(now)

    def _late(self, now: datetime) -> str:
        try:
            until = datetime.fromisoformat(self.until)
        except ValueError:
            return f"its time {self.until!r} is none"
        if until.tzinfo is None:
            return f"its time {self.until!r} names no zone"
        return "" if now < until else f"it ended at {self.until}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One signer's approval of a plan, verified; the signature is kept, so that anyone can verify it again."""

    signer: str
    roles: tuple[str, ...]
    until: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What a plan comes with: the verified approvals of the plan of that hash, or why there was no time for them.

    `passed_over` says of each approval that does not count why.
    """

    plan: str = ""
    approvals: tuple[Approval, ...] = ()
    passed_over: tuple[str, ...] = ()
    emergency: str = ""


NO_PERMIT = Permit()


def roles_of(signer: str, signers: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The roles of a signer; `signers` are the names of those who have each role."""
    return tuple(role for role, names in signers.items() if signer in names)


def refuse_unapproved(requirement: Requirement, permit: Permit, *, plan: str, operation: str) -> None:
    """Raises RefusedError unless enough people of the roles approved the plan of that hash, or it is an emergency."""
    if permit.emergency.strip() or not requirement.count:
        return
    approving = {
        one.signer for one in permit.approvals if permit.plan == plan and set(one.roles) & set(requirement.roles)
    }
    if len(approving) >= requirement.count:
        return
    by = f": {', '.join(sorted(approving))}" if approving else ""
    listed = "".join(f"\n  - {one}" for one in permit.passed_over)
    raise RefusedError(
        f"{operation} needs {requirement.describe()}, each of another person; this plan has "
        f"{len(approving)}{by}{listed}",
        hint="save the plan with --out FILE, have it approved with `inv plan.approve FILE --key KEY --for 8h`, then "
        'carry it out with --plan FILE; where nobody can be waited for: --emergency "why", which is recorded',
    )
