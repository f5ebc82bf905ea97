"""A saved plan is used once, by a run that really began."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from groundwork.errors import RefusedError
from groundwork.run.admission import use_once
from groundwork.run.launch import prepare
from groundwork.store.location import LedgerLocation
from groundwork.store.store import Store


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Store]:
    location = LedgerLocation(state=tmp_path, url="")
    prepare(location)
    with closing(Store(location)) as opened:
        yield opened


def test_a_second_run_is_refused_and_the_first_named(tables: Store) -> None:
    use_once(tables, "p1", "run-1", exists=lambda _run: True)
    use_once(tables, "p2", "run-2", exists=lambda _run: True)
    with pytest.raises(RefusedError, match="the plan p1 was used already, by run run-1"):
        use_once(tables, "p1", "run-3", exists=lambda _run: True)


def test_a_run_that_never_began_gives_its_plan_back(tables: Store) -> None:
    use_once(tables, "p1", "run-1", exists=lambda _run: True)
    use_once(tables, "p1", "run-2", exists=lambda run: run != "run-1")
    with pytest.raises(RefusedError, match="by run run-2"):
        use_once(tables, "p1", "run-3", exists=lambda run: run != "run-1")


def test_of_two_at_once_one_is_refused(tables: Store) -> None:
    def other_first(_run: str) -> bool:
        return False

    use_once(tables, "p1", "run-1", exists=lambda _run: True)
    took = iter([True])

    def overtaken(run: str) -> bool:
        if run == "run-1" and next(took, False):
            use_once(tables, "p1", "run-2", exists=other_first)
        return False

    with pytest.raises(RefusedError, match="that began just now"):
        use_once(tables, "p1", "run-3", exists=overtaken)
