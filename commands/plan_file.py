"""A plan in a file: saved for review, and read again to be shown, approved or carried out."""

import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from commands.context import say
from groundwork.errors import ConfigurationError, OpsError, RefusedError
from groundwork.shell.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from groundwork.change.codec import StepCodec
    from groundwork.change.operation import Operation
    from groundwork.change.plan import Plan
    from groundwork.change.step import Json

_MOST_BYTES = 256 << 20
_ID_BYTES = 8
_SHOWN = 5  # tracks that a refusal names


def plan_document(codec: "StepCodec", plan: "Plan") -> dict[str, Any]:
    """The plan for a pipeline: its hash, its steps in words, and the plan itself."""
    from groundwork.change.codec import fingerprint

    encoded = codec.encode_plan(plan)
    return {
        "operation": plan.operation,
        "city": plan.city,
        "title": plan.title,
        "basis": plan.basis,
        "hash": fingerprint(encoded),
        "locks": list(plan.locks),
        "unread": {one.source: one.message for one in plan.unread},
        "window": plan.window.describe() if plan.window else None,
        "steps": [
            {
                "wave": wave.name,
                "site": share.site,
                "track": track.name,
                "kind": step.kind,
                "target": step.target,
                "description": step.describe(),
                "undo": undo.describe() if (undo := step.undo(None)) else None,
            }
            for wave, share, track, step in plan.steps()
        ],
        "plan": encoded,
    }


def save_plan(path: Path, codec: "StepCodec", plan: "Plan") -> "Plan":
    """Write the plan for review, all or nothing; what is saved has an id, so that it is carried out once."""
    from secrets import token_hex

    saved = replace(plan, id=token_hex(_ID_BYTES))
    write_whole(path, _render(codec.encode_plan(saved)))
    say(f"wrote the plan to {path}; see it: inv plan.show {path}")
    return saved


def load_plan(path: Path, codec_of: "Callable[[str], StepCodec]") -> "Plan":
    """The plan in the file, whole and unchanged; `codec_of` gives an operation's codec.

    Raises ConfigurationError for a file that holds no plan, RefusedError for one that was changed in any byte, and for
    one that another version of cityops spells otherwise: an approval of it would be none of what is carried out.
    """
    data = _read(path)
    try:
        document = cast("dict[str, Any]", json.loads(data))
        operation = document["plan"]["operation"]
        if not isinstance(operation, str):
            raise TypeError(operation)  # noqa: TRY301 - as everything else that is no plan
        codec = codec_of(operation)
        plan = codec.decode_plan(document["plan"])
        ours, as_saved = (_render(one).encode() for one in (codec.encode_plan(plan), document["plan"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError(f"{path} holds no plan", hint="save one with --out FILE") from error
    if not plan.id or ours != data:
        why = "was saved by another version of cityops" if as_saved == data else "was changed after it was saved"
        raise RefusedError(f"the plan in {path} {why}", hint="plan again, and review that")
    return plan


def read_plan(path: Path, operation: "Operation[Any]", *, now: "Plan") -> "Plan":
    """The plan that was saved; of its targets that moved since is said that they will be left alone.

    Raises RefusedError when it is another city's, operation's or window's, when the estate wants something else, or, of
    a plan whose tracks bear no basis of their own, when anything that it was based on has moved.
    """
    from groundwork.change.basis import compare_tracks, moves_alone

    codec = operation.codec
    saved = load_plan(path, lambda name: codec if name == now.operation else _elsewhere(path, name))
    if saved.city != now.city:
        raise RefusedError(f"{path} is a plan for {saved.city}", hint="name the settings of that city")
    if saved.window != now.window:
        raise RefusedError(
            f"the plan in {path} is for {_window(saved)}, and the estate states {_window(now)} by now",
            hint="plan again, and review that",
        )
    if saved.basis == now.basis:
        return saved
    if not moves_alone(saved):
        raise RefusedError(
            f"what the plan in {path} was based on has moved ({saved.basis[:12]} → {now.basis[:12]})",
            hint="plan again, and review that",
        )
    with ExitStack() as opened:
        drifted = compare_tracks(saved, now, _reader(operation, opened))
    if drifted.replanned:
        raise RefusedError(
            f"the plan in {path} is not what would be planned now, although these did not move: "
            f"{', '.join(drifted.replanned[:_SHOWN])}{' …' if len(drifted.replanned) > _SHOWN else ''}",
            hint="the estate has changed since, or other options were typed: plan again, and review that",
        )
    for one in drifted.moved:
        say(f"{one} has moved since the plan was saved: it will be left alone")
    return saved


def _window(plan: "Plan") -> str:
    return f"the window {plan.window.describe()}" if plan.window else "no window"


def _reader(operation: "Operation[Any]", opened: ExitStack) -> "Callable[[str, str], str]":
    """Reads a target's basis, each site's drivers opened once; one that cannot be read counts as moved."""
    from groundwork.change.basis import ReadsBasis

    performers: dict[str, object] = {}

    def read(site: str, target: str) -> str:
        try:
            if site not in performers:
                performers[site] = opened.enter_context(operation.performer(site))
            performer = performers[site]
            return performer.read_basis(target) if isinstance(performer, ReadsBasis) else ""
        except OpsError:
            return ""

    return read


def _elsewhere(path: Path, operation: str) -> "StepCodec":
    raise RefusedError(f"{path} is a plan of {operation!r}", hint="carry it out with the command that planned it")


def _render(encoded: "dict[str, Json]") -> str:
    """The one spelling of a saved plan."""
    from groundwork.change.codec import fingerprint

    return json.dumps({"hash": fingerprint(encoded), "plan": encoded}, indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigurationError(f"{path} cannot be read: {reason}", hint="name a file saved with --out") from error
    if len(data) > _MOST_BYTES:
        raise ConfigurationError(f"{path} is larger than any plan", hint="name a file saved with --out")
    return data
