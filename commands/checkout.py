"""The checkout: where it is, and which files of it are ours."""

from pathlib import Path

from groundwork.shell.command import CommandRunner

ROOT = Path(__file__).resolve().parent.parent


def tracked_files(commands: CommandRunner) -> list[Path]:
    """Every file that git knows or would take, absolute, sorted; without git, every file but those of .venv."""
    listed = commands.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        timeout_seconds=60,
        check=False,
    )
    if listed.exit_code != 0:
        return sorted(path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts)
    return sorted(path for name in set(listed.stdout.split("\0")) - {""} if (path := ROOT / name).is_file())
