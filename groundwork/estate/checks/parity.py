"""Whether pairs that are to share one policy do: rule by rule, but for the exceptions that are stated."""

from collections.abc import Iterator, Mapping

from groundwork.estate.checks.firewalls import Pair
from groundwork.estate.draft import Draft
from groundwork.estate.firewall_entries import FirewallRuleForm
from groundwork.files.fault import Fault

_Meaning = tuple[object, ...]


def check_parity(draft: Draft) -> Iterator[Fault]:
    """Rules that one of two pairs lacks, that differ, or stand in another order; exceptions that except nothing."""
    for pair in draft.firewall_pairs:
        other = draft.firewall_pairs.get(pair.form.parity_with)
        if other is pair:
            yield pair.fault("shares its policy with itself", "name the other pair", "parity_with")
        elif other is not None:
            yield from _differences(pair, other, _counterparts(draft, other.form.site, pair.form.site))


def _counterparts(draft: Draft, from_site: str, to_site: str) -> dict[str, str]:
    """For each network of one site the other site's: of the same name but for the site's, or alone of its purpose."""
    named: dict[tuple[str, str], list[str]] = {}
    for network in draft.networks:
        named.setdefault((network.form.site, network.form.purpose), []).append(network.name)
    found = {}
    for (site, purpose), names in named.items():
        theirs = named.get((to_site, purpose), []) if site == from_site else []
        for name in names:
            namesake = name.replace(from_site, to_site)
            if namesake in theirs:
                found[name] = namesake
            elif len(names) == len(theirs) == 1:
                found[name] = theirs[0]
    return found


def _differences(pair: Pair, other: Pair, counterparts: Mapping[str, str]) -> Iterator[Fault]:
    ours = {rule.name: _meaning(rule, {}) for rule in pair.form.rules}
    theirs = {rule.name: _meaning(rule, counterparts) for rule in other.form.rules}
    differing = {name for name in (*ours, *theirs) if ours.get(name) != theirs.get(name)}
    excepted: dict[str, int] = {}
    for position, exception in enumerate(pair.form.parity_exceptions):
        if exception.rule in excepted:
            what = f'rule "{exception.rule}" is excepted twice'
            yield pair.fault(what, "keep one of the two", "parity_exceptions", position, "rule")
        elif exception.rule not in differing:
            what = f'rule "{exception.rule}" does not differ from firewall pair "{other.name}"'
            yield pair.fault(what, "take the exception away", "parity_exceptions", position, "rule")
        excepted.setdefault(exception.rule, position)
    what_to_do = "make both alike, or state an exception in parity_exceptions"
    for position, name in enumerate(ours):
        if name in differing - excepted.keys():
            what = "differs from that" if name in theirs else "is no rule"
            yield pair.fault(f'rule "{name}" {what} of firewall pair "{other.name}"', what_to_do, "rules", position)
    for name in theirs:
        if name not in ours and name not in excepted:
            yield pair.fault(f'lacks rule "{name}" of firewall pair "{other.name}"', what_to_do, "parity_with")
    yield from _order(pair, other, [name for name in ours if name not in differing], list(theirs))


def _order(pair: Pair, other: Pair, shared: list[str], theirs: list[str]) -> Iterator[Fault]:
    expected = [name for name in theirs if name in shared]
    for position, rule in enumerate(pair.form.rules):
        if rule.name in shared and expected[shared.index(rule.name)] != rule.name:
            what = f'rule "{rule.name}" stands in another order than in firewall pair "{other.name}"'
            yield pair.fault(what, "put the rules into one order", "rules", position)
            return


def _meaning(rule: FirewallRuleForm, counterparts: Mapping[str, str]) -> _Meaning:
    """What a rule says, in the names of the other site."""
    sides = (frozenset(counterparts.get(name, name) for name in side) for side in (rule.sources, rule.destinations))
    zones = (frozenset(rule.from_zones), frozenset(rule.to_zones))
    return (rule.action, *zones, *sides, frozenset(rule.ports), frozenset(rule.services))
