"""Which copies of restore points nobody has proven lately, by re-reading them where they stand, and why."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from backup.catalogue import Copies
from groundwork.drivers.repository_host.protocol import Refusals

# A host re-reads a seventh of its repository each night; two nights may fail, as for the alert RepositoryProofOld.
PROOF_DUE = timedelta(days=9)


def unproven_copies(
    copies: Iterable[Copies], proofs: Mapping[str, Refusals], *, now: datetime
) -> dict[str, dict[str, str]]:
    """Why a copy that a recovery may choose is unproven, by the point's snapshot and the copy's site. Pure.

    `proofs` are what each site's host remembers of its last proofs; a site without one is not proven either.
    """
    found: dict[str, dict[str, str]] = {}
    for one in copies:
        whole = (site for site, doubt in one.sites.items() if doubt is None)
        reasons = {site: _why(one, proofs.get(site), now) for site in whole}
        found[one.entry.snapshot] = {site: reason for site, reason in reasons.items() if reason}
    return {snapshot: reasons for snapshot, reasons in found.items() if reasons}


def _why(copies: Copies, proof: Refusals | None, now: datetime) -> str:
    if proof is None:
        return "its repository host could not be asked"
    disks = copies.entry.point.disks if copies.entry.point else ()
    if {copies.entry.snapshot, *(disk.snapshot for disk in disks)} & {*proof.incomplete}:
        return "the last proof found that it cannot be read whole"
    if proof.own:
        return f"the last proofs found files that are not what they say: {len(proof.own)}"
    if proof.oldest is None:
        return "some part of the repository was never re-read"
    if now - proof.oldest > PROOF_DUE:
        return f"some part was last re-read on {proof.oldest:%Y-%m-%d}, over {PROOF_DUE.days} days ago"
    return ""
