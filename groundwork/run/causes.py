"""What went wrong in a run, once for each cause: many targets that fail for one reason are one line to read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from groundwork.change.outcome import Failure
from groundwork.run.record import StepRecord

_DETAIL = re.compile(r" \([^\n]{60,}\)(?=:|$)")  # a program's own last words, behind ours
_ANY = "…"
_SHORTEST_NAME = 3  # a shorter one may be part of any word


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason, and the steps that failed for it, in order; `message` has "…" where several targets are named."""

    message: str
    hint: str
    exit_code: int
    steps: tuple[StepRecord, ...]


def list_causes(steps: Iterable[StepRecord]) -> tuple[Cause, ...]:
    """The causes of the failures among the steps, in order of appearance."""
    found: dict[tuple[str, str], list[tuple[StepRecord, Failure]]] = {}
    for step in steps:
        if step.failure is not None:
            found.setdefault(cause_of(step, step.failure), []).append((step, step.failure))
    return tuple(
        Cause(
            message=brief(failed[0][1].message) if len(failed) == 1 else key[1],
            hint=failed[0][1].hint,
            exit_code=failed[0][1].exit_code,
            steps=tuple(step for step, _ in failed),
        )
        for key, failed in found.items()
    )


def cause_of(step: StepRecord, failure: Failure) -> tuple[str, str]:
    """What failures of one cause have in common: the kind of error, and its words without the target."""
    words = brief(failure.message)
    for name in _names(step):
        words = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", _ANY, words)
    return failure.error, words


def brief(message: str) -> str:
    """A message without the last words of the program behind it, which are in the record."""
    return _DETAIL.sub("", " ".join(message.split()))


def _names(step: StepRecord) -> tuple[str, ...]:
    """What stands for this step's target alone (``<site>/<sort>/<name>``): not its site, which others share."""
    name = step.target.split("/", 2)[2:]
    return tuple(one for one in (step.target, *name) if len(one) >= _SHORTEST_NAME and one.count("/") != 1)
