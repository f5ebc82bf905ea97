"""A step that nobody performs is found by mypy, and so before it is planned; its kind has the one form of all."""

import ast
import re
from collections.abc import Iterator

import pytest
from mypy import api

from commands.checkout import ROOT, tracked_files
from groundwork.shell.command import LocalCommands

PRODUCT = """
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, assert_never

from groundwork.change.operation import Operation
from groundwork.change.step import Act, Attempt, Json, Perform


@dataclass(frozen=True, slots=True, kw_only=True)
class Dig(Act):
    site: str
    kind: Literal["garden.dig"] = "garden.dig"
    acts_on = "{0.site}/garden/bed"

    def describe(self) -> str:
        return "dig"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sow(Act):
    site: str
    kind: Literal["garden.sow"] = "garden.sow"
    acts_on = "{0.site}/garden/bed"

    def describe(self) -> str:
        return "sow"


GardenStep = Dig | Sow


def perform(step: PERFORMED, attempt: Attempt) -> Json:
    match step:
        case Dig():
            return "dug"
        CASE
        case _:
            assert_never(step)


def performer(site: str) -> AbstractContextManager[Perform[PERFORMED]]:
    return nullcontext(perform)


def operation() -> Operation[GardenStep]:
    return Operation(name="garden", steps=GardenStep, performer=performer)
"""
SOW = 'case Sow():\n            return "sown"'


PRODUCTS = {
    "whole": ("GardenStep", SOW),
    "unmatched": ("GardenStep", ""),
    "untaken": ("Dig", ""),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy says of products: what their performers take, and their second case."""
    folder = tmp_path_factory.mktemp("products")
    for name, (performed, case) in PRODUCTS.items():
        source = PRODUCT.replace("PERFORMED", performed).replace("CASE", case)
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)  # mypy finds the packages and its cache there
        words, broken, _ = api.run(["--follow-imports=silent", "--no-error-summary", str(folder)])
    assert not broken
    return words


def of(name: str, said: str) -> str:
    return "\n".join(line for line in said.splitlines() if f"{name}.py" in line)


def test_a_product_whose_steps_are_all_performed_is_sound(said: str) -> None:
    assert of("whole", said) == ""


def test_a_step_that_is_matched_nowhere_fails(said: str) -> None:
    assert 'incompatible type "Sow"; expected "Never"' in of("unmatched", said)


def test_a_step_that_the_performer_does_not_take_fails(said: str) -> None:
    assert 'has incompatible type "Callable' in of("untaken", said)


def test_every_step_is_saved_under_a_kind_in_one_form() -> None:
    modules = [path for path in tracked_files(LocalCommands()) if path.suffix == ".py"]
    kinds = [kind for path in modules for kind in kinds_in(path.read_bytes())]
    assert len(kinds) > 40
    assert [kind for kind in kinds if not re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", kind)] == []
    garden = PRODUCT.replace("CASE", SOW).replace("garden.sow", "garden.sow_seed")
    assert list(kinds_in(garden.encode())) == ["garden.dig", "garden.sow_seed"]


def kinds_in(source: bytes) -> Iterator[str]:
    """The kinds of the steps that a module has: classes that describe what they do, and have a `kind`."""
    for step in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)):
        described = any(isinstance(one, ast.FunctionDef) and one.name == "describe" for one in step.body)
        for field in step.body if described else ():
            if isinstance(field, ast.AnnAssign) and ast.unparse(field.target) == "kind":
                yield from re.findall(r"Literal\['(.*)'\]", ast.unparse(field.annotation))
