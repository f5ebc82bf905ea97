"""A plan in a file: saved for review, and read again to be carried out."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from commands.context import say
from groundwork.errors import ConfigurationError, RefusedError
from groundwork.shell.whole_file import write_whole

if TYPE_CHECKING:
    from groundwork.change.codec import StepCodec
    from groundwork.change.plan import Plan

_MOST_BYTES = 256 << 20


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
        "steps": [
            {
                "wave": wave.name,
                "site": share.site,
                "track": track.name,
                "kind": step.kind,
                "target": step.target,
                "description": step.describe(),
                "undo": undo.describe() if (undo := step.undo()) else None,
            }
            for wave, share, track, step in plan.steps()
        ],
        "plan": encoded,
    }


def save_plan(path: Path, codec: "StepCodec", plan: "Plan") -> None:
    """Write the plan for review, all or nothing."""
    write_whole(path, json.dumps(plan_document(codec, plan), indent=2, ensure_ascii=False) + "\n")
    say(f"wrote the plan to {path}")


def read_plan(path: Path, codec: "StepCodec", *, now: "Plan") -> "Plan":
    """The plan that was saved. Raises RefusedError when it is another city's or operation's, or its base has moved."""
    from groundwork.change.codec import fingerprint

    try:
        document = cast("dict[str, Any]", json.loads(_read(path)))
        saved = codec.decode_plan(document["plan"])
        intact = document["hash"] == fingerprint(codec.encode_plan(saved))
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}", hint="name a file saved with --out"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError(f"{path} holds no plan", hint="save one with --out FILE") from error
    if not intact:
        raise RefusedError(f"the plan in {path} was changed after it was saved", hint="plan again, and review that")
    if (saved.operation, saved.city) != (now.operation, now.city):
        raise RefusedError(
            f"{path} is a plan of {saved.operation} for {saved.city}", hint="apply it with its own command"
        )
    if saved.basis != now.basis:
        raise RefusedError(
            f"what the plan in {path} was based on has moved ({saved.basis[:12]} → {now.basis[:12]})",
            hint="plan again, and review that",
        )
    return replace(saved, unread=now.unread)


def _read(path: Path) -> str:
    with path.open("rb") as opened:
        data = opened.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError("larger than any plan")
    return data.decode("utf-8")
