"""Proof that the unit tests can fail: make small wrong changes in what decides, and see how many they catch."""

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, cast

from invoke import Exit

from commands.checkout import ROOT, tracked_files
from commands.command import Asked, command
from commands.context import answer, say
from commands.mutants import Mutant, find_mutants, mirroring_tests, modules_of
from groundwork.errors import OutsideError, UsageError, VerificationError
from groundwork.shell.command import CommandRunner, LocalCommands

if TYPE_CHECKING:
    from groundwork.change.step import Json

_FLOOR = 0.9  # of all mutants, that the tests must catch
_TIMEOUT_SECONDS = 120.0  # of the tests that mirror one module
_SOUND_SECONDS = 900.0  # of all of them together
_WORDS = 40  # lines of a failure that are shown
_QUIETLY = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:cov")


@command(
    "json",
    help={
        "times": "how many mutants are made",
        "seed": "where chance begins, to have the same ones again (default: another each time)",
        "module": "only mutants of this module, e.g. backup/plan.py",
    },
)
def mutate(asked: Asked, *, times: int = 100, seed: int = 0, module: str = "") -> None:
    """Change what decides in one spot at a time, run the unit tests that mirror it, and report what they miss.

    A comparison is turned, `and` and `or` are swapped, a constant is off by one, a filter is dropped; in a copy, never
    in the checkout. Ends with 6 when the tests catch less than 90 %.

    Example: inv dev.mutate
    Example: inv dev.mutate --times 20 --seed 7 --module backup/plan.py
    """
    known = modules_of(ROOT)
    if module and module not in known:
        raise UsageError(f"{module} is no module that decides", hint=f"one of: {', '.join(known)}")
    commands = LocalCommands()
    seed = seed or random.SystemRandom().randrange(1, 1 << 31)
    sources = {path: (ROOT / path).read_text(encoding="utf-8") for path in known if module in {"", path}}
    mutants = [mutant for path, source in sources.items() for mutant in find_mutants(path, source)]
    chosen = random.Random(seed).sample(mutants, min(times, len(mutants)))  # noqa: S311 - a sample of a test, no secret
    say(f"seed {seed}: {len(chosen)} of {len(mutants)} mutants of {len(sources)} modules")
    survivors = []
    with _copy(commands) as bench:
        bench.refuse_unsound(chosen)
        for number, mutant in enumerate(chosen, start=1):
            caught = bench.catches(mutant, sources[mutant.module])
            say(f"{number}/{len(chosen)} {'caught  ' if caught else 'SURVIVED'} {mutant.shown(sources[mutant.module])}")
            if not caught:
                survivors.append(mutant.shown(sources[mutant.module]))
    caught_count = len(chosen) - len(survivors)
    document: Json = {
        "seed": seed,
        "mutants": len(chosen),
        "caught": caught_count,
        "survivors": cast("Json", survivors),
    }
    answer(document, lambda: f"{caught_count} of {len(chosen)} mutants were caught", as_json=asked.json)
    if caught_count < _FLOOR * len(chosen):
        raise Exit(code=6)


class Bench:
    """A copy of the checkout in which one module at a time is wrong."""

    def __init__(self, folder: Path, commands: CommandRunner) -> None:
        self._folder = folder
        self._commands = commands
        self._moment = int(ROOT.stat().st_mtime)
        paths = sorted((folder / "tests" / "unit").rglob("test_*.py"))
        self._tests = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}

    def refuse_unsound(self, chosen: list[Mutant]) -> None:
        """Raises VerificationError where their tests fail without a mutant: all would seem to be caught."""
        mirroring = {path for mutant in chosen for path in mirroring_tests(mutant.module, self._tests)}
        words = self._failure(sorted(mirroring), seconds=_SOUND_SECONDS)
        if words is not None:
            raise VerificationError(
                f"the unit tests fail without any mutant; pytest's last words:\n{words}",
                hint="mend them: inv test --only unit",
            )

    def catches(self, mutant: Mutant, source: str) -> bool:
        """Whether a mirroring test fails, or they come to no end, with the module wrong."""
        self._write(mutant.module, mutant.applied(source))
        try:
            return self._failure(mirroring_tests(mutant.module, self._tests)) is not None
        except OutsideError:  # out of time
            return True
        finally:
            self._write(mutant.module, source)

    def _failure(self, tests: list[str], *, seconds: float = _TIMEOUT_SECONDS) -> str | None:
        """Pytest's last words where one of these tests fails in the copy, None where all pass, or there are none.

        Raises OutsideError when they run out of time.
        """
        if not tests:
            return None
        argv = ["env", "-C", str(self._folder), sys.executable, "-m", "pytest", *_QUIETLY, *tests]
        environment = {"PYTHONPATH": str(self._folder)}
        ended = self._commands.run(argv, timeout_seconds=seconds, environment=environment, check=False)
        return None if ended.exit_code == 0 else "\n".join((ended.stdout + ended.stderr).splitlines()[-_WORDS:])

    def _write(self, module: str, source: str) -> None:
        """Write it with a moment of its own, so that no compiled form of another text is taken for it."""
        path = self._folder / module
        path.write_text(source, encoding="utf-8")
        self._moment += 1
        os.utime(path, (self._moment, self._moment))


@contextmanager
def _copy(commands: CommandRunner) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for path in tracked_files(commands):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            copyfile(path, target)
        yield Bench(folder, commands)
