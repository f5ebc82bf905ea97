"""Telling how far something has come."""

import threading

from lab.progress import reporting


def test_work_that_takes_long_is_reported_of_until_it_is_over() -> None:
    reported: list[str] = []
    twice = threading.Event()

    def say(line: str) -> None:
        reported.append(line)
        if len(reported) == 2:
            twice.set()

    with reporting(lambda: "3 packages fetched", say, seconds=0.01):
        assert twice.wait(10)
    heard = len(reported)
    assert set(reported) == {"  3 packages fetched"}
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]
    assert len(reported) == heard


def test_work_that_is_soon_over_is_not_reported() -> None:
    reported: list[str] = []
    with reporting(lambda: "nothing", reported.append):
        pass
    assert reported == []
