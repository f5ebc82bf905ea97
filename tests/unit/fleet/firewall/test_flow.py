"""Which rule decides a flow, and what is said of those before it."""

from ipaddress import IPv4Address, ip_address

from fleet.firewall.flow import Flow, PassedOver, crosses, decide
from groundwork.model.firewall import DestinationTranslation, SourceTranslation
from tests.builders.firewall_policies import ASKED, OURS, policy_of, rule


def flow(source: str, destination: str, port: int = 443) -> Flow:
    return Flow(source=ip_address(source), destination=ip_address(destination), protocol="tcp", port=port)


def test_each_rule_before_the_deciding_one_is_named_with_what_does_not_match() -> None:
    policy = policy_of(
        rule("zone", from_zones=("inside",)),
        rule("source", sources=("partner",)),
        rule("destination", destinations=("partner",)),
        rule("port", ports=("udp/443",)),
        rule("other-version", sources=("one-desk",)),
        rule("last", action="deny", destinations=("server",)),
    )
    decision = decide(policy, flow("fd00:1::11", "fd00:2::11"))
    assert (decision.action, decision.rule, decision.why) == ("deny", "last", "why last")
    assert (decision.from_zone, decision.to_zone) == ("office", "inside")
    assert decision.passed_over == (
        PassedOver(rule="zone", field="from_zones"),
        PassedOver(rule="source", field="sources"),
        PassedOver(rule="destination", field="destinations"),
        PassedOver(rule="port", field="ports"),
        PassedOver(rule="other-version", field="IP version"),
    )


def test_what_no_rule_accepts_is_denied() -> None:
    decision = decide(policy_of(), flow("10.40.1.11", "10.40.2.11"))
    assert (decision.action, decision.rule, decision.why) == ("deny", "", "no rule accepts it")


def test_rules_see_where_a_translated_flow_goes_and_the_flow_leaves_as_it_is_sent() -> None:
    server = IPv4Address("10.40.2.11")
    portal = DestinationTranslation(
        name="portal", zone="outside", address=ASKED, port="tcp/443", to_address=server, to_port=85, reason="test"
    )
    hide = SourceTranslation(name="hide", zone="outside", sources=("office-net",), address=OURS, reason="x")
    policy = policy_of(rule("all"), destination_nat=(portal,), source_nat=(hide,))

    assert decide(policy, flow("198.51.100.11", str(ASKED))).sent == flow("198.51.100.11", "10.40.2.11", 85)
    assert decide(policy, flow("10.40.1.11", "198.51.100.11")).sent == flow(str(OURS), "198.51.100.11")
    assert decide(policy, flow("10.40.1.11", "10.40.2.11")).sent == flow("10.40.1.11", "10.40.2.11")


def test_the_members_themselves_are_entered_from_managed_from_alone() -> None:
    policy = policy_of(rule("all"))
    verdicts = [
        decide(policy, flow(source, address, port)).action
        for source, address, port in (
            ("10.40.1.11", "10.40.2.2", 22),
            ("10.40.1.11", "10.40.2.4", 22),
            ("10.40.1.11", "10.40.2.2", 443),
            ("198.51.100.11", "10.40.2.2", 22),
        )
    ]
    assert verdicts == ["accept", "accept", "deny", "deny"]


def test_a_flow_within_one_zone_of_one_interface_does_not_come_by() -> None:
    policy = policy_of()
    assert not crosses(policy, flow("10.40.1.11", "10.40.1.12"))
    assert crosses(policy, flow("10.40.1.11", "10.40.2.12"))
    assert crosses(policy, flow("10.40.1.11", "192.0.2.1"))
