"""The lists of packages agree, and tasks.py is a table of contents."""

import ast
import tomllib
from typing import Any

from commands.checkout import ROOT, tracked_files
from groundwork.shell.command import LocalCommands

DESCRIBED: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NOT_PACKAGES = {"tasks.py", "benchmarks", "tests"}


def test_the_wheel_the_contracts_and_mypy_see_the_same_packages() -> None:
    tool = DESCRIBED["tool"]
    there = {
        path.parent.name for path in tracked_files(LocalCommands()) if path.parent.parent == ROOT and is_init(path.name)
    }
    assert set(tool["hatch"]["build"]["targets"]["wheel"]["packages"]) == there
    assert set(tool["importlinter"]["root_packages"]) == there
    assert set(tool["mypy"]["files"]) - NOT_PACKAGES == there


def test_no_import_contract_makes_an_exception() -> None:
    excused = [
        contract["name"] for contract in DESCRIBED["tool"]["importlinter"]["contracts"] if "ignore_imports" in contract
    ]
    assert excused == []


def test_tasks_is_a_table_of_contents() -> None:
    body = ast.parse((ROOT / "tasks.py").read_bytes()).body
    kinds = [type(statement) for statement in body]
    imports = [statement for statement in body if isinstance(statement, ast.ImportFrom)]
    assert kinds[0] is ast.Expr, "a docstring first"
    assert set(kinds[1:-1]) == {ast.ImportFrom}, "then imports"
    assert kinds[-1] is ast.Assign, "then one Collection"
    assert {statement.module for statement in imports} <= {"commands", "invoke"} | modules_of_commands()


def modules_of_commands() -> set[str]:
    """The modules that tasks.py may import from."""
    return {f"commands.{path.stem}" for path in (ROOT / "commands").glob("*.py")}


def is_init(name: str) -> bool:
    return name == "__init__.py"
