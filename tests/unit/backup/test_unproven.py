"""Which copies count as unproven, and in which words."""

from datetime import UTC, datetime, timedelta

import pytest

from backup.catalogue import Copies, Doubt, Entry
from backup.unproven import PROOF_DUE, unproven_copies
from commands.checkout import ROOT
from groundwork.drivers.repository_host.protocol import Refusals
from groundwork.model.restore_point import DiskImage, MachineShape, RestorePoint

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
DISK = DiskImage(name="disk-0.vmdk", snapshot="d1", size_bytes=1, capacity_bytes=1, sha256="b" * 64)
POINT = RestorePoint(
    machine="db",
    site="alpha",
    taken=NOW,
    run="r",
    shape=MachineShape(vcpus=1, memory_mib=512, network="n", address=""),
    disks=(DISK,),
)
COPIES = Copies(entry=Entry(snapshot="p1", stored=NOW, machine="db", point=POINT), sites={"alpha": None})


def proof(
    *, own: dict[str, str] | None = None, incomplete: tuple[str, ...] = (), oldest: datetime | None = NOW
) -> Refusals:
    return Refusals(sender={"data/x": "refused"}, own=own or {}, incomplete=incomplete, oldest=oldest)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (proof(), ""),
        (proof(oldest=NOW - PROOF_DUE), ""),
        (
            proof(oldest=NOW - PROOF_DUE - timedelta(seconds=1)),
            "some part was last re-read on 2026-11-12, over 9 days ago",
        ),
        (proof(oldest=None), "some part of the repository was never re-read"),
        (proof(own={"data/y": "odd", "data/z": "odd"}), "the last proofs found files that are not what they say: 2"),
        (proof(incomplete=("p1",)), "the last proof found that it cannot be read whole"),
        (proof(incomplete=("d1",)), "the last proof found that it cannot be read whole"),
        (proof(incomplete=("another",)), ""),
        (None, "its repository host could not be asked"),
    ],
)
def test_a_copy_is_unproven_as_long_as_not_all_of_it_was_re_read_lately_and_found_right(
    said: Refusals | None, why: str
) -> None:
    found = unproven_copies([COPIES], {"alpha": said} if said else {}, now=NOW)
    assert found == ({"p1": {"alpha": why}} if why else {})


def test_each_site_has_proofs_of_its_own_and_a_copy_that_no_recovery_chooses_needs_none() -> None:
    copies = Copies(entry=COPIES.entry, sites={"alpha": None, "beta": None, "gamma": Doubt.INCOMPLETE})
    found = unproven_copies([copies], {"alpha": proof(), "beta": proof(oldest=None)}, now=NOW)
    assert found == {"p1": {"beta": "some part of the repository was never re-read"}}


def test_a_point_that_cannot_be_read_is_passed_over_and_not_counted_here() -> None:
    forged = Copies(entry=Entry(snapshot="x", stored=NOW, machine="db"), sites={"alpha": Doubt.UNREADABLE})
    assert unproven_copies([forged], {}, now=NOW) == {}


def test_a_proof_is_due_when_the_alert_says_so() -> None:
    rule = (ROOT / "monitoring" / "rules" / "repositories.yaml").read_text(encoding="utf-8")
    assert f"cityops_repository_proof_oldest_timestamp_seconds > {PROOF_DUE.days} * 86400" in rule
