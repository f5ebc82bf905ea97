"""A page of the documentation as what it asks its reader to type, and what it says that he then sees."""

import re
from dataclasses import dataclass
from pathlib import Path

from commands.checkout import ROOT
from groundwork.shell.command import LocalCommands

_FENCE = re.compile(r"^```(\w+)(?: exit=(\d+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export (\w+)=(\S+)$", re.MULTILINE)
_SECONDS = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Commands typed together, the exit code of the last, and lines of what they print."""

    typed: str
    exit_code: int
    shown: tuple[str, ...]


def read_blocks(page: Path, *, until: str = "", since: str = "") -> list[Block]:
    """The blocks of a page in order, of the part between two headings if they are named."""
    text = page.read_text(encoding="utf-8")
    begin = text.index(since) if since else 0
    end = text.index(until) if until else len(text)
    blocks: list[Block] = []
    for language, code, body in _FENCE.findall(text[begin:end]):
        if language == "sh":
            blocks.append(Block(typed=body, exit_code=int(code or 0), shown=()))
        else:
            last = blocks.pop()
            blocks.append(Block(typed=last.typed, exit_code=last.exit_code, shown=tuple(body.splitlines())))
    return blocks


def follow(blocks: list[Block]) -> None:
    """Type the blocks one after another at the top of this checkout, as the page's reader does."""
    exported: dict[str, str] = {}
    for block in blocks:
        argv = ["env", "-C", str(ROOT), "bash", "-euo", "pipefail", "-c", block.typed]
        done = LocalCommands().run(argv, timeout_seconds=_SECONDS, environment=exported, check=False)
        assert done.exit_code == block.exit_code, (
            f"{block.typed}ended with {done.exit_code}:\n{done.stdout}{done.stderr}"
        )
        for line in block.shown:
            assert line in done.stdout.splitlines(), f"{block.typed}showed no line {line!r}:\n{done.stdout}"
        exported |= dict(_EXPORT.findall(block.typed))
