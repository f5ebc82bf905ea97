"""What PostgreSQL answers of the catalogue of restore points is what SQLite answers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundwork.store.catalogue import Catalogue, Reading, StoredCopy
from groundwork.store.location import LedgerLocation
from groundwork.store.store import Store, store_in_memory
from tests.builders.postgres_server import running_postgres, why_no_postgres

pytestmark = pytest.mark.skipif(bool(why_no_postgres()), reason=why_no_postgres() or "it is there")

NOW = datetime(2026, 11, 26, tzinfo=UTC)
DAY = timedelta(days=1)
SITES = ("alpha", "beta", "gamma")
MACHINES = ("db-01", "web-01")


def copies(site: str, *, days: int = 40) -> Iterator[StoredCopy]:
    for day in range(days):
        for machine in MACHINES:
            doubted = day % 7 == SITES.index(site) or day % 11 == 0
            yield StoredCopy(
                snapshot=f"{machine}-{day}",
                machine=machine,
                moment=NOW - day * DAY,
                doubt="unreadable" if doubted else "",
                reason=f"at {site}" if doubted else "",
                entry={"day": day},
            )


def answers(catalogue: Catalogue) -> list[object]:
    every = {(site, machine): DAY for site in SITES for machine in MACHINES}
    return [
        sorted(catalogue.readings()),
        *[[catalogue.count(some), catalogue.count(some, ["db-01"])] for some in (SITES, SITES[1:2], ())],
        *[[catalogue.newest(some), list(catalogue.points(some))] for some in (SITES, SITES[:1])],
        catalogue.passed_over(SITES, ["web-01"], limit=9),
        catalogue.gaps(every, now=NOW),
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    state: Path = tmp_path_factory.mktemp("state")
    with (
        running_postgres() as server,
        closing(Store(LedgerLocation(state=state, url=server.url_with_password))) as made,
    ):
        made.bring_up()
        yield made


def test_postgresql_answers_as_sqlite_does(store: Store) -> None:
    with closing(store_in_memory()) as memory:
        said = []
        for one in (memory, store):
            catalogue = Catalogue(one)
            for days in (40, 30):
                for site in SITES:
                    catalogue.replace(Reading(site=site, at=NOW, basis="b"), copies(site, days=days))
            said.append(answers(catalogue))
    assert said[0] == said[1]
    assert said[0][1] == [(54, 6), (27, 3)]


def test_many_that_take_in_at_once_end_with_what_was_said(store: Store) -> None:
    def take_in(number: int) -> None:
        site = SITES[number % len(SITES)]
        Catalogue(store).replace(Reading(site=site, at=NOW, basis=f"b{number // 6}"), copies(site, days=35))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(take_in, range(18)))
    assert Catalogue(store).count(SITES) == (62, 8)
    assert len(Catalogue(store).readings()) == len(SITES)
