"""Taking in what one site's repository says: only changes are written, and a reading counts once it has ended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, literal, or_, select

from groundwork.change.step import Json
from groundwork.errors import ConfigurationError
from groundwork.store.store import Store, insert_into
from groundwork.store.tables import DOUBTS, GAPS, POINTS, READINGS

Copy = Mapping[str, Any]  # the columns of a point, and this site's doubt and reason

_BATCH = 1000  # rows a transaction: whoever records a run beside it waits no longer than these take
_SITES = 62  # bits of a number that both databases count as positive
_GAPS_OVER = 2 * 86_400_000_000  # until somebody asks for shorter ones: of points taken daily, one was left out


class Intake:
    """One site's copies, taken in: `begin`, `take_in`, `end`. A kill in between leaves the site as never read."""

    def __init__(self, store: Store, site: str) -> None:
        self._store = store
        self._site = site
        self._bit = 0
        self._unseen: set[bytes] = set()  # marks of what was held before, and was not said again yet

    def begin(self, *, basis: str, anew: bool) -> None:
        """From now on the site is not read; what was judged on another belief is dropped, and all if it is `anew`."""
        of_site = READINGS.c.site == self._site
        with self._store.open() as connection:
            wait_for_others(connection)
            known = connection.execute(select(READINGS.c.basis).where(of_site)).scalar()
            if known is None:
                row = {"site": self._site, "basis": "", "gaps_over_us": _GAPS_OVER, "more": None}
                connection.execute(insert_into(connection, READINGS).values(row).on_conflict_do_nothing())
            connection.execute(READINGS.update().where(of_site).values(at_us=None))
            number = connection.execute(select(READINGS.c.number).where(of_site)).scalar_one()
        if number > _SITES:
            raise ConfigurationError(
                f"the catalogue of restore points has room for {_SITES} sites, and {self._site} is one more",
                hint="`inv backup.list --site` of another site works; report a city with so many sites",
            )
        self._bit = 1 << number
        for page in self._held():
            if anew or known != basis:
                self._drop(page)
            else:
                self._unseen.update(map(_mark, page))

    def take_in(self, copies: Iterable[Copy]) -> None:
        """Write what is new or has changed."""
        for some in _batches(copies):
            unique = list({one["snapshot"]: one for one in some}.values())
            with self._store.open() as connection:
                wait_for_others(connection)
                known = self._known(connection, [one["snapshot"] for one in unique])
                self._write(connection, [one for one in unique if known.get(one["snapshot"]) != _said(one)])
            self._unseen.difference_update(_mark(one["snapshot"]) for one in unique)

    def end(self, *, at_us: int, basis: str, more: Json) -> None:
        """Drop what the repository does not say any more; now the site is read."""
        for page in self._held() if self._unseen else ():
            self._drop([snapshot for snapshot in page if _mark(snapshot) in self._unseen])
        of_site = READINGS.c.site == self._site
        with self._store.open() as connection:
            over = connection.execute(select(READINGS.c.gaps_over_us).where(of_site)).scalar_one()
            keep_gaps(connection, self._site, over_us=over)
            connection.execute(READINGS.update().where(of_site).values(at_us=at_us, basis=basis, more=more))

    def _known(self, connection: Connection, snapshots: Sequence[str]) -> dict[str, tuple[str, str]]:
        held = select(POINTS.c.snapshot).where(
            POINTS.c.snapshot.in_(snapshots), POINTS.c.held.bitwise_and(self._bit) != 0
        )
        doubts = select(DOUBTS).where(DOUBTS.c.snapshot.in_(snapshots), DOUBTS.c.site == self._site)
        known = dict.fromkeys(connection.execute(held).scalars(), ("", ""))
        said = {row.snapshot: (row.doubt, row.reason) for row in connection.execute(doubts)}
        return known | {snapshot: one for snapshot, one in said.items() if snapshot in known}

    def _write(self, connection: Connection, some: Sequence[Copy]) -> None:
        if not some:
            return
        insert = insert_into(connection, POINTS)
        new = insert.excluded
        changed = {
            **{name: new[name] for name in ("machine", "moment_us", "entry")},
            "held": POINTS.c.held.bitwise_or(self._bit),
            "good": POINTS.c.good.bitwise_and(~self._bit).bitwise_or(new.good),
        }
        own = ("snapshot", "machine", "moment_us", "entry")
        rows = [
            {**{name: one[name] for name in own}, "held": self._bit, "good": 0 if one["doubt"] else self._bit}
            for one in some
        ]
        connection.execute(insert.on_conflict_do_update(index_elements=["snapshot"], set_=changed), rows)
        self._clear_doubts(connection, [one["snapshot"] for one in some])
        names = ("snapshot", "doubt", "reason")
        doubts = [{**{name: one[name] for name in names}, "site": self._site} for one in some if one["doubt"]]
        if doubts:
            connection.execute(DOUBTS.insert(), doubts)

    def _held(self) -> Iterator[list[str]]:
        """The snapshots that the site is known to hold, in pages; what is dropped meanwhile disturbs nothing."""
        last = ""
        while True:
            query = select(POINTS.c.snapshot).where(POINTS.c.snapshot > last, POINTS.c.held.bitwise_and(self._bit) != 0)
            with self._store.open() as connection:
                page = list(connection.execute(query.order_by(POINTS.c.snapshot).limit(_BATCH)).scalars())
            yield page
            if len(page) < _BATCH:
                return
            last = page[-1]

    def _drop(self, snapshots: Sequence[str]) -> None:
        if not snapshots:
            return
        here = POINTS.c.snapshot.in_(snapshots)
        without = {name: POINTS.c[name].bitwise_and(~self._bit) for name in ("held", "good")}
        with self._store.open() as connection:
            wait_for_others(connection)
            self._clear_doubts(connection, snapshots)
            connection.execute(POINTS.update().where(here).values(without))
            connection.execute(POINTS.delete().where(here, POINTS.c.held == 0))

    def _clear_doubts(self, connection: Connection, snapshots: Sequence[str]) -> None:
        connection.execute(DOUBTS.delete().where(DOUBTS.c.snapshot.in_(snapshots), DOUBTS.c.site == self._site))


