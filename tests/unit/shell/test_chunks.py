"""Chunks on their way: nothing lost, nothing doubled, errors where they happened, no thread left behind."""

import hashlib
import threading
from collections.abc import Iterator

import pytest

from groundwork.shell.chunks import Summed, read_ahead, summed

CHUNKS = [bytes([number]) * (number + 1) for number in range(200)]


def test_the_chunks_come_as_they_are_and_are_summed_once() -> None:
    source = summed(iter(CHUNKS))
    assert summed(source) is source
    with read_ahead(source) as ahead:
        assert list(ahead) == CHUNKS
    whole = b"".join(CHUNKS)
    assert (source.size_bytes, source.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())


def test_an_empty_chunk_is_not_taken_for_the_end() -> None:
    with read_ahead(iter([b"a", b"", b"b"])) as ahead:
        assert b"".join(ahead) == b"ab"


def test_what_reading_raises_is_raised_where_the_chunk_would_have_come() -> None:
    def broken() -> Iterator[bytes]:
        yield b"good"
        raise ConnectionError("the hypervisor is gone")

    with read_ahead(broken()) as ahead:
        assert next(ahead) == b"good"
        with pytest.raises(ConnectionError, match="the hypervisor is gone"):
            next(ahead)


def test_left_early_no_more_is_read_and_the_source_is_closed() -> None:
    state = {"read": 0, "closed": 0}

    def endless() -> Iterator[bytes]:
        try:
            while True:
                state["read"] += 1
                yield b"x"
        finally:
            state["closed"] += 1

    with read_ahead(endless(), most=2) as ahead:
        assert next(ahead) == b"x"
    assert state["closed"] == 1
    assert state["read"] <= 5
    assert not [thread for thread in threading.enumerate() if thread.name == "read-ahead"]


def test_source_and_sink_work_side_by_side() -> None:
    """The source is asked for the next chunk while the sink still has the one before."""
    asked = threading.Event()

    def source() -> Iterator[bytes]:
        yield b"first"
        asked.set()
        yield b"second"

    with read_ahead(source()) as ahead:
        assert next(ahead) == b"first"
        assert asked.wait(timeout=10)
        assert list(ahead) == [b"second"]


def test_a_slow_sink_holds_the_source_back() -> None:
    given: list[int] = []
    full, more = threading.Event(), threading.Event()

    def source() -> Iterator[bytes]:
        for number in range(50):
            given.append(number)
            if number >= 4:  # one taken, three ahead, and one in the reader's hand
                (full if number == 4 else more).set()
            yield b"x"

    with read_ahead(Summed(source()), most=3) as ahead:
        next(ahead)
        assert full.wait(timeout=10)
        assert not more.wait(timeout=0.1)
        assert len(given) == 5
        assert len(list(ahead)) == 49
