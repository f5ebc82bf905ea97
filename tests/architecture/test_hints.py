"""What an operator is told to do can be done."""

import ast

from commands.checkout import ROOT, tracked_files
from groundwork.shell.command import LocalCommands

# Only the engine knows that a run stopped and can be gone on with: after a step that failed, the run is at its end.
_MAY_SAY_IT = ("groundwork/run/", "commands/", "tests/")
_ADVICE = ("resume the run", "resume it", "runs.resume")


def test_nobody_but_the_engine_advises_to_resume_a_run() -> None:
    advised = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in tracked_files(LocalCommands())
        if path.suffix == ".py" and not str(path.relative_to(ROOT)).startswith(_MAY_SAY_IT)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if any(words in node.value for words in _ADVICE)
    ]
    assert advised == []


def test_no_runbook_advises_to_resume_a_run() -> None:
    """A run that raised an alert is at its end, or its own last words say what to do."""
    advised = [
        str(path.relative_to(ROOT))
        for path in tracked_files(LocalCommands())
        if path.relative_to(ROOT).parts[0] == "monitoring" and "runs.resume" in path.read_text(encoding="utf-8")
    ]
    assert advised == []
