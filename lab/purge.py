"""Emptying the cache: what labs are made of and with, not what belongs to one of them."""

import shutil
from pathlib import Path

_PATTERNS = ("base-*", "guest-*", "vcenter-*", "golang", "golang.new")  # the last two: commands/prerequisites


def purge_cache(cache: Path) -> tuple[str, ...]:
    """Remove every image, build and toolchain, whole or half-way; their names, in order. Only while no lab stands."""
    found = sorted(path for pattern in _PATTERNS for path in cache.glob(pattern) if path.is_dir())
    for folder in found:
        shutil.rmtree(folder)
    return tuple(folder.name for folder in found)
