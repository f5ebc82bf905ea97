"""No file over 400 lines, no function body over 40: over the line means a missing noun."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.checkout import ROOT, tracked_files
from groundwork.shell.command import LocalCommands

MOST_LINES = 400
MOST_BODY_LINES = 40
READ_BY_PEOPLE = {".py", ".go", ".sh", ".j2", ".md", ".yml", ".yaml", ".toml", ""}
FILES = tracked_files(LocalCommands())
DATA = {ROOT / "inventory", ROOT / "monitoring", ROOT / "docs" / "reference"}  # the last is generated


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    written = [
        path
        for path in FILES
        if path.suffix in READ_BY_PEOPLE and path != ROOT / "LICENSE" and not DATA.intersection(path.parents)
    ]
    counts = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in written}
    assert {name: lines for name, lines in counts.items() if lines > MOST_LINES} == {}


def test_no_python_function_body_is_longer_than_forty_lines() -> None:
    sizes = dict(size for path in FILES if path.suffix == ".py" for size in python_bodies(path))
    assert {name: lines for name, lines in sizes.items() if lines > MOST_BODY_LINES} == {}


def test_no_go_function_body_is_longer_than_forty_lines() -> None:
    sizes = dict(size for path in FILES if path.suffix == ".go" for size in go_bodies(path))
    assert {name: lines for name, lines in sizes.items() if lines > MOST_BODY_LINES} == {}


def test_the_front_page_is_at_most_a_hundred_and_twenty_lines() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda page: page.name)
def test_a_decision_fits_on_a_page(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 60


def python_bodies(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a file with the lines of its body, the docstring not counted."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first, last = node.body[0], node.body[-1]
            docstring = ast.get_docstring(node) is not None
            begins = (first.end_lineno or 0) + 1 if docstring else first.lineno
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (last.end_lineno or 0) - begins + 1


def go_bodies(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a gofmt-formatted file with the lines between its braces."""
    begun: tuple[str, int] | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if re.match(r"func\b.*\{$", line):
            begun = (f"{path.relative_to(ROOT)}:{number} {line}", number)
        elif line == "}" and begun:
            yield begun[0], number - begun[1] - 1
            begun = None
