"""The cache that all labs share: things named by what they were made from, published whole or not at all."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

_HALF_WAY = ".new"


def digest_of(*parts: bytes | str) -> str:
    """Twelve hexadecimal digits that stand for what something is made from."""
    whole = sha256()
    for part in parts:
        whole.update(part.encode() if isinstance(part, str) else part)
        whole.update(b"\0")
    return whole.hexdigest()[:12]


def cached(cache: Path, sort: str, digest: str, make: Callable[[Path], None], say: Callable[[], None]) -> Path:
    """The folder `sort-digest` of the cache; where it is missing, `make` fills one that is then given the name.

    Whoever comes meanwhile waits; what a killed call left half-way is removed. Older ones stay: labs may stand on them.
    """
    final = cache / f"{sort}-{digest}"
    if final.is_dir():
        return final
    cache.mkdir(parents=True, exist_ok=True)
    with exclusive(cache / f".{sort}.lock"):
        if final.is_dir():
            return final
        say()
        half_way = final.with_name(f"{final.name}{_HALF_WAY}")
        for stale in cache.glob(f"{sort}-*{_HALF_WAY}"):
            shutil.rmtree(stale)
        half_way.mkdir(mode=0o755)
        make(half_way)
        half_way.rename(final)
    return final


@contextmanager
def exclusive(lock: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a lock file, which lets go when its holder ends; yields False when not waiting and another holds it."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)
