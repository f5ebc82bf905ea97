"""Emptying the cache: what labs are made of, not what belongs to one of them."""

import shutil
from pathlib import Path

_SORTS = ("base", "guest", "vcenter")


def purge_cache(cache: Path) -> tuple[str, ...]:
    """Remove every image and build, whole or half-way; their names, in order. Only while no lab stands on them."""
    found = sorted(path for sort in _SORTS for path in cache.glob(f"{sort}-*") if path.is_dir())
    for folder in found:
        shutil.rmtree(folder)
    return tuple(folder.name for folder in found)
