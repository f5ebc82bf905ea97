"""Telling how far something has come."""

import threading

from lab.progress import reporting


def test_work_that_takes_long_is_told_of_until_it_is_over() -> None:
    told: list[str] = []
    twice = threading.Event()

    def tell(line: str) -> None:
        told.append(line)
        if len(told) == 2:
            twice.set()

    with reporting(lambda: "3 packages fetched", tell, seconds=0.01):
        assert twice.wait(10)
    heard = len(told)
    assert set(told) == {"  3 packages fetched"}
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]
    assert len(told) == heard


def test_work_that_is_soon_over_is_not_told_of() -> None:
    told: list[str] = []
    with reporting(lambda: "nothing", told.append):
        pass
    assert told == []
