"""The ruleset of a policy, whole; and of which pairs there is none."""

from pathlib import Path

import pytest

from fleet.firewall.ruleset import render_ruleset
from groundwork.errors import ConfigurationError
from groundwork.model.firewall import SourceTranslation
from tests.builders.firewall_policies import OURS, policy_of, rule

HIDE = SourceTranslation(name="hide", zone="outside", sources=("some-desks",), address=OURS, reason="test")


def test_it_is_written_as_expected_with_what_overlaps_merged() -> None:
    policy = policy_of(
        rule("desks", sources=("some-desks", "one-desk"), ports=("tcp/85",), services=("pages", "names")),
        rule("both-versions", action="deny", destinations=("server",)),
        rule("everything", to_zones=("outside",), from_zones=("inside", "office")),
        source_nat=(HIDE,),
    )
    assert render_ruleset(policy) == (Path(__file__).parent / "expected" / "ruleset.nft").read_text(encoding="utf-8")


def test_a_pair_of_another_make_has_none() -> None:
    with pytest.raises(ConfigurationError, match="edge is of platform fortinet"):
        render_ruleset(policy_of(platform="fortinet"))
