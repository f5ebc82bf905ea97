"""Values that do not fit their fields."""

from pathlib import Path

import pytest

from tests.builders.estate_files import Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "form.txt")

EDITS: dict[str, list[Edit]] = {
    "a text would move the cursor or break the line": [
        ("agencies.yaml", "title_en: Office", 'title_en: "Off\\e[2Jice"'),
        ("agencies.yaml", "title_en: Bureau", '"ti\\ntle": x\n    title_en: Bureau'),
        ("hotspots.csv", "Library", '"Libr\nary"'),
    ],
    "a key is unknown": [
        ("services.yaml", "    mtpd: 3d", "    mtpd: 3d\n    owner: bureau\n    mpd: 2d"),
    ],
    "a key inside a mapping is unknown": [
        (
            "services.yaml",
            "{kind: tcp, machine: pass-db-01, port: 7000}",
            "{kind: tcp, machine: pass-db-01, port: 7000, timeout: 5}",
        ),
        ("agencies.yaml", "quota: {machines: 2,", "quota: {machines: 2, gpus: 1,"),
        ("sites.yaml", "      cluster: alpha-cluster", "      cluster: alpha-cluster\n      password: x"),
    ],
    "a key at the top of a file is unknown": [
        ("hosts.yaml", "hosts:\n", "hostz: {}\nhosts:\n"),
    ],
    "a field is missing": [
        ("services.yaml", "    rto: 2d\n", ""),
        ("sites.yaml", "      datastore: alpha-vsan\n", ""),
    ],
    "a duration is none": [
        ("services.yaml", "rto: 2d", "rto: two days"),
        ("services.yaml", "mtpd: 4h", "mtpd: 240"),
        ("services.yaml", "rpo: 1h", "rpo: 0h"),
    ],
    "an address is none": [
        ("hosts.yaml", "10.1.0.20", "10.1.0.256"),
        ("hosts.yaml", "address: 10.2.0.30", "address: 30"),
        ("networks.yaml", "gateway: 10.2.10.1", "gateway: gate"),
    ],
    "a network is none": [
        ("networks.yaml", "cidr: 10.2.10.0/24", "cidr: 10.2.10.7/24"),
        ("networks.yaml", "cidr: 10.3.10.0/24", "cidr: 10.3.10.0"),
        ("networks.yaml", "cidr: 10.1.10.0/24", "cidr: 10.1.10.0/33"),
    ],
    "a number is none": [
        ("machines.csv", "file,2,4096,50,alpha", "file,two,4096.5,-50,alpha"),
        ("agencies.yaml", "machines: 2", "machines: true"),
        ("sites.yaml", "link_mbps: 50", "link_mbps: fast"),
    ],
    "a choice is none": [
        ("machines.csv", "bus,application", "bus,app"),
        ("sites.yaml", "role: first_backup", "role: backup"),
        ("hosts.yaml", "[baseline, monitoring]", "[baseline, watching]"),
    ],
    "a yes or no is none": [
        ("machines.csv", "daily-gamma,true", "daily-gamma,maybe"),
    ],
    "a text is none": [
        ("agencies.yaml", "title_en: Office", "title_en: 42"),
        ("agencies.yaml", "title_zh: 處", 'title_zh: ""'),
        ("agencies.yaml", "title_en: Bureau", "title_en: [Bureau]"),
    ],
    "a list is none": [
        ("services.yaml", "depends_on: [pass]", "depends_on: pass"),
        ("drills.yaml", "services: [pass]", "services: []"),
    ],
    "a mapping is none": [
        ("agencies.yaml", "quota: {machines: 2, vcpus: 8, memory_gib: 8, disk_gib: 100}", "quota: much"),
        (
            "hosts.yaml",
            "{site: beta, network: beta-management, address: 10.2.0.30, roles: [baseline, monitoring]}",
            "[baseline]",
        ),
    ],
    "a contact, a MAC, a port, a path do not fit": [
        ("agencies.yaml", "ops@office.agency.example", "Ms Chen"),
        ("dhcp.yaml", "02:00:00:00:00:01", "0200.0000.0001"),
        ("sslvpn.yaml", "ports: [tcp/443]\n", "ports: [https]\n"),
        ("sslvpn.yaml", "[tcp/22, tcp/443]", "[tcp/22, tcp/70000]"),
        ("services.yaml", "path: /", "path: health"),
    ],
    "a day is none": [
        ("sslvpn.yaml", "opens: 2026-11-02", "opens: 2026-11-31"),
        ("sslvpn.yaml", "closes: 2026-11-27", "closes: 27.11.2026"),
    ],
    "a coordinate is none": [
        ("hotspots.csv", "24.1,120.6", "north,nan"),
        ("hotspots.csv", "24.2,120.7", "91,120.7"),
    ],
    "a list has the wrong length": [
        ("firewall.yaml", "      - {name: gamma-edge-b, address: 10.3.0.3, priority: 100}\n", ""),
    ],
    "a name does not fit": [
        ("hosts.yaml", "  repo-alpha:", "  Repo_Alpha:"),
        ("machines.csv", "files-02,", "Files 02,"),
    ],
    "a name is stated twice": [
        ("agencies.yaml", "  office:", "  bureau:"),
        ("services.yaml", "    rto: 2d", "    rto: 2d\n    rto: 3d"),
        ("machines.csv", "files-02,", "files-01,"),
    ],
    "a list names one thing twice": [
        ("drills.yaml", "services: [pass]", "services: [pass, pass]"),
        ("city.yaml", "[東區, 西區]", "[東區, 西區, 東區]"),
        ("hosts.yaml", "[baseline, monitoring]", "[baseline, baseline]"),
    ],
    "a value is empty where one is needed": [
        ("networks.yaml", "gateway: 10.2.10.1", "gateway: "),
        ("services.yaml", "rto: 2d", "rto: null"),
        ("agencies.yaml", "title_en: Office", "title_en: ~"),
    ],
    "a number is written as only some programs read it": [
        ("sites.yaml", "link_mbps: 50", "link_mbps: 0777"),
        ("services.yaml", "tier: 1", 'tier: "1"'),
        ("agencies.yaml", "machines: 2", "machines: +2"),
        ("firewall.yaml", "priority: 200", "priority: 255"),
    ],
    "a duration is a list": [
        ("services.yaml", "rto: 2d", "rto: [2d]"),
    ],
    "a text holds what nobody sees": [
        ("agencies.yaml", "title_en: Office", 'title_en: "Off\\u200bice"'),
        ("agencies.yaml", "title_zh: 處", 'title_zh: "  "'),
        ("services.yaml", "contains: pass-db-01", 'contains: "x\\e]0;pwn\\a"'),
        ("wifi.yaml", "ssid: Toytown", 'ssid: " Toytown"'),
    ],
    "an SSID is too long in octets": [
        ("wifi.yaml", "ssid: Toytown", "ssid: 玩具市政府公共免費無線網路"),
    ],
    "an address is no machine's": [
        ("dhcp.yaml", "[10.1.10.53]", "[255.255.255.255, 127.0.0.1, 0.0.0.0, 169.254.0.1]"),
        ("networks.yaml", "gateway: 10.2.10.1", "gateway: 224.0.0.1"),
        ("sslvpn.yaml", "pool: 10.98.0.0/24", "pool: 224.0.0.0/24"),
        ("sslvpn.yaml", "sources: [192.0.2.0/29]", "sources: [0.0.0.0/0]"),
        ("dhcp.yaml", "02:00:00:00:00:01", "00:00:00:00:00:00"),
    ],
    "any stands beside others": [
        (
            "firewall.yaml",
            "destinations: [gamma-services]\n        services: [web]",
            "destinations: [gamma-services, any]\n        ports: [any, tcp/1]",
        ),
    ],
    "a section is empty or no mapping": [
        ("agencies.yaml", "agencies:\n", "agencies: none\nrest:\n"),
        ("hosts.yaml", "hosts:\n", "hosts: [a]\nmore:\n"),
    ],
}


@pytest.mark.parametrize("case", EDITS)
def test_the_whole_report_is_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[case]))) == EXPECTED[case]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()
