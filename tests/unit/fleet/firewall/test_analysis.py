"""Rules that never decide, and rules that could go: told exactly, for policies by hand and at random."""

from dataclasses import replace

import pytest

from fleet.firewall.analysis import accepted, analyse
from fleet.firewall.box import without_all
from fleet.firewall.flow import decide
from fleet.firewall.policy import Policy, service_number
from groundwork.model.firewall import FirewallRule
from tests.builders.firewall_policies import Chance, policy_of, random_flow, random_policy, rule

OFFICE, SERVER = {"sources": ("office-net",)}, {"destinations": ("server",)}
POLICIES: dict[str, tuple[tuple[FirewallRule, ...], list[tuple[str, str]]]] = {
    "a rule that the first of another action covers is shadowed": (
        (rule("no", action="deny", **OFFICE), rule("desk", sources=("one-desk",), ports=("tcp/80",))),
        [("desk", "shadowed")],
    ),
    "a rule that one of its own action covers is redundant": (
        (rule("office", **OFFICE), rule("desk", sources=("one-desk",), ports=("tcp/80",))),
        [("desk", "redundant")],
    ),
    "two rules together cover a third": (
        (
            rule("low", ports=("tcp/1-79",), **SERVER),
            rule("high", ports=("tcp/80-65535",), **SERVER),
            rule("middle", ports=("tcp/70-90",), **SERVER),
        ),
        [("middle", "redundant")],
    ),
    "a rule before a wider one of its action is redundant": (
        (rule("desk", sources=("one-desk",)), rule("office", **OFFICE)),
        [("desk", "redundant")],
    ),
    "unless something between them decides otherwise": (
        (
            rule("desk", sources=("one-desk",)),
            rule("no", action="deny", ports=("tcp/22",), **OFFICE),
            rule("office", **OFFICE),
        ),
        [],
    ),
    "a rule of one IP version says nothing of the other": (
        (rule("four", destinations=("some-desks",)), rule("six", destinations=("six",))),
        [],
    ),
    "a rule of one zone does not cover every zone": (
        (rule("from-office", from_zones=("office",), **SERVER), rule("all", action="deny"), rule("late", **SERVER)),
        [("late", "shadowed")],
    ),
    "tcp does not cover udp": ((rule("tcp", ports=("tcp/1-65535",)), rule("names", services=("names",), ports=())), []),
}


@pytest.mark.parametrize("case", POLICIES)
def test_the_findings_are_these_when(case: str) -> None:
    rules, expected = POLICIES[case]
    assert [(one.rule, one.kind) for one in analyse(policy_of(*rules))] == expected


def without(policy: Policy, name: str) -> Policy:
    return replace(policy, rules=tuple(one for one in policy.rules if one.rule.name != name))


@pytest.mark.parametrize("seed", range(40))
def test_nothing_changes_without_a_rule_that_is_found_and_something_without_one_that_is_not(seed: int) -> None:
    policy = random_policy(Chance(seed))
    findings = {one.rule for one in analyse(policy)}
    for one in policy.rules:
        name = one.rule.name
        shorter = without(policy, name)
        assert (differ(policy, shorter) == []) == (name in findings), name


def differ(one: Policy, other: Policy) -> list[object]:
    """Boxes that one of two policies accepts and the other does not."""
    return [*without_all(accepted(one), accepted(other)), *without_all(accepted(other), accepted(one))]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_accepted_is_what_each_flow_is_decided(seed: int) -> None:
    chance = Chance(seed)
    policy = random_policy(chance)
    plain = replace(policy, pair=replace(policy.pair, destination_nat=(), source_nat=()), source_nat=())
    for flow in (random_flow(chance) for _ in range(60)):
        point = (
            *(policy.zone_of(flow.source), policy.zone_of(flow.destination), int(flow.source), int(flow.destination)),
            service_number(flow.protocol, flow.port),
        )
        inside = any(box.version == flow.source.version and box.has(point) for box in accepted(plain))
        assert inside == (decide(plain, flow).action == "accept"), flow
