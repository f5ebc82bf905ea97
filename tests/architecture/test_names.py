"""One module, one noun; nothing of one machine in a tracked file."""

import ast
import re

from commands.checkout import ROOT, tracked_files
from groundwork.shell.command import LocalCommands

NOT_NOUNS = {"utils", "util", "helpers", "helper", "common", "base", "core", "misc", "manager"}
FILES = tracked_files(LocalCommands())
MODULES = [path for path in FILES if path.suffix == ".py"]
OF_ONE_MACHINE = re.compile(
    rb"/work/(?:main|shared)|/home/[a-z]|/Users/[A-Za-z]"
    rb"|pypi\.org|pythonhosted\.org|(?:proxy|sum)\.golang\.org|deb\.debian\.org|registry\.npmjs"
)

PRODUCTS = {"groundwork", "backup", "dr_drills", "fleet", "exporters"}
OF_THE_LAB = re.compile(rb"(?i)(?<![a-z])(?:labs?|boots)(?![a-z])")  # as words, in names with underscores too


def test_no_module_is_called_by_a_word_that_says_nothing() -> None:
    named = {part.removesuffix(".py") for path in MODULES for part in path.relative_to(ROOT).parts}
    assert named & NOT_NOUNS == set()


def test_an_init_file_holds_a_docstring_at_most() -> None:
    talkative = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.name == "__init__.py" and len(ast.parse(path.read_bytes()).body) > 1
    ]
    assert talkative == []


def test_a_module_begins_with_one_sentence_that_says_what_it_knows() -> None:
    ours = [path for path in MODULES if ROOT / "tests" not in path.parents]
    silent = [str(path.relative_to(ROOT)) for path in ours if not begins_with_a_sentence(path.read_bytes())]
    assert silent == []


def test_a_docstring_says_what_is_so_and_not_where_to_see_it() -> None:
    assert points_elsewhere('def f():\n    """Hold these too; see RunLocks."""')
    assert not points_elsewhere('def f():\n    """See that all are held: RunLocks."""')
    ours = [path for path in MODULES if ROOT / "tests" not in path.parents]
    assert [str(path.relative_to(ROOT)) for path in ours if points_elsewhere(path.read_text(encoding="utf-8"))] == []


def points_elsewhere(source: str) -> bool:
    """Whether a docstring sends its reader to another name."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    said = [ast.get_docstring(node) or "" for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
    return any(re.search(r"\b[Ss]ee (there\b|[A-Z])", words) for words in said)


def test_there_is_no_package_under_tests_and_no_python_under_inventory() -> None:
    astray = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if (ROOT / "tests" in path.parents and path.name == "__init__.py") or ROOT / "inventory" in path.parents
    ]
    assert astray == []


def test_no_product_knows_that_there_is_a_lab() -> None:
    read = [path for path in FILES if path.relative_to(ROOT).parts[0] in PRODUCTS and path.is_file()]
    found = {str(path.relative_to(ROOT)): OF_THE_LAB.findall(path.read_bytes()) for path in read}
    assert {name: words for name, words in found.items() if words} == {}


def test_no_tracked_file_names_a_place_of_one_machine_or_a_registry() -> None:
    read = [path for path in FILES if path.name != "test_names.py"]
    found = {str(path.relative_to(ROOT)): OF_ONE_MACHINE.findall(path.read_bytes()) for path in read}
    assert {name: words for name, words in found.items() if words} == {}


def begins_with_a_sentence(source: bytes) -> bool:
    """Whether the docstring's first paragraph is one sentence."""
    paragraph = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0]
    return paragraph.endswith((".", ":", "?")) and not re.search(r"[a-z)]\. [A-Z]", paragraph)
