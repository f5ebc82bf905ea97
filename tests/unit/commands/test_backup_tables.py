"""The catalogue as a person reads it, in eighty columns, and as a program does."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

from rich.console import Console

from backup.bundle import ListedBundle, Manifest
from backup.catalogue import Copies, Doubt, Entry
from commands.backup_tables import gaps_document, gaps_table, merge_bundles, points_document, points_table
from commands.json_document import render_json
from commands.json_shapes import SHAPES, misfits
from commands.remembering import Remembered
from groundwork.change.plan import Unread
from groundwork.model.restore_point import DiskImage, MachineShape, RestorePoint
from groundwork.shell.clock import SystemClock
from groundwork.store.catalogue import Catalogue, Gap, Reading
from groundwork.store.store import store_in_memory

TAKEN = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def _point(number: int = 0) -> RestorePoint:
    disk = DiskImage(name="disk-0.vmdk", snapshot="a" * 64, size_bytes=3 << 20, capacity_bytes=1 << 30, sha256="b" * 64)
    return RestorePoint(
        machine="pass-db-01",
        site="alpha",
        taken=TAKEN + timedelta(hours=number),
        run="r",
        shape=MachineShape(vcpus=1, memory_mib=512, network="n", address="a"),
        disks=(disk,),
        quiesced=number == 0,
    )


def _entry(number: int = 0) -> Entry:
    return Entry(snapshot=str(number), stored=TAKEN, machine="pass-db-01", point=_point(number), version=2, signer="b")


FORGED = Entry(
    snapshot="9", stored=TAKEN, machine="pass-db-01", doubt=Doubt.UNREADABLE, reason="it is not what cityops writes"
)
COPIES = (
    Copies(entry=_entry(), sites={"alpha": None, "beta": None}),
    Copies(entry=_entry(1), sites={"alpha": None, "beta": Doubt.INCOMPLETE}),
    Copies(entry=FORGED, sites={"alpha": Doubt.UNREADABLE}),
)
MANIFEST = Manifest(city="toytown", digest="d" * 64, sha256="e" * 64, size_bytes=9, made=TAKEN)
GOOD = ListedBundle(snapshot="1", name="estate/toytown.tar", stored=TAKEN, manifest=MANIFEST)
BAD = ListedBundle(snapshot="2", name="x", stored=TAKEN + timedelta(days=1), doubt=Doubt.FORGED, reason="no signer")
NEVER = "some part of the repository was never re-read"
UNPROVEN = {"0": {"alpha": NEVER, "beta": "it cannot be read whole"}, "1": {"alpha": NEVER}}
BUNDLES = merge_bundles({"alpha": (BAD, GOOD), "beta": (GOOD,)})


def remembered() -> Remembered:
    """What was read twelve minutes ago, whenever a test asks."""
    read = SystemClock().now() - timedelta(minutes=12, seconds=30)
    return Remembered(
        catalogue=Catalogue(store_in_memory()),
        readings={site: Reading(site=site, at=read, basis="b") for site in ("alpha", "beta")},
        unread=(Unread(source="beta", message="it does not answer", hint="see that it runs", exit_code=5),),
    )


SAID = "as the repositories said: alpha 0 h 12 min ago; beta 0 h 12 min ago, and cannot be read now"
GAPS = (
    Gap(site="alpha", machine="pass-db-01", after=TAKEN, until=TAKEN + timedelta(days=3)),
    Gap(site="beta", machine="pass-db-01", after=None, until=None),
)


def _text(*, newest_only: bool) -> list[str]:
    out = StringIO()
    Console(file=out, width=80).print(points_table(COPIES, BUNDLES, remembered(), UNPROVEN, newest_only=newest_only))
    return out.getvalue().splitlines()


def test_the_newest_of_each_machine_the_estate_and_what_is_passed_over_fit_eighty_columns() -> None:
    lines = _text(newest_only=True)

    assert max(map(len, lines)) <= 80
    page = " ".join(" ".join(lines).split())
    assert "1 of 2 restore points" in page
    assert "as after a power cut" in page
    assert "beta" in page
    assert "(incomplete)" in page
    assert "no recovery bundle: of 2026-11-22 10:00 at alpha: not ours: no signer" in page
    assert "recovery bundle: of 2026-11-21 10:00 at alpha, beta" in page
    assert "no recovery chooses these" in page
    assert page.endswith(SAID)


def test_all_points_of_one_machine_are_listed_when_it_is_named() -> None:
    assert "2 of 2 restore points" in " ".join(_text(newest_only=False))


def test_the_document_is_of_the_shape_that_the_reference_shows() -> None:
    document = json.loads(render_json(points_document(COPIES, BUNDLES, remembered(), UNPROVEN)))

    assert misfits(document, SHAPES["backup.list"][0][1]) == []


def test_gaps_are_listed_with_how_old_the_knowledge_is() -> None:
    out, known = StringIO(), remembered()
    Console(file=out, width=80).print(gaps_table(GAPS, known))
    assert [" ".join(line.split()) for line in out.getvalue().splitlines()] == [
        "machine at no point after (UTC) until",
        "pass-db-01 beta never one now",
        "pass-db-01 alpha 2026-11-21 10:00 2026-11-24 10:00",
        "2 gaps",
        SAID[:79],
        SAID[80:],
    ]
    document = json.loads(render_json(gaps_document(GAPS, known)))
    assert misfits(document, SHAPES["backup.list"][1][1]) == []
    assert document["read"]["beta"] == known.readings["beta"].at.isoformat()


def test_a_program_gets_the_state_of_each_copy_and_each_reason() -> None:
    document = points_document(COPIES, BUNDLES, remembered(), UNPROVEN)

    assert document["points"][1]["copies"] == {"alpha": "whole", "beta": "incomplete"}
    assert document["points"][1]["copies_at"] == ["alpha"]
    assert document["passed_over"][0]["doubt"] == "unreadable"
    assert [(one["doubt"], one["at"]) for one in document["bundles"]] == [
        ("not ours", ["alpha"]),
        (None, ["alpha", "beta"]),
    ]


def test_the_copies_that_are_not_proven_are_counted_by_site_and_reason_and_named_to_a_program() -> None:
    lines = _text(newest_only=False)
    assert max(map(len, lines)) <= 80
    at = lines.index("unproven at alpha: 2 of 2 points: some part of the repository was never re-read")
    assert lines[at + 1 : at + 4] == [
        "unproven at beta: 1 of 2 points: it cannot be read whole",
        "  → inv backup.verify --site alpha",
        "  → inv backup.verify --site beta",
    ]
    assert "unproven at alpha: 1 of 1 points" in " ".join(_text(newest_only=True)), "only the newest is shown"
    document = points_document(COPIES, BUNDLES, remembered(), UNPROVEN)
    assert [one["unproven"] for one in document["points"]] == [UNPROVEN["0"], UNPROVEN["1"]]


def test_that_all_is_proven_is_said_only_when_it_was_asked_for() -> None:
    for unproven, said in ((None, 0), ({}, 1)):
        out = StringIO()
        Console(file=out, width=80).print(points_table(COPIES, BUNDLES, remembered(), unproven, newest_only=True))
        assert out.getvalue().count("every copy of these points was re-read lately and found right") == said
        document = points_document(COPIES, BUNDLES, remembered(), unproven)
        assert {json.dumps(one["unproven"]) for one in document["points"]} == {json.dumps(unproven)}
        assert misfits(json.loads(render_json(document)), SHAPES["backup.list"][0][1]) == []
