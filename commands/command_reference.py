"""The reference page of the commands: what each does, its options, examples, exit codes and JSON document."""

import inspect
import json
import sys
from typing import Any

from commands.json_shapes import PLAN, RUN, RUNS, Shape, shapes_of
from commands.options import CityCollection

_HEAD = """\
# The commands

Generated from the commands themselves by `inv dev.docs`; not edited by hand. `inv COMMAND --help` shows one of them.

- Answers go to standard output, progress and errors to standard error. An error is two lines: `error: …` says what is
  wrong, `what to do: …` the next act; several faults have a line each between them.
- With `--json` the answer is one JSON document, of the shape shown: `…` stands for any name, a list holds any number of
  what is shown in it, `or null` for a mapping that may be null.
- An option's letter means the same in every command. Several names are separated by commas. An empty value is refused.

| exit code | means |
|---|---|
| 0 | nothing to do, or all done |
| 1 | wrong usage, or a defect of ours |
| 2 | a rehearsal that shows changes |
| 3 | refused by a safety rule or a lock |
| 4 | settings or estate wrong, or something that the command will need is missing |
| 5 | an outside system failed, or could not be read; also an output that cannot be written |
| 6 | verification disagrees, or an objective was missed |
| 7 | interrupted: resume the run by its id |
"""

_ALL = (0, 1, 2, 3, 4, 5, 6, 7)
_FILES = (0, 1, 4)
_OUTSIDE = (0, 1, 4, 5)
_CODES: dict[str, tuple[int, ...]] = {
    "demo": _ALL,
    "test": (0, 1, 4, 5),
    "backup.list": _OUTSIDE,
    "backup.verify": (0, 1, 4, 5, 6),
    "dev.check": (0, 1, 4, 5),
    "dev.docs": (0, 1),
    "dev.fix": (0, 1),
    "dev.kill-demo": (0, 1, 4, 5, 6),
    "dev.lock": (0, 1, 5),
    "dev.mutate": (0, 1, 4, 5, 6),
    "dev.torture": (0, 1, 4, 5),
    "dhcp.lint": _FILES,
    "drill.list": _FILES,
    "drill.report": _OUTSIDE,
    "estate.check": _FILES,
    "estate.import": _OUTSIDE,
    "estate.new": _FILES,
    "estate.schema": (0, 1, 4, 5),
    "estate.show": _FILES,
    "exporters.serve": _OUTSIDE,
    "exporters.show": _OUTSIDE,
    "firewall.flow": _FILES,
    "firewall.lint": _FILES,
    "hosts.plan": (0, 1, 2, 4, 5),
    "lab.cut": (0, 1, 3, 4, 5),
    "lab.down": (0, 1, 3, 4, 5),
    "lab.enter": _OUTSIDE,
    "lab.heal": (0, 1, 3, 4, 5),
    "lab.purge": (0, 1, 3, 4),
    "lab.status": _OUTSIDE,
    "lab.up": (0, 1, 3, 4, 5),
    "machines.list": _OUTSIDE,
    "machines.plan": (0, 1, 2, 3, 4, 5, 6),
    "plan.approve": (0, 1, 3, 4, 5),
    "plan.show": (0, 1, 3, 4, 5),
    "runs.cancel": (0, 1, 3, 4, 5, 6, 7),
    "runs.list": _OUTSIDE,
    "runs.prune": (0, 1, 2, 3, 4, 5),
    "runs.resume": (0, 1, 3, 4, 5, 6, 7),
    "runs.show": _OUTSIDE,
    "runs.undo": (0, 1, 3, 4, 5, 6, 7),
    "worker.serve": _OUTSIDE,
}


def render_commands() -> str:
    """The page, whole."""
    import tasks

    contexts = {context.name: context for context in tasks.namespace.to_contexts()}
    named = [f"## {title}\n\n{_block(shape)}\n" for title, shape in (("A plan", PLAN), ("A run", RUN))]
    return "\n".join([_HEAD, *(_section(tasks.namespace, contexts[name]) for name in sorted(contexts)), *named])


def exit_codes(name: str, options: set[str]) -> tuple[int, ...]:
    """The codes that a command may end with; one that takes --live may end with any."""
    return _ALL if "live" in options else _CODES.get(name, ())


def _section(namespace: CityCollection, context: Any) -> str:  # noqa: ANN401 - Invoke gives its contexts no useful type
    said = inspect.getdoc(namespace[context.name]) or ""
    paragraphs = [text for text in said.split("\n\n") if not text.startswith("Example:")]
    examples = [line.removeprefix("Example: ") for line in said.splitlines() if line.startswith("Example: ")]
    wanted = "".join(f" {argument.name.upper()}" for argument in context.positional_args)
    codes = ", ".join(map(str, exit_codes(context.name, set(context.args))))
    parts = [
        f"## inv {context.name}{wanted}",
        *paragraphs,
        "```\n" + "\n".join(examples) + "\n```",
        _options(context),
        f"Exit codes: {codes}.",
        *(_shape(when, shape) for when, shape in shapes_of(context.name, context.args)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _options(context: Any) -> str:  # noqa: ANN401 - as above
    rows = [(named.replace("|", "\\|"), (said or "").replace("|", "\\|")) for named, said in context.help_tuples()]
    lines = [f"| `{named}` | {said} |" for named, said in rows]
    return "\n".join(["| option | |", "|---|---|", *lines]) if lines else ""


def _shape(when: str, shape: Shape) -> str:
    links = ((PLAN, "[a plan](#a-plan)"), (RUN, "[a run](#a-run)"), (RUNS, "a list of [runs](#a-run)"))
    shown = next((link for known, link in links if shape is known), f"\n\n{_block(shape)}")
    return f"JSON{f' ({when})' if when else ''}: {shown}".replace(": \n", ":\n")


def _block(shape: Shape) -> str:
    return f"```json\n{json.dumps(shape, indent=2, ensure_ascii=False)}\n```"


if (
    __name__ == "__main__"
):  # in a process of its own: Invoke takes the words out of a task when it parses a command line
    sys.stdout.write(render_commands())
