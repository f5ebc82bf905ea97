"""The packet filter of the role baseline, loaded into a network of the test's own by the kernel's own nft."""

import os
import shutil
from pathlib import Path

import jinja2
import pytest

from groundwork.shell.command import LocalCommands

ROLE = Path(__file__).parents[2] / "playbooks" / "roles" / "baseline"
OPEN = [
    {"port": 8000, "sources": ["10.1.0.0/16", "fd00:1::/64"]},
    {"port": 67, "protocol": "udp", "sources": ["10.2.0.0/16"]},
    {"port": 9999, "sources": []},
]

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("nft", path="/usr/sbin:/sbin") is None, reason="needs root and nft"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A host's /etc/cityops with the rendered filter."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(ROLE / "templates"), trim_blocks=True)  # noqa: S701 - no page
    environment.tests["search"] = lambda text, word: word in text
    reported = environment.get_template("firewall.nft.j2").render(ansible_managed="a test", baseline__open_ports=OPEN)
    (tmp_path / "firewall.nft").write_text(reported)
    return tmp_path


def alone(script: str) -> str:
    """What a shell script prints that runs in a network of its own."""
    return LocalCommands().run(["unshare", "--net", "sh", "-ec", script], timeout_seconds=30).stdout


def seen(folder: Path) -> str:
    """The reading that the role makes, as a shell command; sshd of this machine is left out of it."""
    return f"sh {ROLE / 'files' / 'see_loaded.sh'} {folder} 2>/dev/null | grep -v ^sshd || true"


def test_loading_it_twice_leaves_one_table_of_ours_and_every_table_of_others(folder: Path) -> None:
    load = f"nft --file {folder}/firewall.nft"
    listed = alone(f"nft 'add table ip docker; add chain ip docker keep'; {load}; {load}; nft list ruleset")

    assert listed.count("table inet cityops") == 1
    assert listed.count("policy drop") == 1
    assert "table ip docker" in listed
    assert "chain keep" in listed


def test_it_lets_in_what_the_roles_serve_by_protocol_and_family(folder: Path) -> None:
    listed = alone(f"nft --file {folder}/firewall.nft; nft list table inet cityops")

    assert "ip saddr 10.1.0.0/16 tcp dport 8000 accept" in listed
    assert "ip6 saddr fd00:1::/64 tcp dport 8000 accept" in listed
    assert "ip saddr 10.2.0.0/16 udp dport 67 accept" in listed
    assert "9999" not in listed


@pytest.mark.parametrize(
    "broken",
    [
        "nft flush ruleset",
        "nft delete table inet cityops",
        "nft flush chain inet cityops input",
        "nft add rule inet cityops input accept",
        "nft 'add chain inet cityops input { policy accept; }'",
    ],
)
def test_the_look_names_a_filter_that_is_not_what_its_file_says(folder: Path, broken: str) -> None:
    load = f"nft --file {folder}/firewall.nft"

    assert alone(f"{load}; {seen(folder)}") == ""
    assert alone(f"{load}; nft add table inet others; {seen(folder)}") == ""
    assert alone(f"{load}; {broken}; {seen(folder)}") == "packet-filter\n"
