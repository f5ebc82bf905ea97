"""Names that lead nowhere: every fault is reported, once, with what was probably meant."""

from pathlib import Path

import pytest

from tests.builders.estate_files import Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "references.txt")

EDITS: dict[str, list[Edit]] = {
    "a machine names an unknown network": [
        ("machines.csv", "file,2,4096,50,alpha-services", "file,2,4096,50,alpha-servces"),
    ],
    "a machine names an unknown site and agency": [
        ("machines.csv", "files-01,alpha,office", "files-01,delta,offic"),
    ],
    "a machine names an unknown service": [
        ("machines.csv", "bus-app-01,gamma,bureau,bus", "bus-app-01,gamma,bureau,tram"),
    ],
    "a machine names an unknown policy": [
        ("machines.csv", "daily-beta", "never"),
    ],
    "a web machine names an unknown database": [
        ("machines.csv", "true,pass-db-01", "true,pass-db-09"),
    ],
    "a site replicates from an unknown site": [
        ("sites.yaml", "replicates_from: beta", "replicates_from: delta"),
    ],
    "a template stands at an unknown site": [
        ("templates.yaml", "sites: [gamma]", "sites: [delta]"),
    ],
    "a range and a network name an unknown site": [
        ("networks.yaml", "{cidr: 10.2.0.0/16, site: beta", "{cidr: 10.2.0.0/16, site: bet"),
        ("networks.yaml", "beta-services: {site: beta", "beta-services: {site: nowhere"),
    ],
    "a host names an unknown network": [
        ("hosts.yaml", "beta-management, address: 10.2.0.30", "beta-office, address: 10.2.0.30"),
    ],
    "a service names an unknown agency": [
        ("services.yaml", "title_en: Buses\n    agency: bureau", "title_en: Buses\n    agency: burro"),
    ],
    "a service depends on an unknown one": [
        ("services.yaml", "[pass]", "[pass, tram]"),
    ],
    "a probe names an unknown machine": [
        ("services.yaml", "{kind: command, machine: pass-db-01", "{kind: command, machine: pass-db-02"),
    ],
    "a policy names an unknown site": [
        ("backup_policies.yaml", "copies_at: [beta, gamma]", "copies_at: [beta, delta]"),
    ],
    "a drill names unknown sites and services": [
        ("drills.yaml", "lost_site: alpha", "lost_site: alfa"),
        ("drills.yaml", "recovery_site: gamma", "recovery_site: gama"),
        ("drills.yaml", "services: [pass]", "services: [pas]"),
    ],
    "a drill loses an unknown site": [
        ("drills.yaml", "lost_site: alpha", "lost_site: alfa"),
    ],
    "a probed machine is of an unknown service": [
        ("machines.csv", "pass-db-01,alpha,bureau,pass,", "pass-db-01,alpha,bureau,pas,"),
    ],
    "a DHCP scope names an unknown network": [
        ("dhcp.yaml", "network: alpha-services", "network: alpha-office"),
    ],
    "a VPN role names an unknown site and network": [
        (
            "sslvpn.yaml",
            "gateway_site: alpha\n    pool: 10.98.0.0/24\n    networks: [alpha-services]",
            "gateway_site: omega\n    pool: 10.98.0.0/24\n    networks: [alpha-services, alpha-dmz]",
        ),
    ],
    "a grant names an unknown role, sponsor and machine": [
        ("sslvpn.yaml", "role: vendors", "role: vendor"),
        ("sslvpn.yaml", "sponsor: office", "sponsor: offices"),
        ("sslvpn.yaml", "machines: [files-01]", "machines: [files-03]"),
    ],
    "a firewall rule names an unknown network": [
        ("firewall.yaml", "sources: [gamma-management]", "sources: [gamma-lan]"),
    ],
    "a firewall pair names an unknown site": [
        ("firewall.yaml", "site: gamma\n", "site: delta\n"),
    ],
    "a profile names an unknown site": [
        ("wifi.yaml", "radius_site: alpha", "radius_site: delta"),
    ],
    "a hotspot names an unknown agency, profile and district": [
        ("hotspots.csv", "東區,cultural_venue,bureau,standard", "北區,cultural_venue,library,fast"),
    ],
}


@pytest.mark.parametrize("case", EDITS)
def test_the_whole_report_is_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[case]))) == EXPECTED[case]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()
