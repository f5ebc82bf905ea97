"""The tests that take long and look for what is rare, beside `inv dev.kill-demo`."""

import random
import sys
from dataclasses import replace

from invoke import Context, Exit, task

from commands.prerequisites.catalogue import Purpose
from commands.prerequisites.provision import ensure, why_not_installable
from commands.strands import STRANDS, run_strands
from commands.suite import FOLDERS, render_not_run


@task(
    help={
        "keyword": "only the tests whose name matches (pytest's -k)",
        "seed": "where the random moments begin, to have the same ones again (default: another each time)",
        "install": "install what the tests lack (--no-install goes on without)",
    }
)
def torture(_context: Context, *, keyword: str = "", seed: int = 0, install: bool = True) -> None:
    """Run the tests that `inv test` leaves out: kills at every step, at random moments within one, a city from nothing.

    Example: inv dev.torture
    Example: inv dev.torture --keyword lanes --seed 905569228
    """
    if not why_not_installable(install=install):
        ensure(Purpose.TEST, install=install)
    seed = seed or random.SystemRandom().randrange(1, 1 << 31)
    print(f"seed {seed}", flush=True)
    strands = [replace(strand, measured=False) for strand in STRANDS]
    options = ["--torture", f"--seed={seed}"]
    passed, skipped = run_strands(FOLDERS, keyword, write=sys.stdout.write, strands=strands, options=options)
    print(render_not_run(skipped) if skipped else f"seed {seed}: every one of them was run")
    if not passed:
        raise Exit(code=1)
