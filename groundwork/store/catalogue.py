"""What the sites' repositories said when they were read last: quick answers about very many restore points.

A hint for listings, rebuilt from the repositories whenever it is lost. Recovery never asks it. A point is one row
however many sites hold it; `held` and `good` are sets of sites, so that each question is one pass over an index.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, case, func, select

from groundwork.change.step import Json
from groundwork.store.intake import Intake, keep_gaps
from groundwork.store.location import LedgerLocation
from groundwork.store.store import Store, store_in_memory
from groundwork.store.tables import CATALOGUE, DOUBTS, GAPS, POINTS, READINGS

_PAGE = 500  # points that are held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """When a site's repository was read, on what belief (`basis`), and what else it said."""

    site: str
    at: datetime
    basis: str
    more: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCopy:
    """A site's copy of a restore point; `doubt` is empty where recovery may choose it, `entry` alike at all sites."""

    snapshot: str
    machine: str
    moment: datetime
    doubt: str
    reason: str
    entry: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPoint:
    """A restore point, and each site's doubt of its copy with the reason."""

    snapshot: str
    entry: Json
    copies: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time longer than its policy allows in which a machine has no good point at a site.

    `after` is the point before it, None where there is none; `until` the next one, None where it lasts.
    """

    site: str
    machine: str
    after: datetime | None
    until: datetime | None


@contextmanager
def open_catalogue(location: LedgerLocation) -> Iterator["Catalogue"]:
    """The catalogue beside a ledger; where there is no ledger yet, an empty one that ends with the process."""
    store = Store(location) if location.is_shared or location.file.exists() else store_in_memory()
    with closing(store):
        if store.identity():
            store.bring_up()
            store.make_again(CATALOGUE)
            yield Catalogue(store)
            return
    with closing(store_in_memory()) as forgotten:
        yield Catalogue(forgotten)


class Catalogue:
    """The restore points of a city, as remembered in one store. A site that was never read holds none."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def readings(self) -> dict[str, Reading]:
        """The sites that were read, each with when; one whose taking in was cut off is none of them.

        None where there is no point at all (the rows may have been lost, and an empty repository is read quickly), or
        where they cannot be read.
        """
        with self._store.open() as connection:
            some = select(POINTS.c.snapshot).limit(1).exists()
            try:
                rows = connection.execute(select(READINGS).where(READINGS.c.at_us.is_not(None), some)).all()
            except ValueError:  # somebody wrote what is no JSON
                return {}
        return {row.site: Reading(site=row.site, at=_moment(row.at_us), basis=row.basis, more=row.more) for row in rows}

    def replace(self, reading: Reading, copies: Iterable[StoredCopy], *, anew: bool = False) -> None:
        """Take in what a site's repository says now; what it does not say any more is dropped.

        Of what was known only changes are written, unless it was read on another belief, or `anew` is wanted. The
        copies are not held. Raises ConfigurationError for the 63rd site.
        """
        intake = Intake(self._store, reading.site)
        intake.begin(basis=reading.basis, anew=anew)
        intake.take_in(
            {
                "snapshot": one.snapshot,
                "machine": one.machine,
                "moment_us": _us(one.moment),
                "entry": one.entry,
                "doubt": one.doubt,
                "reason": one.reason,
            }
            for one in copies
        )
        intake.end(at_us=_us(reading.at), basis=reading.basis, more=reading.more)

    def count(self, sites: Collection[str], machines: Collection[str] | None = None) -> tuple[int, int]:
        """How many points recovery may choose from some site's copy, and how many from none."""
        with self._store.open() as connection:
            bits = _bits(connection, sites)
            good = func.count(case((_is_good(bits), 1)))
            row = connection.execute(select(good, func.count()).where(_is_held(bits), *_named(machines))).one()
        return int(row[0]), int(row[1] - row[0])

    def newest(self, sites: Collection[str], machines: Collection[str] | None = None) -> tuple[StoredPoint, ...]:
        """The newest point of each machine (of those named) that recovery may choose at one of the sites."""
        with self._store.open() as connection:
            good = _is_good(_bits(connection, sites))
            lasting = select(GAPS.c.machine, func.max(GAPS.c.after_us).label("moment_us")).where(
                GAPS.c.site.in_(sites), GAPS.c.until_us.is_(None), *_named(machines, of=GAPS)
            )
            last = lasting.group_by(GAPS.c.machine).subquery()
            same = and_(POINTS.c.machine == last.c.machine, POINTS.c.moment_us == last.c.moment_us)
            query = select(POINTS).join(last, same).where(good).order_by(POINTS.c.machine, POINTS.c.snapshot)
            return tuple(_points(connection, query, sites))

    def points(self, sites: Collection[str], machines: Collection[str] | None = None) -> Iterator[StoredPoint]:
        """Every point (of the machines named), by machine and time, read as it is asked for."""
        with self._store.open() as connection:
            query = select(POINTS).where(_is_held(_bits(connection, sites)), *_named(machines))
            order = (POINTS.c.machine, POINTS.c.moment_us, POINTS.c.snapshot)
            yield from _points(connection, query.order_by(*order), sites)

    def passed_over(
        self, sites: Collection[str], machines: Collection[str] | None = None, *, limit: int
    ) -> tuple[StoredPoint, ...]:
        """The newest points that recovery may choose at none of the sites."""
        with self._store.open() as connection:
            bits = _bits(connection, sites)
            doubted = (POINTS.c.held != POINTS.c.good, _is_held(bits), ~_is_good(bits))  # the first: its index
            query = select(POINTS).where(*doubted, *_named(machines))
            return tuple(_points(connection, query.order_by(POINTS.c.moment_us.desc()).limit(limit), sites))

    def gaps(self, every: Mapping[tuple[str, str], timedelta], *, now: datetime) -> tuple[Gap, ...]:
        """Where a machine went without a new good point at a site for longer than is allowed, by (site, machine)."""
        found: list[Gap] = []
        with self._store.open() as connection:
            for site in sorted({site for site, _ in every}):
                allowed = {machine: _length(one) for (where, machine), one in every.items() if where == site}
                found += _gaps_at(connection, site, allowed, now=_us(now))
        return tuple(found)


