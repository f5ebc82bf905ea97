"""Chunks of bytes on their way: summed as they pass, and read ahead so that source and sink work side by side."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Full, Queue
from typing import Any

_POLL_SECONDS = 0.5
_LEAVE_SECONDS = 5.0  # a source that hangs longer is left to its own timeout


class Summed:
    """Chunks as they are; `size_bytes` and `sha256` (hex) are those of what has passed so far."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    @property
    def sha256(self) -> str:
        """The sum of what has passed."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self._digest.update(chunk)
        self.size_bytes += len(chunk)
        return chunk


def summed(chunks: Iterator[bytes]) -> Summed:
    """The chunks with their sum; those that have one already are not summed twice."""
    return chunks if isinstance(chunks, Summed) else Summed(chunks)


@contextmanager
def read_ahead(chunks: Iterator[bytes], *, most: int = 4) -> Iterator[Iterator[bytes]]:
    """The same chunks, at most `most` of them read before they are asked for, on a thread of their own.

    What reading raises is raised where the chunk would have come. Left early, no more is read.
    """
    ahead: Queue[tuple[bytes, BaseException | None]] = Queue(maxsize=most)
    left = threading.Event()
    thread = threading.Thread(target=_read, args=(chunks, ahead, left), name="read-ahead", daemon=True)
    thread.start()
    try:
        yield _taken(ahead)
    finally:
        left.set()
        thread.join(timeout=_LEAVE_SECONDS)


def _read(chunks: Iterator[bytes], ahead: "Queue[tuple[bytes, BaseException | None]]", left: threading.Event) -> None:
    try:
        for chunk in chunks:
            if chunk and not _put(ahead, (chunk, None), left):
                _close(chunks)
                return
    except BaseException as error:  # noqa: BLE001 - raised again by whoever takes the chunks
        _put(ahead, (b"", error), left)
    else:
        _put(ahead, (b"", None), left)


def _put(ahead: "Queue[tuple[bytes, Any]]", item: tuple[bytes, Any], left: threading.Event) -> bool:
    while not left.is_set():
        try:
            ahead.put(item, timeout=_POLL_SECONDS)
        except Full:
            continue
        return True
    return False


def _taken(ahead: "Queue[tuple[bytes, BaseException | None]]") -> Iterator[bytes]:
    while True:
        chunk, error = ahead.get()
        if error is not None:
            raise error
        if not chunk:
            return
        yield chunk


def _close(chunks: Iterator[bytes]) -> None:
    if close := getattr(chunks, "close", None):
        close()
