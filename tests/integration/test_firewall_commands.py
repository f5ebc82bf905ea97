"""The firewalls' commands as they are typed: what they answer, in which shape, and how they end."""

import json
import sys
from pathlib import Path

import pytest

from commands.checkout import ROOT
from commands.json_shapes import SHAPES, misfits
from groundwork.shell.command import Completed, LocalCommands
from tests.builders.estate_files import FILES, write_city


def inv(*arguments: str, folder: Path = ROOT) -> Completed:
    """Type one command in a folder."""
    argv = ["env", "-C", str(folder), sys.executable, "-P", "-m", "commands", *arguments]
    return LocalCommands().run(argv, timeout_seconds=60, check=False)


@pytest.fixture(name="settings")
def settings_of_toytown(tmp_path: Path) -> str:
    firewall = FILES["firewall.yaml"].replace("sources: [staff]", "sources: [gamma-management]")
    inventory = write_city(tmp_path / "inventory", FILES | {"firewall.yaml": firewall})
    file = tmp_path / "settings.yaml"
    file.write_text(f"city: toytown\ninventory: {inventory}\nstate: state\n", encoding="utf-8")
    return str(file)


def test_our_city_s_rules_all_decide_something() -> None:
    done = inv("firewall.lint", "--city", "taichung", "--json")
    assert (done.exit_code, json.loads(done.stdout)["findings"]) == (0, [])


def test_a_rule_that_decides_nothing_is_listed_and_the_end_is_4(settings: str, tmp_path: Path) -> None:
    done = inv("firewall.lint", "--settings", settings, "--json", folder=tmp_path)
    document = json.loads(done.stdout)
    assert done.exit_code == 4
    assert misfits(document, SHAPES["firewall.lint"][0][1]) == []
    assert [(one["rule"], one["kind"], one["what"]) for one in document["findings"]] == [
        ("staff", "redundant", "never decides anything: pull before it decides all of it")
    ]


def test_a_flow_is_followed_through_translation_to_the_rule_that_decides() -> None:
    done = inv("firewall.flow", "192.0.2.7", "203.0.113.31:443/tcp", "--city", "taichung", "--json")
    document = json.loads(done.stdout)
    (decision,) = document["decisions"]
    assert misfits(document, SHAPES["firewall.flow"][0][1]) == []
    assert (decision["pair"], decision["action"], decision["rule"]) == ("nchc-edge", "accept", "public-web")
    assert decision["sent"]["destination"] == "10.30.30.11"


def test_a_flow_between_two_sites_passes_the_firewalls_of_both() -> None:
    done = inv("firewall.flow", "repo-nchc", "repo-central:8001/tcp", "--city", "taichung", "--json")
    decisions = json.loads(done.stdout)["decisions"]
    assert [(one["pair"], one["action"]) for one in decisions] == [("central-edge", "deny"), ("nchc-edge", "deny")]


@pytest.mark.parametrize(
    ("source", "to", "said"),
    [
        ("10.0.0.1", "10.30.0.20", "'10.30.0.20' is no destination"),
        ("10.0.0.1", "10.30.0.20:0/tcp", "'10.30.0.20:0/tcp' is no destination"),
        ("10.0.0.1", "10.30.0.20:22/icmp", "'10.30.0.20:22/icmp' is no destination"),
        ("nobody", "10.30.0.20:22/tcp", "'nobody' is no address, and no machine or host has this name"),
        ("10.0.0.1", "[2001:db8::1]:22/tcp", "10.0.0.1 and 2001:db8::1 are of two IP versions"),
    ],
)
def test_what_is_no_flow_is_refused_in_one_sentence(source: str, to: str, said: str) -> None:
    done = inv("firewall.flow", source, to, "--city", "taichung")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (1, f"error: {said}")