def _points(connection: Connection, query: Select[Any], sites: Collection[str]) -> Iterator[StoredPoint]:
    """The points of a query's rows, a page at a time, each with its copies at the sites."""
    numbers = _numbers(connection, sites)
    for page in connection.execution_options(yield_per=_PAGE).execute(query).partitions():
        doubts = _doubts(connection, page)
        for row in page:
            held = (site for site, number in numbers.items() if row.held >> number & 1)
            copies = {site: doubts.get((row.snapshot, site), ("", "")) for site in held}
            yield StoredPoint(snapshot=row.snapshot, entry=row.entry, copies=copies)


def _doubts(connection: Connection, page: Collection[Row[Any]]) -> dict[tuple[str, str], tuple[str, str]]:
    doubted = [row.snapshot for row in page if row.held != row.good]
    rows = connection.execute(select(DOUBTS).where(DOUBTS.c.snapshot.in_(doubted))) if doubted else ()
    return {(row.snapshot, row.site): (row.doubt, row.reason) for row in rows}


def _gaps_at(connection: Connection, site: str, allowed: Mapping[str, int], *, now: int) -> Iterator[Gap]:
    least = min(allowed.values())
    kept = connection.execute(select(READINGS.c.gaps_over_us).where(READINGS.c.site == site)).scalar()
    if kept is not None and kept > least:
        keep_gaps(connection, site, over_us=least)
    known: set[str] = set()
    for row in connection.execute(select(GAPS).where(GAPS.c.site == site).order_by(GAPS.c.machine, GAPS.c.after_us)):
        known.add(row.machine)
        length = (now if row.until_us is None else row.until_us) - row.after_us
        if length > allowed.get(row.machine, length):
            until = None if row.until_us is None else _moment(row.until_us)
            yield Gap(site=site, machine=row.machine, after=_moment(row.after_us), until=until)
    for machine in sorted(allowed.keys() - known):
        yield Gap(site=site, machine=machine, after=None, until=None)


def _numbers(connection: Connection, sites: Collection[str]) -> dict[str, int]:
    """The number of each site that was ever read, in the order given."""
    rows = connection.execute(select(READINGS.c.site, READINGS.c.number).where(READINGS.c.site.in_(sites)))
    known = {row.site: row.number for row in rows}
    return {site: known[site] for site in sites if site in known}


def _bits(connection: Connection, sites: Collection[str]) -> int:
    return sum(1 << number for number in _numbers(connection, sites).values())


def _is_held(bits: int) -> ColumnElement[bool]:
    return POINTS.c.held.bitwise_and(bits) != 0


def _is_good(bits: int) -> ColumnElement[bool]:
    return POINTS.c.good.bitwise_and(bits) != 0


def _named(machines: Collection[str] | None, *, of: Table = POINTS) -> tuple[ColumnElement[bool], ...]:
    return () if machines is None else (of.c.machine.in_(machines),)


def _length(one: timedelta) -> int:
    return one // timedelta(microseconds=1)


def _us(at: datetime) -> int:
    return _length(at - datetime(1970, 1, 1, tzinfo=UTC))


def _moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
