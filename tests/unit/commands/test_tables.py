"""What a person reads of the commands, in the 80 columns of a plain terminal: no line longer, no name broken."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import cast

from rich.cells import cell_len
from rich.console import Console

from commands.backup_proof import _proof_table
from commands.checkout import ROOT
from commands.conduct import plan_table
from commands.drill import _scenarios_table
from commands.estate import _table
from fleet.hosts.model import Change, ConfigureHost, HostDrift
from fleet.hosts.plan import plan_hosts
from groundwork.change.codec import StepCodec
from groundwork.drivers.repository_host.protocol import Proof
from groundwork.estate.load import load_estate
from groundwork.estate.lookup import Found, look_up
from lab.planted import plan_planted
from lab.status import LabStatus, PartStatus, render_status

COLUMNS = 80
CODEC = StepCodec(ConfigureHost)
ESTATE = load_estate(ROOT / "inventory", "taichung")
LONGEST = "site-" + "x" * 58  # a name has 63 letters at most
FILE = "ab/ab" + "0123456789" * 6 + "cd"  # a pack's name: 64 hexadecimal digits
PROOF = Proof(
    site="central",
    share="1/7",
    files=1234,
    size_bytes=10 << 30,
    wrong={f"data/{FILE}": "its content is not what its name says: read 5 MiB, and the last of it are zeros"},
    missing=(f"data/{FILE}",),
    incomplete=(FILE.rpartition("/")[2],),
    oldest=datetime(2026, 11, 1, tzinfo=UTC),
)


def shown(page: object) -> list[str]:
    """The lines that a plain terminal shows."""
    written = StringIO()
    Console(file=written, width=COLUMNS, markup=False, emoji=False, highlight=False).print(page)
    return [line.rstrip() for line in written.getvalue().splitlines()]


def too_long(lines: list[str]) -> list[str]:
    return [line for line in lines if cell_len(line) > COLUMNS]


def test_a_proof_names_each_file_whole() -> None:
    assert shown(_proof_table(PROOF)) == [
        "central: 1234 files read (10240.0 MiB, share 1/7); the oldest proof is of",
        "2026-11-01 00:00:00 UTC",
        f"data/{FILE}",
        "    its content is not what its name says: read 5 MiB, and the last of it are",
        "    zeros",
        f"data/{FILE}",
        "    an index needs it, and it is not there",
        f"snapshots/{FILE.rpartition('/')[2]}",
        "    it cannot be read whole: something of it is missing",
    ]


def unbroken(lines: list[str]) -> str:
    """All that the lines show, as it was before it was broken into lines."""
    return "".join("".join(lines).split())


def test_a_proof_of_the_longest_site_with_words_of_double_width_loses_none_of_them() -> None:
    path, why = f"data/{'東區戶政事務所' * 8}", "其內容不是其名稱所示" * 9
    lines = shown(_proof_table(replace(PROOF, site=LONGEST, wrong={path: why})))
    assert too_long(lines) == []
    assert unbroken(lines).startswith(f"{LONGEST}:1234filesread(10240.0MiB,share1/7);theoldestproofis")
    assert f"{path}{why}data/" in unbroken(lines)
    assert [line for line in lines if not line.isascii() and line.startswith(" " * 4)] == [
        f"    {why[:38]}",
        f"    {why[38:76]}",
        f"    {why[76:]}",
    ]


def test_a_proof_in_which_nothing_is_wrong_says_so_and_what_was_never_proven() -> None:
    sound = replace(PROOF, wrong={}, missing=(), incomplete=(), oldest=None)
    assert shown(_proof_table(sound)) == [
        "central: 1234 files read (10240.0 MiB, share 1/7); some part never was",
        "nothing is wrong, nothing is missing",
    ]


def test_scenarios_of_the_longest_names_stand_one_below_the_other_and_none_is_cut() -> None:
    usual = ESTATE.drills["central-lost"]
    longest = replace(
        usual, name=LONGEST, lost_site=LONGEST, recovery_site=LONGEST, services=(LONGEST, "payment"), loss="assumed"
    )
    lines = shown(_scenarios_table([usual, longest]))
    assert too_long(lines) == []
    assert lines == [
        "central-lost",
        "    lost central",
        "    recovered at nchc",
        "    loss cut",
        "    every 91 d",
        "    services shiminpass, payment, hotline-1999",
        LONGEST,
        f"    lost {LONGEST}",
        f"    recovered at {LONGEST}",
        "    loss assumed",
        "    every 91 d",
        f"    services {LONGEST},",
        "    payment",
    ]


def test_scenarios_stand_in_a_table_as_long_as_every_name_has_room_in_it() -> None:
    usual = ESTATE.drills["central-lost"]
    room = COLUMNS - len("nchc".ljust(12) + "central" + "loss" + "every" + "hotline-1999") - 5 * 2
    widest = replace(usual, name="d" * room)
    head, first, *rest = shown(_scenarios_table([widest]))
    assert head.split() == ["drill", "lost", "recovered", "at", "loss", "every", "services"]
    assert first.startswith(f"{widest.name}  central  nchc          cut   91 d   shiminpass,")
    assert too_long([head, first, *rest]) == []
    assert shown(_scenarios_table([replace(usual, name="d" * (room + 1))]))[0] == "d" * (room + 1)


def test_a_scenario_is_named_whole_and_its_services_are_what_is_broken() -> None:
    assert shown(_scenarios_table(ESTATE.drills.values())) == [
        "drill          lost      recovered at  loss  every  services",
        "central-lost   central   nchc          cut   91 d   shiminpass, payment,",
        "                                                    hotline-1999",
        "yangming-lost  yangming  nchc          cut   182 d  opendata",
    ]


def test_each_of_several_things_of_a_name_has_a_mark_of_its_own() -> None:
    lines = [line.split() for line in shown(_table(look_up(ESTATE, "nchc-edge")))]
    assert ["members", "-", "name", "nchc-edge-a,", "address", "10.30.0.2,", "priority", "200"] in lines
    assert ["-", "name", "nchc-edge-b,", "address", "10.30.0.3,", "priority", "100"] in lines
    probes = shown(_table(look_up(ESTATE, "service:shiminpass")))
    assert not [line for line in probes if "expires_within" in line]


def every_name() -> Iterator[Found]:
    for sort, things in (
        ("site", ESTATE.sites),
        ("agency", ESTATE.agencies),
        ("network", ESTATE.networks),
        ("service", ESTATE.services),
        ("drill", ESTATE.drills),
        ("grant", ESTATE.vendor_grants),
        ("firewall", ESTATE.firewall_pairs),
    ):
        yield from (look_up(ESTATE, f"{sort}:{name}") for name in cast("dict[str, object]", things))


def test_nothing_that_the_estate_shows_is_wider_than_a_terminal() -> None:
    assert [found.name for found in every_name() if too_long(shown(_table(found)))] == []


def test_a_lab_s_status_holds_its_longest_names() -> None:
    names = sorted(ESTATE.machines, key=len)[-2:]
    parts = [
        PartStatus(sort="guest", name=name, site="yangming", address="255.255.255.255", state="not running")
        for name in names
    ]
    status = LabStatus(lab="default", city="taichung", is_up=True, parts=tuple(parts), planted=plan_planted(ESTATE))
    lines = render_status(status).splitlines()
    assert too_long(lines) == []
    head, first, second = lines[2:5]
    assert {line.index("yangming") for line in (first, second)} == {head.index("site")}
    assert [line for line in lines if line.startswith("  building-permits-db-03 at yangming: in the folder")]


def test_a_plan_for_hosts_names_each_host_and_site_whole() -> None:
    changes = tuple(Change(role="repository", task=f"a file of the service, number {n}", diff="") for n in range(9))
    drifts = [HostDrift(host=name, changes=changes) for name in ESTATE.hosts]
    lines = shown(plan_table(plan_hosts(city="taichung", hosts=[*ESTATE.hosts.values()], drifts=drifts), CODEC))
    assert too_long(lines) == []
    assert lines[1].split() == ["wave", "site", "undo", "step"]
    site, step = lines[1].index("site"), lines[1].index("step")
    assert step <= COLUMNS // 2
    begun = [line for line in lines if "configure " in line]
    assert {line[site:].split()[0] for line in begun} == {host.site for host in ESTATE.hosts.values()}
    assert len(begun) == len(ESTATE.hosts)
