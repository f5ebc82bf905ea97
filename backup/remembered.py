"""What the repositories said when a listing read them last, taken in and given back.

A hint for listings. No recovery comes here: it reads the repository, whatever is remembered of it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from pydantic import TypeAdapter

from backup.bundle import ListedBundle
from backup.catalogue import Copies, Doubt, Entry, moment_of
from groundwork.change.plan import Unread
from groundwork.change.step import Json
from groundwork.errors import OutsideError
from groundwork.model.signature import Signers
from groundwork.shell.sighting import see
from groundwork.store.catalogue import Catalogue, Reading, StoredCopy, StoredPoint

FRESH = timedelta(minutes=15)  # how long a listing believes what was read, unless a backup or a pull came between

_ENTRY = TypeAdapter(Entry)
_BUNDLES = TypeAdapter(tuple[ListedBundle, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What one repository says it holds."""

    entries: Iterable[Entry] = ()
    bundles: tuple[ListedBundle, ...] = ()


def basis_of(*, city: str, url: str, signers: Signers) -> str:
    """Names what a repository's words are judged by: whose repository it is and where, whom we believe, our own form.

    The time of day is not part of it.
    """
    form = [_ENTRY.json_schema(), _BUNDLES.json_schema()]
    return sha256(json.dumps([city, url, signers.fingerprint, form], sort_keys=True).encode()).hexdigest()


def remember(catalogue: Catalogue, reading: Reading, holdings: Holdings, *, anew: bool = False) -> None:
    """Take in what a site's repository says now, in place of what it said before; `anew`: of that, keep no row."""
    more: Json = _BUNDLES.dump_python(holdings.bundles, mode="json")
    catalogue.replace(replace(reading, more=more), (_stored(one) for one in holdings.entries), anew=anew)


def read_again(
    catalogue: Catalogue, basis: Mapping[str, str], read: Callable[[str], Holdings], *, now: datetime, anew: bool
) -> tuple[Unread, ...]:
    """Read the repositories of the sites of `basis`, and remember what they say; which could not be read.

    One that cannot be read does not hide the others, and what is remembered of it stays.
    """
    sighting = see(basis, read)
    for site, holdings in sighting.seen.items():
        remember(catalogue, Reading(site=site, at=now, basis=basis[site]), holdings, anew=anew)
    return sighting.unread


def believed(catalogue: Catalogue, basis: Mapping[str, str]) -> dict[str, Reading]:
    """What may be shown: the sites' readings on the belief of now."""
    known = catalogue.readings()
    return {site: known[site] for site, one in basis.items() if site in known and known[site].basis == one}


def recall(points: Iterable[StoredPoint], sites: Sequence[str]) -> Iterator[Copies]:
    """The points with each site's copy; the best copy stands for all. Raises OutsideError where they are damaged."""
    try:
        for point in points:
            doubts = {site: point.copies[site] for site in sites if site in point.copies}
            doubt, reason = next((one for one in doubts.values() if not one[0]), next(iter(doubts.values())))
            yield Copies(
                entry=replace(_ENTRY.validate_python(point.entry), doubt=_doubt(doubt), reason=reason),
                sites={site: _doubt(one) for site, (one, _reason) in doubts.items()},
            )
    except ValueError as error:
        raise _damaged() from error


def recall_bundles(reading: Reading) -> tuple[ListedBundle, ...]:
    """The recovery bundles that a site's repository held. Raises OutsideError where they are damaged."""
    try:
        return _BUNDLES.validate_python(reading.more)
    except ValueError as error:
        raise _damaged() from error


def why_read(
    readings: Mapping[str, Reading], basis: Mapping[str, str], *, now: datetime, changed: datetime | None
) -> dict[str, str]:
    """The sites (those of `basis`) whose repository has to be read for a listing now, each with why. Pure.

    `changed`: the moment since which no run that stores or copies points was at work; None when none was.
    """
    reasons = {site: _why_read(readings.get(site), one, now=now, changed=changed) for site, one in basis.items()}
    return {site: why for site, why in reasons.items() if why}


def _why_read(reading: Reading | None, basis: str, *, now: datetime, changed: datetime | None) -> str:
    if reading is None:
        return "nothing is remembered of it"
    if reading.basis != basis:
        return "what is remembered was read with other settings or by another version, and is dropped"
    if not timedelta() <= now - reading.at <= FRESH:
        return f"what is remembered is of {reading.at:%Y-%m-%d %H:%M} UTC"
    if changed is not None and changed >= reading.at:
        return "a backup or a replication was at work since it was read"
    return ""


def _damaged() -> OutsideError:
    return OutsideError(
        "what the ledger remembers of the repositories cannot be read",
        hint="`inv backup.list --refresh` reads them anew; the repositories and recovery have no part in this",
    )


def _stored(entry: Entry) -> StoredCopy:
    return StoredCopy(
        snapshot=entry.snapshot,
        machine=entry.machine,
        moment=moment_of(entry),
        doubt=str(entry.doubt or ""),
        reason=entry.reason,
        entry=_ENTRY.dump_python(replace(entry, doubt=None, reason=""), mode="json"),
    )


def _doubt(said: str) -> Doubt | None:
    return Doubt(said) if said else None
