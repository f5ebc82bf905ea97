"""The checkout: where it is, and which files of it are ours."""

from pathlib import Path

from groundwork.errors import OutsideError
from groundwork.shell.command import CommandRunner

ROOT = Path(__file__).resolve().parent.parent


def tracked_files(commands: CommandRunner) -> list[Path]:
    """Every file that git knows or would take, absolute, sorted; without git, every file outside hidden folders.

    Git is told to trust the checkout: the tests may be run by another user than its owner.
    """
    git = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT)]
    try:
        listed = commands.run(
            [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], timeout_seconds=60
        )
    except OutsideError:
        return sorted(path for path in ROOT.rglob("*") if path.is_file() and not _is_left_behind(path))
    return sorted(path for name in set(listed.stdout.split("\0")) - {""} if (path := ROOT / name).is_file())


def _is_left_behind(path: Path) -> bool:
    """Whether a tool left it there: what begins with a dot but .ci, and compiled Python."""
    folders = path.relative_to(ROOT).parts[:-1]
    return any(part == "__pycache__" or (part.startswith(".") and part != ".ci") for part in folders)
