"""What the words of --only mean."""

from dataclasses import replace

import pytest

from backup.selection import select_machines
from groundwork.errors import UsageError
from tests.builders.estate_values import small_estate


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], ["pass-db-01", "pass-web-01", "files-01"]),
        (["template:tmpl-lab-guest"], ["pass-db-01", "pass-web-01"]),
        (["beta"], ["files-01"]),
        (["site:beta"], ["files-01"]),
        (["pass"], ["pass-db-01", "pass-web-01"]),
        (["bureau"], ["pass-db-01", "pass-web-01", "files-01"]),
        (["tier:3"], ["files-01"]),
        (["policy:from-beta"], ["files-01"]),
        (["files-01", "machine:pass-web-01"], ["pass-web-01", "files-01"]),
    ],
)
def test_a_word_selects_by_its_kind_or_by_the_only_kind_that_has_it(words: list[str], names: list[str]) -> None:
    estate = small_estate()
    machines = {**estate.machines, "files-01": replace(estate.machines["files-01"], template="")}

    assert [one.name for one in select_machines(replace(estate, machines=machines), words)] == names


def test_a_word_that_selects_nothing_or_things_of_two_kinds_is_wrong_usage() -> None:
    estate = small_estate()
    for word in ("atlantis", "site:atlantis", "site:", ":pass", "pass:site", "template:"):
        with pytest.raises(UsageError, match="selects no machine"):
            select_machines(estate, ["bureau", word])
    both = replace(estate.machines["files-01"], agency="pass")
    with pytest.raises(UsageError, match="is an agency and a service") as caught:
        select_machines(replace(estate, machines={**estate.machines, "files-01": both}), ["pass"])
    assert "agency:pass or service:pass" in caught.value.hint


def test_a_machine_whose_policy_copies_it_nowhere_is_not_backed_up() -> None:
    estate = small_estate()
    policies = {name: replace(policy, copies_at=()) for name, policy in estate.backup_policies.items()}

    assert select_machines(replace(estate, backup_policies=policies)) == ()
