"""Taking files that are not what they say out of the repository, and putting them back: nothing is ever deleted."""

import os
from collections.abc import Iterable
from pathlib import Path

from repository_host.layout import REFUSED_EXIT_CODE, HostError, Layout
from repository_host.proof import Judge


def take_out(layout: Layout, password: str, paths: Iterable[str], *, label: str) -> dict[str, str]:
    """Move each file into the label's quarantine once it is proven wrong; those that stay, with why."""
    judge = Judge(layout, password)
    kept = {}
    for path in paths:
        file, aside = _inside(layout.repository, path), _inside(layout.quarantine, f"{label}/{path}")
        if not os.path.lexists(file):
            if not os.path.lexists(aside):
                kept[path] = "it is not there"
            continue
        if not file.is_symlink() and not judge.why_wrong(path):
            kept[path] = "it is what its name says"
            continue
        aside.parent.mkdir(parents=True, exist_ok=True)
        file.rename(aside)
    return kept


def put_back(layout: Layout, paths: Iterable[str], *, label: str) -> dict[str, str]:
    """Move each file back from the label's quarantine; those that stay there, with why."""
    kept = {}
    for path in paths:
        file, aside = _inside(layout.repository, path), _inside(layout.quarantine, f"{label}/{path}")
        if not os.path.lexists(aside):
            continue
        if os.path.lexists(file):
            kept[path] = "another file has its place"
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(file)
    return kept


def _inside(folder: Path, path: str) -> Path:
    """The path below the folder. Raises HostError for a path that leads out of it."""
    file, plain = folder / path, not Path(path).is_absolute() and ".." not in Path(path).parts
    if not (plain and file.parent.resolve().is_relative_to(folder.resolve())):
        raise HostError(f"{path!r} leads out of the repository", REFUSED_EXIT_CODE)
    return file
