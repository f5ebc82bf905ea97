"""What a policy is said to do is what the kernel does with its ruleset, packet by packet, for random policies."""

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleet.firewall.flow import crosses, decide
from fleet.firewall.policy import Policy
from fleet.firewall.ruleset import DEFAULT_COUNTER, RULE_COUNTER, TABLE, render_closed, render_ruleset
from tests.builders.firewall_host import FirewallHost, firewall_host
from tests.builders.firewall_policies import Chance, policy_of, random_flow, random_policy, rule

SEEDS = range(1, 13)
FLOWS = 30

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or any(shutil.which(one, path="/usr/sbin:/sbin:/usr/bin:/bin") is None for one in ("nft", "ip")),
    reason="needs root, nft and ip: network namespaces are made",
)


@pytest.fixture(name="host", scope="module")
def a_firewall_host() -> Iterator[FirewallHost]:
    with firewall_host() as host:
        yield host


def disagreements(host: FirewallHost, policy: Policy, seed: int, ruleset: Path) -> list[str]:
    """The flows that the kernel treats otherwise than `decide` says, with what each said."""
    chance = Chance(seed)
    flows = [flow for flow in (random_flow(chance) for _ in range(FLOWS)) if crosses(policy, flow)]
    host.load(ruleset)
    decided = [decide(policy, flow) for flow in flows]
    expected = [one.sent if one.action == "accept" else None for one in decided]
    found = [
        f"seed {seed}: {flow} by {one.rule or 'default'}: {said} but {seen}"
        for flow, one, said, seen in zip(flows, decided, expected, host.arrivals(flows), strict=True)
        if said != seen
    ]
    counted = {name: number for name, number in host.counted(TABLE).items() if number}
    said = Counter(f"{RULE_COUNTER}{one.rule}" if one.rule else DEFAULT_COUNTER for one in decided)
    return found + ([f"seed {seed}: counters {counted}, said {dict(said)}"] if counted != dict(said) else [])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kernel_does_what_the_policy_is_said_to_do(host: FirewallHost, tmp_path: Path, seed: int) -> None:
    policy = random_policy(Chance(seed))
    (tmp_path / "ruleset.nft").write_text(render_ruleset(policy), encoding="utf-8")
    assert disagreements(host, policy, seed, tmp_path / "ruleset.nft") == []


def backwards(text: str) -> str:
    """The rules in the opposite order."""
    lines = text.splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if f'counter name "{RULE_COUNTER}' in line]
    for place, line in zip(places, [lines[number] for number in reversed(places)], strict=True):
        lines[place] = line
    return "".join(lines)


BROKEN: dict[str, Callable[[str], str]] = {
    "the order of rules is lost": backwards,
    "sources are taken for destinations": lambda text: text.replace(" saddr ", " daddr "),
    "zones are forgotten": lambda text: re.sub(r'[io]ifname \{ "(office|inside)" \} (?=.*counter name)', "", text),
    "a range of ports ends at its beginning": lambda text: re.sub(r"(dport \{[^}]*?)(\d+)-\d+", r"\1\2", text),
    "IPv6 is forgotten": lambda text: re.sub(r".* ip6 .*counter name.*\n", "", text),
    "what nothing accepts is accepted": lambda text: text.replace(
        f'"{DEFAULT_COUNTER}" drop', f'"{DEFAULT_COUNTER}" accept'
    ),
    "translations are left out": lambda text: re.sub(r".* [ds]nat ip to .*\n", "", text),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_compiler_that_is_broken_on_purpose_is_found_out(host: FirewallHost, tmp_path: Path, broken: str) -> None:
    found: list[str] = []
    for seed in SEEDS:
        policy = random_policy(Chance(seed))
        text = BROKEN[broken](render_ruleset(policy))
        (tmp_path / "ruleset.nft").write_text(text, encoding="utf-8")
        found += disagreements(host, policy, seed, tmp_path / "ruleset.nft")
        if found:
            return
    pytest.fail("no packet of any seed showed it")


def test_our_table_is_replaced_whole_and_no_other_is_touched(host: FirewallHost, tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).write_text(render_ruleset(policy_of(rule(name))), encoding="utf-8")
    host.run("nft", "add table ip docker; add chain ip docker keep")
    host.load(tmp_path / "old")
    host.load(tmp_path / "new")
    listed = host.run("nft", "list", "ruleset")

    assert listed.count(f"table inet {TABLE}") == 1
    assert "rule-old" not in listed
    assert "chain keep" in listed
    host.run("nft", "delete table ip docker")


def test_a_ruleset_that_does_not_load_leaves_the_one_before_in_force(host: FirewallHost, tmp_path: Path) -> None:
    text = render_ruleset(policy_of(rule("good")))
    (tmp_path / "good").write_text(text, encoding="utf-8")
    (tmp_path / "bad").write_text(text.replace("tcp dport 22", "tcp dport none-such"), encoding="utf-8")
    host.load(tmp_path / "good")
    before = host.run("nft", "list", "ruleset")

    assert "none-such" in host.run("nft", "--file", str(tmp_path / "bad"), check=False)
    assert host.run("nft", "list", "ruleset") == before


def test_what_stands_at_boot_lets_nothing_pass(host: FirewallHost, tmp_path: Path) -> None:
    (tmp_path / "closed").write_text(render_closed(policy_of(rule("all"))), encoding="utf-8")
    host.load(tmp_path / "closed")
    chance = Chance(7)
    assert set(host.arrivals([random_flow(chance) for _ in range(FLOWS)])) == {None}
