"""Mutants of a module of a toy checkout, against real tests of it: caught, missed, and no verdict on broken tests."""

from dataclasses import replace
from pathlib import Path

import pytest

from commands.mutants import find_mutants
from commands.mutate import Bench
from groundwork.errors import VerificationError
from groundwork.shell.command import LocalCommands

MODULE = "thing/plan.py"
SOURCE = "LIMIT = 3\n\n\ndef fits(size: int) -> bool:\n    return size < LIMIT\n"
TEST = "from thing.plan import fits\n\n\ndef test_fits():\n    assert fits(1) and not fits(9)\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A module and a test of it that does not look at the limit itself."""
    for name, text in ((MODULE, SOURCE), ("thing/__init__.py", ""), ("tests/unit/thing/test_plan.py", TEST)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_what_a_test_looks_at_is_caught_what_none_does_survives_and_the_module_is_whole_again(checkout: Path) -> None:
    bench = Bench(checkout, LocalCommands())
    off_by_one, turned = find_mutants(MODULE, SOURCE)
    blind = replace(turned, begin=SOURCE.index("size < LIMIT"), old="size < LIMIT", new="True")

    assert bench.catches(blind, SOURCE)
    assert not bench.catches(turned, SOURCE), "3 itself is not looked at"
    assert not bench.catches(off_by_one, SOURCE)
    assert (checkout / MODULE).read_text(encoding="utf-8") == SOURCE
    bench.refuse_unsound([turned])


def test_a_module_without_tests_catches_nothing_and_broken_tests_give_no_verdict(checkout: Path) -> None:
    (mutant, *_) = find_mutants(MODULE, SOURCE)
    test = checkout / "tests/unit/thing/test_plan.py"
    test.write_text(TEST.replace("not fits(9)", "fits(9)"), encoding="utf-8")
    with pytest.raises(VerificationError, match="fail without any mutant") as refused:
        Bench(checkout, LocalCommands()).refuse_unsound([mutant])
    assert "assert fits(1) and fits(9)" in refused.value.message
    assert "FAILED tests/unit/thing/test_plan.py::test_fits" in refused.value.message
    test.unlink()
    assert not Bench(checkout, LocalCommands()).catches(mutant, SOURCE)
