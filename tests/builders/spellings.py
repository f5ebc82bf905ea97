"""For each kind of value that the estate holds: spellings that are right, and spellings that are not."""

from dataclasses import dataclass
from typing import Any

from groundwork.estate import address_fields, fields, firewall_fields, vcenter_fields

UNSEEN = (
    "a\u200bb",
    "a\u202eb",
    "a\u001b[2Jb",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "a\u00a0b",
    "a\ufeffb",
    "a\U000e0041b",
    "ab\n",
)
OTHER_TYPES = (None, True, 1.5, ["a"], {"a": 1})
NOT_TEXT = (*OTHER_TYPES, 1, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spellings:
    """Spellings of one kind; `beyond` are wrong too, but no JSON Schema can say why."""

    kind: Any
    good: tuple[object, ...]
    bad: tuple[object, ...]
    beyond: tuple[object, ...] = ()


def number(kind: object, *, least: int, most: int) -> Spellings:
    """Spellings of a whole number between the two."""
    wrong = (str(least), "04", "+4", "4e0", "0x4", "٤", "four", -1, least - 1, most + 1, 10**30, 4.5)
    return Spellings(kind=kind, good=(least, least + 1, most), bad=(*wrong, None, True, [4], ""), beyond=(float(most),))


ADDRESSES = (
    *("0.0.0.0", "0.1.2.3", "127.0.0.1", "169.254.1.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),  # noqa: S104
    *("255.255.255.255", "10.0.0.256", "10.0.0", "10.0.0.1.2", "010.0.0.1", "10.0.0.01", "::1", "10.0.0.1/32", "gate"),
    *(" 10.0.0.1", "10.0.0.1\n", "１0.0.0.1", "10.0.0.-1", "0x0a.0.0.1", 167772161),
)
RANGES = (
    *(
        "0.0.0.0/0",
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/8",
        "10.0.0.0/7",
        "10.0.0.0",
    ),
    *("10.0.0.0/024", "10.0.0.0/+24", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/255.255.255.0", "10.0.0.0/", "/24"),
    *("10.0.0.0/24/24", "10.0.0.0 /24", "10.0.0.7/24", "10.0.7.0/16", "10.7.0.0/8", "10.0.0.0/24\n", "fd00::/64"),
)
PORTS = ("tcp/0", "tcp/65536", "tcp/70000", "tcp/080", "TCP/80", "tcp/", "80", "sctp/80", "tcp/80-90", "all", "any\n")

_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIOraFSBfnM19iYblPhwm0CHRjYuTM+6eUXqua8cwqYmr"
_HARDWARE_KEY = f"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAI{'A' * 55}"

SPELLINGS: dict[str, Spellings] = {
    "signer": Spellings(
        kind=fields.SignerLine,
        good=(
            f"ssh-ed25519 {_KEY} chen",
            f"ssh-ed25519 {_KEY} a.b@c-1",
            f"sk-ssh-ed25519@openssh.com {_HARDWARE_KEY} a",
        ),
        bad=(
            *(_KEY, f"ssh-ed25519 {_KEY}", f"ssh-ed25519 {_KEY[:-1]} chen", f"ssh-ed25519 {_KEY}A chen"),
            *(
                f"ssh-rsa {_KEY} chen",
                f"ssh-ed25519  {_KEY} chen",
                f"ssh-ed25519 {_KEY} Chen",
                f"ssh-ed25519 {_KEY} a b",
            ),
            *(f"ssh-ed25519 {_KEY} *", f"* ssh-ed25519 {_KEY} chen", f"sk-ssh-ed25519@openssh.com {_KEY} chen"),
            *(f"ssh-ed25519 {_KEY} chen\n", *UNSEEN, *NOT_TEXT),
        ),
    ),
    "name": Spellings(
        kind=fields.Name,
        good=("a", "web-01", "0", "a" * 63),
        bad=("-a", "a-", "A", "a_b", "a.b", "a" * 64, "名", "a\n", *UNSEEN, *NOT_TEXT),
    ),
    "names": Spellings(
        kind=fields.Names, good=([], ["a"], ["a", "b"]), bad=(["a", "a"], ["A"], [1], [None], "a", 1, None, {"a": 1})
    ),
    "names or any": Spellings(
        kind=fields.NamesOrAny, good=(["any"], ["a", "b"]), bad=(["any", "a"], ["a", "any"], ["any", "any"], "any")
    ),
    "text": Spellings(
        kind=fields.Text,
        good=("a", "臺中市", "a b", 'O\'Neill – "x"', "é", "𠮷野", "a" * 300, "字" * 300, "2025-11-03", "yes"),
        bad=(" ", "   ", " a", "a ", "a" * 301, "\u3000", "臺\u3000中", "\ue000", "\ufffe", *UNSEEN, *NOT_TEXT),
    ),
    "SSID": Spellings(
        kind=fields.Ssid,
        good=("iTaiwan", "a" * 32, "字" * 10, "字" * 10 + "ab", "é" * 16, "𠮷" * 8),
        bad=("a" * 33, "字" * 11, "字" * 32, " a", "a ", *UNSEEN, *NOT_TEXT),
        beyond=("字" * 10 + "abc", "é" * 17, "𠮷" * 9),
    ),
    "count": number(fields.Count, least=1, most=10_000_000),
    "tier": number(fields.Tier, least=1, most=4),
    "port number": number(fields.PortNumber, least=1, most=65535),
    "VLAN": number(fields.Vlan, least=1, most=4094),
    "VRRP priority": number(fields.VrrpPriority, least=1, most=254),
    "latitude": Spellings(
        kind=fields.Latitude,
        good=(20, 24.16, 27),
        bad=("24.16", "2.4e1", "24,16", 19.99, 27.01, "nan", None, True, [24.16], ""),
    ),
    "longitude": Spellings(
        kind=fields.Longitude, good=(116, 120.6, 124), bad=("120.6", 115.9, 124.1, "inf", None, False)
    ),
    "flag": Spellings(
        kind=fields.YesNo, good=(True, False), bad=("true", "yes", "Y", "on", "TRUE", "1", 1, 0, 1.5, None, [True], "")
    ),
    "page path": Spellings(
        kind=fields.PagePath,
        good=("/", "/health?x=1&y=%E4%B8%AD", "/a/b.html", "/" + "a" * 299),
        bad=("health", "/a b", "/中", "/%zz", "/a#b", "/\\", "/" + "a" * 300, "/\n", "/a\r\nX: 1", *UNSEEN, *NOT_TEXT),
    ),
    "user": Spellings(
        kind=fields.UserName,
        good=("root", "_apt", "backup-agent", "a" * 32),
        bad=(*NOT_TEXT, *UNSEEN, "Root", "9lives", "-oProxyCommand=x", "a b", "a" * 33, "a;b", "使用者"),
    ),
    "domain": Spellings(
        kind=fields.Domain,
        good=("office.city.example", "local", "a-b.c", "1a.example", f"{'a' * 63}.example"),
        bad=(
            *(
                "not a domain!!",
                ".example",
                "example.",
                "a..b",
                "-a.b",
                "a-.b",
                "A.b",
                "10.1.2.3",
                f"{'a' * 64}.b",
                "a_b.c",
            ),
            *(".".join(["a" * 62] * 5), "市.example", "a\n", *UNSEEN, *NOT_TEXT),
        ),
    ),
    "contact": Spellings(
        kind=fields.Contact,
        good=("ops@agency.example", "a.b+c@a-b.example", f"{'a' * 64}@b.example"),
        bad=(
            *("Ms Chen", "ops", "ops@", "@a.example", "ops@agency", "Ops@a.example", "a..b@c.example", ".a@b.example"),
            *("a.@b.example", "a@b@c.example", f"{'a' * 65}@b.example", "a@-b.example", "a@b.example\n", *NOT_TEXT),
        ),
    ),
    "duration": Spellings(
        kind=fields.Duration,
        good=("1s", "15m", "4h", "2d", "13w", "99999h", "9999d", "999w"),
        bad=(
            "0h",
            "01h",
            "1.5h",
            "-1h",
            "+1h",
            "1 h",
            "1H",
            "1y",
            "h",
            "100000s",
            "99999d",
            "9999w",
            "1h30m",
            "PT1H",
            "4h\n",
            240,
            *NOT_TEXT,
        ),
    ),
    "time zone": Spellings(
        kind=fields.TimeZone,
        good=("Asia/Taipei", "Europe/Berlin", "America/Argentina/Ushuaia", "UTC", "Etc/GMT-8"),
        bad=("../etc/passwd", "/Asia/Taipei", "Asia/", "Asia Taipei", "+08:00", "Asia/Taipei\n", *UNSEEN, *NOT_TEXT),
        beyond=("Asia/Atlantis", "Asia"),
    ),
    "weekly time": Spellings(
        kind=fields.WeeklyTime,
        good=("sat 22:00-04:00", "mon-fri 01:00-05:30", "fri-mon 00:00-24:00", "sun 23:59-00:01"),
        bad=(
            *("sat", "22:00-04:00", "Sat 22:00-04:00", "sat-sat 22:00-04:00", "sat 22:00-22:00", "sat 22:00-00:00"),
            *("sat 24:00-04:00", "sat 22:00-24:30", "sat 7:00-08:00", "sat,sun 22:00-04:00", "sat 22:00 - 04:00"),
            *("sat ２２:00-04:00", "sat 22:00-04:00\n", "週六 22:00-04:00", *UNSEEN, *NOT_TEXT),
        ),
    ),
    "day": Spellings(
        kind=fields.Day,
        good=("2025-11-03", "2024-02-29", "2000-02-29", "2099-12-31"),
        bad=(
            *(
                "2025-11-31",
                "2025-02-29",
                "2025-13-01",
                "2025-00-10",
                "2025-1-3",
                "27.11.2026",
                "20251103",
                "1999-12-31",
            ),
            *("2100-01-01", "0114-11-03", "2025-11-03T00:00", "２025-11-03", "2025-11-03\n", *NOT_TEXT),
        ),
    ),
    "address": Spellings(
        kind=address_fields.Address,
        good=("10.0.0.1", "192.0.2.255", "1.0.0.0", "126.255.255.255", "128.0.0.1", "223.255.255.255", "169.253.1.1"),
        bad=(*ADDRESSES, *NOT_TEXT),
    ),
    "addresses": Spellings(
        kind=address_fields.Addresses,
        good=(["10.0.0.1", "10.0.0.2"],),
        bad=(["10.0.0.1", "10.0.0.1"], "10.0.0.1", ["x"]),
    ),
    "range": Spellings(
        kind=address_fields.Range,
        good=(
            "10.0.0.0/8",
            "10.128.0.0/9",
            "10.1.0.0/16",
            "10.1.2.0/24",
            "10.1.2.128/25",
            "10.1.2.3/32",
            "192.0.2.0/31",
        ),
        bad=(*RANGES, *NOT_TEXT),
        beyond=("10.0.0.1/31", "10.64.0.0/9", "10.1.2.1/30", "10.1.1.0/23"),
    ),
    "vendor's source": Spellings(
        kind=address_fields.Source,
        good=("192.0.2.16/29", "10.1.0.0/16", "203.0.113.7/32"),
        bad=(*RANGES, "10.0.0.0/8", "10.0.0.0/15", "128.0.0.0/1", *NOT_TEXT),
        beyond=("192.0.2.17/29",),
    ),
    "MAC": Spellings(
        kind=address_fields.Mac,
        good=("02:00:0a:0a:28:0a", "00:50:56:00:00:01", "fe:ff:ff:ff:ff:ff"),
        bad=(
            *("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "33:33:00:00:00:01", "02:00:0A:0a:28:0a"),
            *(
                "02-00-0a-0a-28-0a",
                "0200.0a0a.280a",
                "02:00:0a:0a:28",
                "02:00:0a:0a:28:0a:00",
                "2:0:a:a:28:a",
                *NOT_TEXT,
            ),
            "02:00:0a:0a:28:0a\n",
        ),
    ),
    "port": Spellings(
        kind=address_fields.Port, good=("any", "tcp/1", "udp/53", "tcp/65535", "tcp/9999"), bad=(*PORTS, *NOT_TEXT)
    ),
    "ports": Spellings(
        kind=address_fields.Ports,
        good=(["any"], ["tcp/80", "udp/80"]),
        bad=(["any", "tcp/80"], ["tcp/80", "tcp/80"], "tcp/80", [80], None),
    ),
    "interface": Spellings(
        kind=firewall_fields.Interface,
        good=("eth0", "bond0.300", "port1", "a" * 15),
        bad=("Eth0", "0eth", "eth 0", "eth0/1", "a" * 16, "eth0\n", *UNSEEN, *NOT_TEXT),
    ),
    "interfaces": Spellings(
        kind=firewall_fields.Interfaces, good=(["eth0"], ["eth0", "eth1"]), bad=(["eth0", "eth0"], "eth0", [1], None)
    ),
    "range of either family": Spellings(
        kind=firewall_fields.AnyRange,
        good=(
            "10.0.0.0/8",
            "10.0.0.7/32",
            "2001:db8::/32",
            "fd00:1::/64",
            "2001:db8::1/128",
            "2001:db8:1:2:3:4:5:6/128",
        ),
        bad=(
            *(one for one in RANGES if one != "fd00::/64"),
            *(
                "::/0",
                "::1/128",
                "fe80::/64",
                "ff02::1/128",
                "2000::/3",
                "2001:db8::",
                "2001:DB8::/32",
                "g::/32",
                ":/32",
            ),
            *("2001:db8::/129", "2001:db8::/064", "2001:db8::/32\n", *NOT_TEXT),
        ),
        beyond=("2001:db8::1/64", "2001:db8:0:0::/64", "2001:0db8::/32", "2001:db8::1::/64", "2001:db8:1/64"),
    ),
    "ranges of either family": Spellings(
        kind=firewall_fields.AnyRanges,
        good=(["10.0.0.0/8", "2001:db8::/32"],),
        bad=(["10.0.0.0/8", "10.0.0.0/8"], "10.0.0.0/8", [80], None),
    ),
    "port range": Spellings(
        kind=firewall_fields.PortRange,
        good=("any", "tcp/1", "udp/53", "tcp/80-90", "udp/1-65535"),
        bad=(
            *(one for one in PORTS if one != "tcp/80-90"),
            "tcp/80-",
            "tcp/-80",
            "tcp/80-65536",
            "tcp/1-2-3",
            *NOT_TEXT,
        ),
        beyond=("tcp/90-80", "tcp/80-80"),
    ),
    "port ranges": Spellings(
        kind=firewall_fields.PortRanges,
        good=(["any"], ["tcp/80", "udp/80-81"]),
        bad=(["any", "tcp/80"], ["tcp/80", "tcp/80"], "tcp/80", [80], None),
    ),
    "name at a vCenter": Spellings(
        kind=vcenter_fields.VCenterName,
        good=("esx-01.city.example", "DC0_C0_H0", "稅務 (舊)", "a/b", "100%2f", "a" * 80),
        bad=(" a", "a ", "   ", "a" * 81, *UNSEEN, *NOT_TEXT),
    ),
    "path at a vCenter": Spellings(
        kind=vcenter_fields.VCenterPath,
        good=("a", "digital/tax", "稅務 局/舊 機", "a%2fb/c"),
        bad=("/a", "a/", "a//b", "a/ b", "a /b", " a", "a ", "/", "a" * 401, *UNSEEN, *NOT_TEXT),
    ),
    "guest type": Spellings(
        kind=vcenter_fields.GuestType, good=("debian12_64Guest",), bad=("debian 12", "a-b", "a" * 65, "a\n", *NOT_TEXT)
    ),
    "UUID": Spellings(
        kind=vcenter_fields.Uuid,
        good=("502e71fa-1a0b-4c0d-8f0e-2b1c3d4e5f60",),
        bad=("502E71FA-1a0b-4c0d-8f0e-2b1c3d4e5f60", "502e71fa1a0b4c0d8f0e2b1c3d4e5f60", "{x}", *NOT_TEXT),
    ),
    "adapters": Spellings(
        kind=vcenter_fields.Adapters,
        good=("office", "office/00:50:56:01:02:03 dmz"),
        bad=("Office", "office/ff:ff:ff:ff:ff:ff", "office/00:00:00:00:00:00", "a,b", "office\n", " office", *NOT_TEXT),
    ),
}
