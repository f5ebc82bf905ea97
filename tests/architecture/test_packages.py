"""The lists of packages agree, and tasks.py is a table of contents."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
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


def test_each_package_that_is_imported_is_named_as_a_dependency() -> None:
    wanted = [*DESCRIBED["project"]["dependencies"], *DESCRIBED["dependency-groups"]["dev"]]
    named = {re.split(r"[^a-zA-Z0-9-]", line)[0] for line in wanted} | {"pydantic-core"}  # released with pydantic alone
    distributions = packages_distributions()
    imported = {
        (name, distribution.lower().replace("_", "-"))
        for name in set(imported_modules()) - sys.stdlib_module_names
        for distribution in distributions.get(name, ())
    }
    assert {name for name, _ in imported} - {name for name, distribution in imported if distribution in named} == set()


def imported_modules() -> Iterator[str]:
    """The first word of each import in each Python file."""
    for path in tracked_files(LocalCommands()):
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.Import):
                    yield from (alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    yield node.module.partition(".")[0]


def modules_of_commands() -> set[str]:
    """The modules that tasks.py may import from."""
    return {f"commands.{path.stem}" for path in (ROOT / "commands").glob("*.py")}


def is_init(name: str) -> bool:
    return name == "__init__.py"
