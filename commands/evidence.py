"""What is written into a run's folder of evidence when the run has ended: who approved it, of a drill its report."""

from pathlib import Path
from typing import TYPE_CHECKING

from commands.context import as_document, say
from commands.json_document import render_json
from groundwork.shell.whole_file import write_whole

if TYPE_CHECKING:
    from groundwork.run.record import RunRecord

DRILL = "drill.run"


def write_evidence(state: Path, run: "RunRecord") -> None:
    """Write what the run's ending is owed, however it came to its end: started, or killed and resumed."""
    if run.permit.approvals or run.permit.emergency:
        folder = evidence_folder(state, run)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / "permit.json", render_json(as_document(run.permit)) + "\n")
    if run.operation == DRILL and run.summary and not run.undo_of:
        say(f"report: {write_drill_report(run, evidence_folder(state, run))[1]}")


def evidence_folder(state: Path, run: "RunRecord") -> Path:
    """Where a run's evidence is kept."""
    return state / "evidence" / run.id


def write_drill_report(run: "RunRecord", folder: Path) -> list[Path]:
    """Write a drill's report, and give its files. Raises UsageError for a run that is no finished drill."""
    from dr_drills.report import render_files

    files = dict(render_files(run))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]
