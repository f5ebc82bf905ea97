"""A step that nobody performs is found by mypy, and so before it is planned."""

from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).resolve().parents[2]
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
