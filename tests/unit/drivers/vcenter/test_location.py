"""Datacenters, clusters and datastores that bear one name: none is taken in silence, a path says which is meant."""

from types import SimpleNamespace
from typing import cast

import pytest

from groundwork.drivers.vcenter.bulk_read import Row
from groundwork.drivers.vcenter.location import only, paths_of, tree_of
from groundwork.drivers.vcenter.session import Session
from groundwork.errors import OutsideError

SESSION = cast("Session", SimpleNamespace(site="central"))
ROWS = [
    Row("host", {"name": "host"}),
    Row("old", {"name": "old", "parent": "host"}),
    Row("c1", {"name": "hci", "parent": "host"}),
    Row("c2", {"name": "hci", "parent": "old"}),
    Row("c3", {"name": "Prod%2fA", "parent": "host"}),
]
CLUSTERS = paths_of(tree_of(ROWS), ROWS[2:], below="host")


def test_a_name_that_two_bear_is_refused_with_both_paths() -> None:
    with pytest.raises(OutsideError, match="2 clusters named 'hci': hci, old/hci"):
        only(SESSION, "cluster", "hci", {"hci": ROWS[2], "old/hci": ROWS[3]} | {"third": ROWS[4]})


def test_a_path_says_which_is_meant() -> None:
    assert only(SESSION, "cluster", "old/hci", CLUSTERS).ref == "c2"
    assert only(SESSION, "cluster", "/hci", CLUSTERS).ref == "c1"


@pytest.mark.parametrize("name", ["Prod/A", "Prod%2fA"])
def test_a_name_with_a_slash_is_found_as_people_write_it(name: str) -> None:
    assert only(SESSION, "cluster", name, CLUSTERS).ref == "c3"


def test_a_name_nobody_bears_is_refused_with_those_there_are() -> None:
    with pytest.raises(OutsideError, match="no cluster named 'dev'") as caught:
        only(SESSION, "cluster", "dev", CLUSTERS)
    assert caught.value.hint == "it has Prod%2fA, hci, old/hci"
