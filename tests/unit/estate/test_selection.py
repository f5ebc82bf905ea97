"""The words of --only: one grammar, whatever they are said of."""

from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backup.plan import plan_replication
from backup.selection import select_machines
from dr_drills.plan import select_services
from fleet.hosts.proposal import meant_hosts
from fleet.machines.wanted import Meant, meant_machines
from groundwork.errors import UsageError
from groundwork.estate.estate import Estate
from groundwork.estate.selection import (
    ALL,
    KINDS,
    Selectable,
    parse_selection,
    selectable_host,
    selectable_machine,
)
from tests.builders.estate_values import small_estate

ESTATE = small_estate()
MACHINES = [selectable_machine(machine) for machine in ESTATE.machines.values()]
HOSTS = [selectable_host(host) for host in ESTATE.hosts.values()]
THINGS = [*MACHINES, *HOSTS]
CRITERIA = sorted(set(chain.from_iterable(thing.criteria() for thing in THINGS)))
VALUES = {value for _, value in CRITERIA}


def selected(*words: str, things: list[Selectable] = THINGS) -> list[str]:
    selection = parse_selection(words, things, what="thing")
    return [thing.name for thing in things if selection.matches(thing)]


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("name:files-01", ["files-01"]),
        ("name:beta/files-01", ["files-01"]),
        ("machine:files-01", ["files-01"]),
        ("machine:beta/files-01", ["files-01"]),
        ("host:repo-beta", ["repo-beta"]),
        ("beta/files-01", ["files-01"]),
        ("files-01", ["files-01"]),
        ("site:beta", ["files-01", "repo-beta"]),
        ("beta", ["files-01", "repo-beta"]),
        ("agency:bureau", ["pass-db-01", "pass-web-01", "files-01"]),
        ("service:pass", ["pass-db-01", "pass-web-01"]),
        ("role:web", ["pass-web-01"]),
        ("role:repository", ["repo-alpha", "repo-beta", "repo-gamma"]),
        ("kind:host", ["repo-alpha", "repo-beta", "repo-gamma"]),
        ("kind:machine", ["pass-db-01", "pass-web-01", "files-01"]),
        ("policy:from-beta", ["files-01"]),
        ("tier:3", ["files-01"]),
        ("template:tmpl-lab-guest", ["pass-db-01", "pass-web-01"]),
    ],
)
def test_a_word_selects_by_its_kind_or_by_the_one_kind_that_has_it(word: str, names: list[str]) -> None:
    assert selected(word) == names


