"""A small valid city as files: three sites, two agencies, five machines; tests change a line and see what is said."""

from pathlib import Path

from groundwork.estate.faults import EstateFaults
from groundwork.estate.load import load_estate

CITY = "toytown"

FILES: dict[str, str] = {
    "city.yaml": """\
title_zh: 玩具市
title_en: Toytown
districts: [東區, 西區]
""",
    "sites.yaml": """\
sites:
  alpha:
    title_zh: 甲機房
    title_en: Alpha
    role: central
    link_mbps: 100
    vcenter:
      address: 10.1.0.10
      datacenter: toytown-alpha
      cluster: alpha-cluster
      datastore: alpha-vsan
      hypervisors: [alpha-esx-01, alpha-esx-02]
  beta:
    title_zh: 乙機房
    title_en: Beta
    role: first_backup
    link_mbps: 100
    replicates_from: alpha
    vcenter: {address: 10.2.0.10, datacenter: toytown-beta, cluster: beta, datastore: beta, hypervisors: [beta-esx-01]}
  gamma:
    title_zh: 丙機房
    title_en: Gamma
    role: second_backup
    link_mbps: 50
    replicates_from: beta
    vcenter: {address: 10.3.0.10, datacenter: toytown-gamma, cluster: gamma, datastore: gamma, hypervisors: [esx-01]}
""",
    "agencies.yaml": """\
agencies:
  bureau:
    title_zh: 局
    title_en: Bureau
    contact: ops@bureau.agency.example
    quota: {machines: 4, vcpus: 8, memory_gib: 8, disk_gib: 100}
  office:
    title_zh: 處
    title_en: Office
    contact: ops@office.agency.example
    quota: {machines: 2, vcpus: 8, memory_gib: 8, disk_gib: 100}
""",
    "networks.yaml": """\
address_plan:
  alpha: {cidr: 10.1.0.0/16, site: alpha, purpose: the site}
  beta: {cidr: 10.2.0.0/16, site: beta, purpose: the site}
  gamma: {cidr: 10.3.0.0/16, site: gamma, purpose: the site}
networks:
  alpha-management: {site: alpha, cidr: 10.1.0.0/24, gateway: 10.1.0.1, vlan: 1, purpose: management}
  alpha-services: {site: alpha, cidr: 10.1.10.0/24, gateway: 10.1.10.1, vlan: 10, purpose: services}
  beta-management: {site: beta, cidr: 10.2.0.0/24, gateway: 10.2.0.1, vlan: 1, purpose: management}
  beta-services: {site: beta, cidr: 10.2.10.0/24, gateway: 10.2.10.1, vlan: 10, purpose: services}
  gamma-management: {site: gamma, cidr: 10.3.0.0/24, gateway: 10.3.0.1, vlan: 1, purpose: management}
  gamma-services: {site: gamma, cidr: 10.3.10.0/24, gateway: 10.3.10.1, vlan: 10, purpose: services}
""",
    "machines.csv": """\
name,site,agency,service,role,vcpus,memory_mib,disk_gib,network,address,backup_policy,powered_on,database,template
pass-db-01,alpha,bureau,pass,database,1,512,1,alpha-services,10.1.10.11,hourly-alpha,true,,tmpl-lab-guest
pass-web-01,alpha,bureau,pass,web,1,512,1,alpha-services,10.1.10.12,hourly-alpha,true,pass-db-01,tmpl-lab-guest
files-01,alpha,office,files,file,2,4096,50,alpha-services,10.1.10.13,hourly-alpha,,,
files-02,beta,office,files,file,2,4096,50,beta-services,10.2.10.13,daily-beta,false,,
bus-app-01,gamma,bureau,bus,application,2,2048,20,gamma-services,10.3.10.11,daily-gamma,true,,
""",
    "approvals.yaml": """\
roles:
  board:
    signers:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOraFSBfnM19iYblPhwm0CHRjYuTM+6eUXqua8cwqYmr chen
  security:
    signers:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID3zFxrHfkzGmNh8yGQxaJdDJhCSHaD+Du84B8h/jklO wang
rules:
  drills: {operation: drill.run, count: 2, roles: [board, security]}
""",
    "templates.yaml": """\
templates:
  tmpl-lab-guest: {vcpus: 1, memory_mib: 512, disk_gib: 1}
  tmpl-server: {sites: [gamma], vcpus: 1, memory_mib: 512, disk_gib: 20}
""",
    "hosts.yaml": """\
hosts:
  repo-alpha: {site: alpha, network: alpha-management, address: 10.1.0.20, roles: [baseline, repository]}
  repo-beta: {site: beta, network: beta-management, address: 10.2.0.20, roles: [baseline, repository]}
  repo-gamma: {site: gamma, network: gamma-management, address: 10.3.0.20, roles: [baseline, repository]}
  monitoring-01: {site: beta, network: beta-management, address: 10.2.0.30, roles: [baseline, monitoring]}
""",
    "services.yaml": """\
services:
  pass:
    title_zh: 通行證
    title_en: City pass
    agency: bureau
    tier: 1
    rto: 1h
    rpo: 1h
    mtpd: 4h
    probes:
      - {kind: tcp, machine: pass-db-01, port: 7000}
      - {kind: http, machine: pass-web-01, port: 80, path: /, contains: pass-db-01}
    data_age: [{kind: command, machine: pass-db-01, command: newest-record}]
  files:
    title_zh: 檔案
    title_en: Files
    agency: office
    tier: 3
    rto: 2d
    rpo: 24h
    mtpd: 1w
    depends_on: [pass]
  bus:
    title_zh: 公車
    title_en: Buses
    agency: bureau
    tier: 3
    rto: 24h
    rpo: 24h
    mtpd: 3d
""",
    "backup_policies.yaml": """\
backup_policies:
  hourly-alpha: {every: 1h, keep_daily: 7, keep_weekly: 4, keep_monthly: 6, copies_at: [alpha, beta, gamma]}
  daily-beta: {every: 24h, keep_daily: 7, keep_weekly: 4, keep_monthly: 6, copies_at: [beta, gamma]}
  daily-gamma: {every: 24h, keep_daily: 7, keep_weekly: 4, keep_monthly: 6, copies_at: [gamma]}
""",
    "drills.yaml": """\
drills:
  alpha-lost:
    title_zh: 甲機房喪失
    title_en: Alpha is lost
    lost_site: alpha
    recovery_site: gamma
    services: [pass]
    every: 13w
""",
    "dhcp.yaml": """\
dhcp_scopes:
  alpha-services:
    network: alpha-services
    pool_start: 10.1.10.100
    pool_end: 10.1.10.200
    lease: 8h
    dns_servers: [10.1.10.53]
    domain: toytown.example
    reservations:
      - {mac: "02:00:00:00:00:01", address: 10.1.10.50, note: printer}
dhcp6_scopes:
  beta-services-v6:
    network: beta-services
    prefix: 2001:db8:10::/64
    pools:
      - {start: "2001:db8:10::1000", end: "2001:db8:10::1fff"}
    lease: 4h
    dns_servers: ["2001:db8:10::53"]
    domain: toytown.example
dhcp_subnet_ids:
  gone: {subnet_id: 9}
  alpha-services: {subnet_id: 1}
  beta-services-v6: {subnet_id: 2}
dhcp_classes:
  phones: {mac_prefix: "00:04:13", boot_file: phone.cfg}
dhcp_relays:
  alpha-router: {site: alpha, networks: [alpha-services]}
dhcp_pairs:
  city:
    members:
      - {name: one, network: alpha-management, address: 10.1.0.77}
      - {name: two, network: beta-management, address: 10.2.0.77}
""",
    "sslvpn.yaml": """\
roles:
  staff:
    title_zh: 同仁
    title_en: Staff
    audience: staff
    gateway_site: alpha
    pool: 10.98.0.0/24
    networks: [alpha-services]
    ports: [tcp/443]
    session_limit: 8h
    idle_limit: 30m
  vendors:
    title_zh: 廠商
    title_en: Vendors
    audience: vendor
    gateway_site: alpha
    pool: 10.98.1.0/24
    networks: [alpha-services]
    ports: [tcp/22, tcp/443]
    session_limit: 4h
    idle_limit: 10m
grants:
  files-upgrade:
    role: vendors
    vendor: Files contractor
    contact: service@files-vendor.example
    sponsor: office
    sources: [192.0.2.0/29]
    machines: [files-01]
    ports: [tcp/22]
    opens: 2026-11-02
    closes: 2026-11-27
    purpose: Move to the next version
""",
    "firewall.yaml": """\
firewall_pairs:
  gamma-edge:
    site: gamma
    platform: linux
    network: gamma-management
    address: 10.3.0.4
    members:
      - {name: gamma-edge-a, address: 10.3.0.2, priority: 200}
      - {name: gamma-edge-b, address: 10.3.0.3, priority: 100}
    managed_from: [gamma-management]
    zones:
      - {name: outside, interfaces: [eth0]}
      - {name: inside, interfaces: [eth1], networks: [gamma-management, gamma-services]}
    rules:
      - name: pull
        action: accept
        sources: [gamma-management]
        destinations: [any]
        ports: [any]
        reason: copies
        owner: bureau
        review: 2099-01-31
      - name: staff
        action: accept
        from_zones: [outside]
        sources: [staff]
        destinations: [gamma-services]
        services: [web]
        reason: work
        owner: bureau
        review: 2099-01-31
    source_nat:
      - {name: hide, zone: outside, sources: [gamma-services], address: 203.0.113.3, reason: private addresses}
    destination_nat:
      - name: portal
        zone: outside
        address: 203.0.113.4
        port: tcp/443
        to_address: 10.3.10.11
        to_port: 8443
        reason: the portal
addresses:
  partners: {ranges: [198.51.100.0/24, "2001:db8:7::/48"], about: partners of the bureau}
services:
  web: {ports: [tcp/443, tcp/8000-8010], about: pages}
""",
    "wifi.yaml": """\
wifi_profiles:
  standard:
    ssid: Toytown
    security: open
    client_down_kbps: 5120
    client_up_kbps: 2048
    session_limit: 4h
    radius_site: alpha
""",
    "hotspots.csv": """\
name,place,district,kind,agency,profile,access_points,latitude,longitude
hs-1,Library,東區,cultural_venue,bureau,standard,2,24.1,120.6
hs-2,"Park, north gate",西區,other,office,standard,1,24.2,120.7
""",
}

Edit = tuple[str, str, str]
"""A file, a text that stands in it once, and what to write instead."""


def edited(*edits: Edit) -> dict[str, str]:
    """The small city's files with some texts changed."""
    files = dict(FILES)
    for file, old, new in edits:
        assert files[file].count(old) == 1, f"{old!r} stands in {file} {files[file].count(old)} times"
        files[file] = files[file].replace(old, new)
    return files


def write_city(inventory: Path, files: dict[str, str] = FILES, city: str = CITY) -> Path:
    """Write a city's files; returns the inventory to hand to load_estate."""
    folder = inventory / city
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    return inventory


def fault_lines(inventory: Path) -> list[str]:
    """The whole report of the small city's faults, line by line, its folder left out; empty when it has none."""
    try:
        load_estate(inventory, CITY)
    except EstateFaults as found:
        return [str(fault).replace(f"{inventory / CITY}/", "") for fault in found.faults]
    return []


def reports(file: Path) -> dict[str, list[str]]:
    """The expected reports of a text file: lines below ``# sentence``, by that sentence."""
    found: dict[str, list[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            report = found.setdefault(line.removeprefix("# "), [])
        elif line:
            report.append(line)
    return found