def wait_for_others(connection: Connection) -> None:
    """Until this transaction ends, no other changes the catalogue (PostgreSQL's; in SQLite the first write does it)."""
    connection.execute(select(READINGS.c.site).order_by(READINGS.c.number).with_for_update()).all()


def keep_gaps(connection: Connection, site: str, *, over_us: int) -> None:
    """Find anew where a site has no good point of a machine for longer than that, and after which one it has none."""
    wait_for_others(connection)
    of_site = READINGS.c.site == site
    bit = 1 << connection.execute(select(READINGS.c.number).where(of_site)).scalar_one()
    after = func.lead(POINTS.c.moment_us).over(partition_by=POINTS.c.machine, order_by=POINTS.c.moment_us)
    good = POINTS.c.good.bitwise_and(bit) != 0
    pair = select(POINTS.c.machine, POINTS.c.moment_us, after.label("until_us")).where(good).subquery().c
    long = or_(pair.until_us.is_(None), pair.until_us - pair.moment_us > over_us)
    gaps = select(literal(site), pair.machine, pair.moment_us, pair.until_us).where(long)
    connection.execute(GAPS.delete().where(GAPS.c.site == site))
    connection.execute(GAPS.insert().from_select(["site", "machine", "after_us", "until_us"], gaps))
    connection.execute(READINGS.update().where(of_site).values(gaps_over_us=over_us))


def _mark(snapshot: str) -> bytes:
    """Names a snapshot in half the memory; of a quarter of a million, no two are alike."""
    return blake2b(snapshot.encode(), digest_size=16).digest()


def _said(copy: Copy) -> tuple[str, str]:
    return copy["doubt"], copy["reason"]


def _batches(some: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(some)
    while batch := list(islice(left, _BATCH)):
        yield batch