@pytest.mark.parametrize(
    ("word", "message", "hint"),
    [
        ("atlantis", "'atlantis' selects no thing", "write KIND:VALUE, with KIND one of name, site, agency, service, "),
        ("files-1", "'files-1' selects no thing", "did you mean files-01?"),
        ("FILES-01", "'FILES-01' selects no thing", "did you mean files-01?"),
        ("site:atlantis", "'site:atlantis' selects no thing", "there are alpha, beta, gamma"),
        ("site:betta", "'site:betta' selects no thing", "did you mean site:beta?"),
        ("site: beta", "'site: beta' selects no thing", "did you mean site:beta?"),
        ("sites:beta", "'sites:beta' selects no thing: 'sites' is no kind", "did you mean site:beta?"),
        ("colour:red", "'colour:red' selects no thing: 'colour' is no kind", "write KIND:VALUE"),
        ("site:", "'site:' selects no thing", "there are alpha, beta, gamma"),
        (":pass", "':pass' selects no thing", "write KIND:VALUE"),
        ("", "'' selects no thing", "write KIND:VALUE"),
        ("pass:site", "'pass:site' selects no thing: 'pass' is no kind", "write KIND:VALUE"),
        ("site:beta:files-01", "selects no thing", "there are alpha, beta, gamma"),
        ("alpha/files-01", "'alpha/files-01' selects no thing", "write KIND:VALUE"),
        ("host:files-01", "'host:files-01' selects no thing", "there are repo-alpha, repo-beta, repo-gamma"),
    ],
)
def test_a_word_that_selects_nothing_is_refused_with_what_may_be_meant(word: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        selected("beta", word)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_kind_that_none_of_the_things_has_is_refused_as_that() -> None:
    with pytest.raises(UsageError, match="'agency:bureau' selects no host: none has an agency") as caught:
        parse_selection(["agency:bureau"], HOSTS, what="host")
    assert caught.value.hint == "write KIND:VALUE, with KIND one of name, site, role, kind"


@pytest.mark.parametrize(
    ("other", "word", "message", "hint"),
    [
        (
            Selectable(kind="machine", name="x", agency="pass"),
            "pass",
            "'pass' is an agency and a service",
            "agency:pass or service:pass",
        ),
        (Selectable(kind="machine", name="beta"), "beta", "'beta' is a name and a site", "name:beta or site:beta"),
        (Selectable(kind="machine", name="1"), "1", "'1' is a name and a tier", "name:1 or tier:1"),
        (
            Selectable(kind="machine", name="x", service="machine"),
            "machine",
            "'machine' is a service and a kind",
            "service:machine or kind:machine",
        ),
    ],
)
def test_a_bare_word_that_several_kinds_have_is_never_guessed(
    other: Selectable, word: str, message: str, hint: str
) -> None:
    things = [*THINGS, other]
    with pytest.raises(UsageError, match=message) as caught:
        selected(word, things=things)
    assert caught.value.hint == f"say which: {hint}"
    for one in hint.split(" or "):
        assert selected(one, things=things)


def test_no_word_selects_everything_and_commas_mean_or() -> None:
    assert parse_selection([], THINGS, what="thing") == ALL
    assert ALL.names(MACHINES) == {"pass-db-01", "pass-web-01", "files-01"}
    assert selected("role:web", "tier:3", "role:web") == ["pass-web-01", "files-01"]


@given(st.lists(st.sampled_from(CRITERIA), min_size=1))
def test_whatever_is_written_with_its_kind_selects_what_has_it(criteria: list[tuple[str, str]]) -> None:
    words = [f"{kind}:{value}" for kind, value in criteria]
    assert selected(*words) == [one.name for one in THINGS if set(one.criteria()) & set(criteria)]
    assert selected(*words), "what a thing is selected by selects it"


@given(st.text(max_size=12))
def test_any_other_word_selects_something_or_is_refused_in_words(word: str) -> None:
    if (word in VALUES) or tuple(word.split(":", 1)) in CRITERIA:
        assert selected(word)
        return
    with pytest.raises(UsageError) as caught:
        selected(word)
    assert repr(word) in caught.value.message
    assert caught.value.hint


def machines(estate: Estate, *words: str) -> set[str]:
    return set(meant_machines(estate, words).machines)


def hosts(estate: Estate, *words: str) -> set[str]:
    return {host.name for host in meant_hosts(estate, words)}


def backed_up(estate: Estate, *words: str) -> set[str]:
    return {machine.name for machine in select_machines(estate, words)}


def drilled(estate: Estate, *words: str) -> set[str]:
    return set(select_services(estate, estate.drill("alpha-lost"), words))


def pulled(estate: Estate, *words: str) -> set[str]:
    return {share.site for _, share, _, _ in plan_replication(estate, words).steps()}


PRODUCTS = {"machine": machines, "host": hosts, "backup": backed_up, "drill": drilled, "replicate": pulled}
TAKES = {
    "machine": {
        "name:pass-web-01": {"pass-web-01"},
        "site:beta": {"files-01"},
        "agency:bureau": {"pass-db-01", "pass-web-01", "files-01"},
        "service:files": {"files-01"},
        "role:web": {"pass-web-01"},
        "kind:machine": {"pass-db-01", "pass-web-01", "files-01"},
        "policy:from-beta": {"files-01"},
        "tier:3": {"files-01"},
        "template:tmpl-lab-guest": {"pass-db-01", "pass-web-01"},
    },
    "host": {
        "name:repo-beta": {"repo-beta"},
        "site:beta": {"repo-beta"},
        "role:repository": {"repo-alpha", "repo-beta", "repo-gamma"},
        "kind:host": {"repo-alpha", "repo-beta", "repo-gamma"},
    },
    "drill": {
        "name:pass-web-01": {"pass"},
        "site:alpha": {"pass"},
        "agency:bureau": {"pass"},
        "service:pass": {"pass"},
        "role:web": {"pass"},
        "kind:service": {"pass"},
        "policy:from-alpha": {"pass"},
        "tier:1": {"pass"},
        "template:tmpl-lab-guest": {"pass"},
    },
    "replicate": {"site:beta": {"beta"}, "kind:site": {"beta", "gamma"}},
}
TAKES["backup"] = TAKES["machine"]


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_command_takes_each_kind_that_its_things_have_and_refuses_the_others(product: str, kind: str) -> None:
    taken = {word: names for word, names in TAKES[product].items() if word.startswith(f"{kind}:")}
    if not taken:
        with pytest.raises(UsageError, match=f"none has an? {kind}"):
            PRODUCTS[product](ESTATE, f"{kind}:x")
    for word, names in taken.items():
        assert PRODUCTS[product](ESTATE, word) == names
        assert PRODUCTS[product](ESTATE, word.partition(":")[2]) == names


def test_a_site_or_an_agency_without_machines_can_be_selected_and_a_site_means_whatever_is_found_there() -> None:
    estate = replace(ESTATE, agencies={**ESTATE.agencies, "tax": ESTATE.agencies["bureau"]})
    assert meant_machines(estate, ["gamma"]) == Meant(machines=frozenset(), sites=frozenset({"gamma"}))
    assert meant_machines(estate, ["tax"]) == Meant(machines=frozenset(), sites=frozenset())
    assert meant_machines(estate, ["files-01"]) == Meant(machines=frozenset({"files-01"}), sites=frozenset())
    assert meant_machines(estate, []).sites == {"alpha", "beta", "gamma"}
