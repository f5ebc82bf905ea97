"""Mutants: one small wrong change of a module at a time, as a hurried hand would make it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

Kind = Literal["comparison turned", "and/or swapped", "constant off by one", "filter dropped"]

# What decides: no I/O, so that its unit tests alone can tell right from wrong.
DECIDING = (
    "groundwork/change/*.py",
    "groundwork/model/*.py",
    "groundwork/estate/checks/*.py",
    "groundwork/run/naming.py",
    "groundwork/run/redaction.py",
    "groundwork/run/unbegun.py",
    "backup/model.py",
    "backup/plan.py",
    "backup/catalogue.py",
    "backup/plausibility.py",
    "backup/readiness.py",
    "backup/selection.py",
    "dr_drills/clean_up.py",
    "dr_drills/evidence.py",
    "dr_drills/guard.py",
    "dr_drills/isolation.py",
    "dr_drills/model.py",
    "dr_drills/plan.py",
    "dr_drills/recovery.py",
    "dr_drills/survey.py",
    "fleet/*/adoption.py",
    "fleet/*/comparison.py",
    "fleet/*/identity.py",
    "fleet/*/model.py",
    "fleet/*/plan.py",
    "fleet/*/shortfall.py",
    "fleet/*/wanted.py",
    "exporters/board.py",
    "exporters/collectors.py",
    "exporters/digest.py",
    "exporters/sources.py",
)

_TURNED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A change of a module: `old` at byte `begin` of its source becomes `new`."""

    module: str
    line: int
    kind: Kind
    begin: int
    old: str
    new: str

    def applied(self, source: str) -> str:
        """The module's source with the change made."""
        data, old = source.encode(), self.old.encode()
        if data[self.begin : self.begin + len(old)] != old:
            raise ValueError(f"{self.module} is not the source that this mutant was found in")
        return (data[: self.begin] + self.new.encode() + data[self.begin + len(old) :]).decode()

    def shown(self, source: str) -> str:
        """One line: where, and the line before and after."""
        before = source.splitlines()[self.line - 1].strip()
        after = self.applied(source).splitlines()[self.line - 1].strip()
        return f"{self.module}:{self.line} {self.kind}\n    - {before}\n    + {after}"


def find_mutants(module: str, source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its text."""
    tree = ast.parse(source)
    finder = _Finder(module, source)
    found = [mutant for node in ast.walk(tree) for mutant in finder.of(node)]
    return sorted(found, key=lambda mutant: (mutant.begin, mutant.new))


def mirroring_tests(module: str, tests: dict[str, str]) -> list[str]:
    """The unit tests that mirror a module: those that import it, then the others of the folder of its name.

    `tests` are the sources of all unit tests by path.
    """
    dotted = module.removesuffix(".py").replace("/", ".")
    package, _, name = dotted.rpartition(".")
    words = (f"from {dotted} import", f"import {dotted}\n", f"from {package} import {name}\n")
    importing = [path for path, source in tests.items() if any(one in source for one in words)]
    folders = {part for part in Path(module).parts[:-1] if part != "groundwork"}
    beside = [path for path in tests if folders.intersection(Path(path).parts[2:-1])]
    return list(dict.fromkeys([*sorted(importing), *sorted(beside)]))


class _Finder:
    """Finds what can be changed about a node, by its position in the text."""

    def __init__(self, module: str, source: str) -> None:
        self._module = module
        self._lines = [0]
        self._data = source.encode()
        for line in self._data.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def of(self, node: ast.AST) -> Iterator[Mutant]:
        """The mutants of this node, without its children's."""
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for operator, (left, right) in zip(node.ops, pairwise(operands), strict=True):
                old, new = _TURNED[type(operator)]
                yield from self._between(left, right, "comparison turned", old, new)
        elif isinstance(node, ast.BoolOp):
            old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in pairwise(node.values):
                yield from self._between(left, right, "and/or swapped", old, new)
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield self._mutant(node, "constant off by one", self._text(node), str(node.value + 1))
        elif isinstance(node, ast.comprehension):
            for condition in node.ifs:
                yield self._mutant(condition, "filter dropped", self._text(condition), "True")

    def _between(self, left: ast.expr, right: ast.expr, kind: Kind, old: str, new: str) -> Iterator[Mutant]:
        """An operator between two operands; none where the text there holds it more than once, in a comment say."""
        begin, end = self._end(left), self._begin(right)
        words = self._data[begin:end].decode()
        if words.count(old) == 1:
            at = begin + len(words[: words.index(old)].encode())
            line = left.end_lineno or left.lineno
            line += words[: words.index(old)].count("\n")
            yield Mutant(module=self._module, line=line, kind=kind, begin=at, old=old, new=new)

    def _mutant(self, node: ast.expr, kind: Kind, old: str, new: str) -> Mutant:
        return Mutant(module=self._module, line=node.lineno, kind=kind, begin=self._begin(node), old=old, new=new)

    def _text(self, node: ast.expr) -> str:
        return self._data[self._begin(node) : self._end(node)].decode()

    def _begin(self, node: ast.expr) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr) -> int:
        return self._lines[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or node.col_offset)


def modules_of(root: Path, patterns: Sequence[str] = DECIDING) -> list[str]:
    """The modules that decide, by path from the root. Raises ValueError for a pattern that matches none."""
    found: list[str] = []
    for pattern in patterns:
        matching = sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))
        if not matching:
            raise ValueError(f"no module is called {pattern}")
        found += matching
    return [path for path in dict.fromkeys(found) if not path.endswith("__init__.py")]
