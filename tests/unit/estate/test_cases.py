"""The inputs that failed in the field, each beside what is to be said of it; and the schemas' verdict on each."""

import csv
import io
import shutil
from pathlib import Path

import pytest

from commands.checkout import ROOT
from groundwork.estate.faults import EstateFaults
from groundwork.estate.load import load_estate
from groundwork.estate.platform_entries import MachineForm
from groundwork.estate.reading import FolderReader
from groundwork.estate.sections import files
from tests.builders.schema_verdict import is_accepted

CASES = ROOT.parent / "shared" / "cases" / "estate"

FIREWALL_OF_TODAY = {
    "    rules:\n": (
        "    managed_from: [backup-management]\n    zones:\n      - {name: outside, interfaces: [eth0]}\n    rules:\n"
    ),
    "        reason: staff reach services\n": (
        "        reason: staff reach services\n        owner: smart-technology\n        review: 2099-01-31\n"
    ),
}

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside this checkout")

EXPECTED = {
    "a-dns-broadcast": "dhcp.yaml:9: 255.255.255.255",
    "a-dns-dup": "dhcp.yaml:9: 10.110.10.53 twice",
    "a-domain-nonsense": "dhcp.yaml:10: domain",
    "a-gateway-broadcast": "networks.yaml:9: broadcast",
    "a-gateway-in-pool": "networks.yaml:10: gateway 10.110.40.100 pool",
    "a-multicast-net": "networks.yaml:6: multicast",
    "a-netmask": "networks.yaml:9: 255.255.255.0",
    "a-no-plan": "networks.yaml:6: address plan",
    "a-pool-all": "dhcp.yaml:7: broadcast",
    "a-prefix-leading0": "networks.yaml:9: /024",
    "a-vcenter-network": "sites.yaml:10: network address",
    "base": "",
    "c-field-200k": "hotspots.csv:3: longer shorten",
    "c-lat-exp": "hotspots.csv:3: 2.348530e1",
    "c-octal": 'machines.csv:4: "04"',
    "c-plus": 'machines.csv:4: "+4"',
    "c-trailing-commas": "",
    "c-y-bool": 'machines.csv:6: "Y" true false',
    "c-yes-bool": 'machines.csv:6: "yes" true false',
    "f-nonutf8-filename": ".yaml: not a file",
    "n-duration-list": "services.yaml:9: a list",
    "n-octal": "sites.yaml:8: 0777",
    "n-quoted": "sites.yaml:8: quotes",
    "p-close": "machines.csv:14: unknown agency",
    "s-addr-empty": "networks.yaml:9: is empty",
    "s-contains-esc": "services.yaml:16: U+001B",
    "s-empty-all": "sites.yaml:1: empty",
    "s-fw-prio255": "firewall.yaml:8: 254",
    "s-grant-world": "sslvpn.yaml:28: 0.0.0.0/0",
    "s-no-repo-host": "backup_policies.yaml:4: repository host",
    "s-path-crlf": "services.yaml:16: line break",
    "s-path-esc": "services.yaml:16: U+001B",
    "s-ssid-esc": "wifi.yaml:5: U+001B",
    "s-ssid-long-zh": "wifi.yaml:5: 96 octets",
    "s-tier-quoted": "services.yaml:8: quotes",
    "s-vpn-idle": "sslvpn.yaml:11: idle_limit session_limit",
    "x-drill-through-survivor": "drills.yaml:9: base through mid",
    "x-mac-null": "dhcp.yaml:12: 00:00:00:00:00:00",
    "x-quota-1mib": "agencies.yaml:18: 1,024,001 MiB",
    "x-vpn-pool-multicast": "sslvpn.yaml:7: multicast",
    "y-blank-title": "city.yaml:3: blanks",
    "y-fffe": "city.yaml:3: U+FFFE",
    "y-zwsp-title": "city.yaml:3: U+200B",
}


@pytest.fixture(name="city")
def city_of_a_case(case: str, tmp_path: Path) -> Path:
    """The case laid over its base, in the format of today: templates by name, nothing that is no more."""
    city = tmp_path / "chiayi"
    city.mkdir()
    for layer in (CASES / "base" / "chiayi", CASES / case / "chiayi"):
        for path in layer.iterdir() if layer.is_dir() else ():
            shutil.copyfile(path, city / path.name)
    for name in (city / ".removed").read_text().split() if (city / ".removed").exists() else ():
        (city / name).unlink(missing_ok=True)
    shutil.copyfile(ROOT / "inventory" / "chiayi" / "templates.yaml", city / "templates.yaml")
    if (city / "services.yaml").exists():
        services = (city / "services.yaml").read_bytes()
        (city / "services.yaml").write_bytes(services.replace(b"kind: canary", b"command: hostname -s, kind: ssh"))
    if (city / "firewall.yaml").exists():
        firewall = (city / "firewall.yaml").read_text(encoding="utf-8")
        for old, new in FIREWALL_OF_TODAY.items():
            firewall = firewall.replace(old, new)
        (city / "firewall.yaml").write_text(firewall, encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO((city / "machines.csv").read_text(encoding="utf-8"))))
    with (city / "machines.csv").open("w", encoding="utf-8", newline="") as stream:
        kept = [name for name in (rows or [{"name": ""}])[0] if name == "name" or name in MachineForm.model_fields]
        writer = csv.DictWriter(stream, [*kept, "template"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**row, "template": "tmpl-lab-guest" if row["vcpus"] == "1" else ""} for row in rows)
    return city


@pytest.mark.parametrize("case", EXPECTED)
def test_the_report_names_the_line_and_the_fact(case: str, city: Path) -> None:
    try:
        load_estate(city.parent, "chiayi")
        report = []
    except EstateFaults as found:
        report = [str(fault) for fault in found.faults]
    line, _, words = EXPECTED[case].partition(": ")
    if not line:
        assert report == []
        return
    assert [one for one in report if f"{line}: " in one and all(word in one for word in words.split())], report


@pytest.mark.parametrize("case", EXPECTED)
def test_no_file_is_refused_by_one_of_form_and_schema_alone(case: str, city: Path) -> None:  # noqa: ARG001 - the city's
    for path in (city / file for file in files() if (city / file).exists()):
        reader = FolderReader(city, shown="chiayi")
        reader.read()
        refused = any(fault.file == f"chiayi/{path.name}" and fault.line for fault in reader.faults)
        assert is_accepted(path) in (not refused, None), path.name
