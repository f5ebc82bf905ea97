"""Mutants: which small wrong changes are made of a module, and which tests have to catch them."""

import pytest

from commands.checkout import ROOT
from commands.mutants import find_mutants, mirroring_tests, modules_of

SOURCE = '''"""A 3 in words is no constant."""

LIMIT = 3  # 中文


def chosen(names: list[str], *, wide: bool) -> list[str]:
    first = [name for name in names if name != "é" and len(name) <= LIMIT]
    return first if wide or not first else first[:1]


def between(low: int, value: int, high: int) -> bool:
    return (
        low
        < value  # and no more
        <= high
    ) is True
'''


def test_each_kind_is_found_at_its_place_and_changes_nothing_else() -> None:
    found = [(one.line, one.kind, one.old, one.new) for one in find_mutants("a/b.py", SOURCE)]
    assert found == [
        (3, "constant off by one", "3", "4"),
        (7, "filter dropped", 'name != "é" and len(name) <= LIMIT', "True"),
        (7, "comparison turned", "!=", "=="),
        (7, "and/or swapped", "and", "or"),
        (7, "comparison turned", "<=", "<"),
        (8, "and/or swapped", "or", "and"),
        (8, "constant off by one", "1", "2"),
        (14, "comparison turned", "<", "<="),
        (15, "comparison turned", "<=", "<"),
        (16, "comparison turned", "is", "is not"),
    ]
    for mutant in find_mutants("a/b.py", SOURCE):
        before, after = SOURCE.splitlines(), mutant.applied(SOURCE).splitlines()
        changed = [number for number, (one, other) in enumerate(zip(before, after, strict=True), 1) if one != other]
        assert changed == [mutant.line]
        compile(mutant.applied(SOURCE), "a/b.py", "exec")


def test_an_operator_that_a_comment_repeats_is_left_alone() -> None:
    assert [one.kind for one in find_mutants("a.py", "x = (a  # a < b\n < b)")] == []


def test_a_mutant_is_shown_before_and_after_and_refuses_another_source() -> None:
    mutant = find_mutants("a/b.py", SOURCE)[0]
    assert mutant.shown(SOURCE) == "a/b.py:3 constant off by one\n    - LIMIT = 3  # 中文\n    + LIMIT = 4  # 中文"
    with pytest.raises(ValueError, match="not the source"):
        mutant.applied("LIMIT = 3\n")


def test_a_module_is_mirrored_by_the_tests_that_import_it_and_by_those_of_its_folder() -> None:
    tests = {
        "tests/unit/backup/test_plan.py": "from backup.plan import plan_backup\n",
        "tests/unit/backup/test_other.py": "",
        "tests/unit/run/test_run.py": "from groundwork.run import naming\nfrom backup.planning import x\n",
        "tests/unit/fleet/machines/test_apply.py": "import backup.plan\n",
    }
    assert mirroring_tests("backup/plan.py", tests) == [
        "tests/unit/backup/test_plan.py",
        "tests/unit/fleet/machines/test_apply.py",
        "tests/unit/backup/test_other.py",
    ]
    assert mirroring_tests("groundwork/run/naming.py", tests) == ["tests/unit/run/test_run.py"]
    assert mirroring_tests("groundwork/model/drill.py", tests) == []


def test_each_module_that_decides_is_there_and_has_tests() -> None:
    tests = {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "tests/unit").rglob("test_*.py")}
    for module in modules_of(ROOT):
        assert mirroring_tests(module, tests), module
    with pytest.raises(ValueError, match="no module is called gone/"):
        modules_of(ROOT, ["gone/*.py"])
