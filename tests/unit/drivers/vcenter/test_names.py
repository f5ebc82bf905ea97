"""Names and paths of a vCenter's inventory, and which of them a written name means."""

import pytest

from groundwork.drivers.vcenter.names import Tree, decode_name, encode_name, is_meant, join_path, split_path


@pytest.mark.parametrize("name", ["web-01", "web/01", "100%", "50%2f50", "back\\slash", "稅務 DB.01", "%", "a%2Fb%5c"])
def test_a_name_comes_back_from_the_wire(name: str) -> None:
    assert decode_name(encode_name(name)) == name
    assert "/" not in encode_name(name)


def test_only_what_a_vcenter_escapes_is_decoded() -> None:
    assert decode_name("a%2fb%5Cc%25d%20e") == "a/b\\c%d%20e"


def test_a_slash_inside_a_name_is_no_step_of_a_path() -> None:
    assert join_path(("VLAN 10/20", "50%")) == "VLAN 10%2f20/50%25"
    assert split_path("VLAN 10%2f20/50%25") == ("VLAN 10/20", "50%")


@pytest.mark.parametrize(
    ("wanted", "path", "meant"),
    [
        ("tax", "digital/tax", True),
        ("digital/tax", "digital/tax", True),
        ("tax", "digital/tax/old", False),
        ("digital", "digital/tax", False),
        ("Prod/A", "Prod%2fA", True),
        ("Prod%2fA", "Prod%2fA", True),
        ("Prod/A", "Prod/A", True),
        ("Tax", "tax", False),
        ("", "", False),
    ],
)
def test_a_name_means_the_last_of_a_path_or_all_of_it(wanted: str, path: str, *, meant: bool) -> None:
    assert is_meant(wanted, path) is meant


def test_a_path_begins_beneath_what_it_is_read_below() -> None:
    tree = Tree({"vm": ("vm", "dc"), "a": ("digital", "vm"), "b": ("tax", "a")})
    assert tree.path("b", below="vm") == "digital/tax"
    assert tree.path("b") == "vm/digital/tax"
    assert tree.path("vm", below="vm") == ""
    assert tree.path(None, below="vm") == ""
