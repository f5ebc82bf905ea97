"""What a first boot is given is what cloud-init's VMware data source reads: metadata and user data, base64."""

import base64
import json

from groundwork.model.first_boot import FirstBoot, read_address

TOLD = FirstBoot(hostname="web-01", address="10.1.10.12/24", gateway="10.1.10.1", facts=(("role", "web"),))


def _decoded(reported: FirstBoot, key: str) -> str:
    info = dict(reported.guest_info())
    assert info[f"{key}.encoding"] == "base64"
    return base64.b64decode(info[key]).decode()


def test_metadata_names_the_machine_and_its_network() -> None:
    assert json.loads(_decoded(TOLD, "metadata")) == {
        "instance-id": "web-01",
        "local-hostname": "web-01",
        "network": {
            "version": 2,
            "ethernets": {
                "first": {
                    "match": {"name": "e*"},
                    "dhcp4": False,
                    "addresses": ["10.1.10.12/24"],
                    "gateway4": "10.1.10.1",
                }
            },
        },
    }


def test_user_data_is_a_cloud_config_that_writes_the_facts() -> None:
    first, _, rest = _decoded(TOLD, "userdata").partition("\n")
    assert first == "#cloud-config"
    assert json.loads(rest) == {
        "write_files": [{"path": "/etc/cityops/facts", "content": "role=web\n", "permissions": "0644"}]
    }


def test_a_machine_without_an_address_asks_by_dhcp() -> None:
    network = json.loads(_decoded(FirstBoot(hostname="web-02"), "metadata"))["network"]
    assert network["ethernets"]["first"] == {"match": {"name": "e*"}, "dhcp4": True}


def test_the_address_is_read_back_and_nonsense_gives_none() -> None:
    assert read_address(TOLD.guest_info()) == "10.1.10.12"
    assert read_address(FirstBoot(hostname="web-02").guest_info()) == ""
    assert read_address((("metadata", "%%%"),)) == ""
    assert read_address((("metadata", base64.b64encode(b"[1]").decode()),)) == ""
    assert read_address(()) == ""
