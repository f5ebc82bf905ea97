"""Each dependency has its reason in docs/adr, and docs/map.md names files that exist."""

import re
import tomllib
from typing import Any

from commands.checkout import ROOT

DESCRIBED: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_each_dependency_has_its_reason_in_a_decision() -> None:
    wanted = [*DESCRIBED["project"]["dependencies"], *DESCRIBED["dependency-groups"]["dev"]]
    names = {re.split(r"[^a-zA-Z0-9-]", line)[0] for line in wanted}
    decisions = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "adr").glob("*.md"))
    assert {name for name in names if f"`{name}`" not in decisions} == set()


def test_the_map_names_files_that_exist() -> None:
    page = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    paths = {word.rstrip("/") for word in re.findall(r"`([\w.-]+/[\w./-]*|\w+\.(?:py|toml|md))`", page)}
    assert {path for path in paths if not (ROOT / path).exists()} == set()


def test_the_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(page.name[:4]) for page in (ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
