"""What is wrong with a policy by its meaning: rules that never decide anything, and rules that could go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fleet.firewall.box import Box, meet, without_all
from fleet.firewall.policy import Policy, PolicyRule

Kind = Literal["shadowed", "redundant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule of a pair: shadowed (others decide otherwise before it) or redundant (nothing changes without it)."""

    pair: str
    rule: str
    kind: Kind
    what: str


def analyse(policy: Policy) -> tuple[Finding, ...]:
    """Every rule that is shadowed or redundant, exact over zones, addresses and services of both IP versions."""
    found = []
    for position, rule in enumerate(policy.rules):
        earlier, later = policy.rules[:position], policy.rules[position + 1 :]
        decided = without_all(rule.boxes, [box for one in earlier for box in one.boxes])
        if not decided:
            found.append(_never(policy, rule, earlier))
        elif _same_without(rule, decided, later):
            what = "what it decides, later rules or the default decide alike"
            found.append(Finding(pair=policy.pair.name, rule=rule.rule.name, kind="redundant", what=what))
    return tuple(found)


def accepted(policy: Policy) -> tuple[Box, ...]:
    """All that the policy lets pass, as boxes that have nothing in common."""
    passing: list[Box] = []
    decided: list[Box] = []
    for rule in policy.rules:
        if rule.rule.action == "accept":
            passing += without_all(rule.boxes, decided)
        decided += rule.boxes
    return tuple(passing)


def _never(policy: Policy, rule: PolicyRule, earlier: Sequence[PolicyRule]) -> Finding:
    taking = [one.rule for one in earlier if _touch(one.boxes, rule.boxes)]
    others = [one.name for one in taking if one.action != rule.rule.action]
    kind: Kind = "shadowed" if others else "redundant"
    named = ", ".join(one.name for one in taking)
    what = f"never decides anything: {named} before it decide{'s' if len(taking) == 1 else ''} all of it"
    return Finding(pair=policy.pair.name, rule=rule.rule.name, kind=kind, what=what)


def _same_without(rule: PolicyRule, decided: tuple[Box, ...], later: Sequence[PolicyRule]) -> bool:
    left = decided
    for one in later:
        if one.rule.action != rule.rule.action and _touch(left, one.boxes):
            return False
        left = without_all(left, one.boxes)
    return not left or rule.rule.action == "deny"


def _touch(some: Sequence[Box], others: Sequence[Box]) -> bool:
    return any(meet(one, other) for one in some for other in others)
