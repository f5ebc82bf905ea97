"""What ansible-runner's events say, in the few words that the parent of a play is sent."""

import difflib
import json
from collections.abc import Iterator
from typing import Any

Message = dict[str, Any]

_SHOWN = 4000  # characters of one task's diff
_HIDDEN = "(hidden: a secret passes here)"


def read_event(event: Message) -> Message | None:
    """One event as a message (`changed`, `failed`, `unreachable` or `seen`), or None when it says nothing of use."""
    data: Message = event.get("event_data") or {}
    match event.get("event"):
        case "runner_on_ok" if _result(data).get("changed") or _changed_in_secret(event):
            return _about(data, "changed", diff=_diff(_result(data)))
        case "runner_item_on_ok" if _changed_in_secret(event):
            return _about(data, "changed", diff=_HIDDEN)
        case "runner_on_failed" if not data.get("ignore_errors"):
            return _about(data, "failed", why=_why(_result(data)))
        case "runner_on_unreachable":
            return _about(data, "unreachable", why=_why(_result(data)))
        case "playbook_on_stats":
            kinds = ("ok", "changed", "failures", "dark", "skipped")
            return {"message": "seen", "hosts": sorted({host for kind in kinds for host in data.get(kind, {})})}
        case _:
            return None


def starts_play(event: Message, name: str) -> bool:
    """True for the event that the play of this name begins."""
    return event.get("event") == "playbook_on_play_start" and (event.get("event_data") or {}).get("name") == name


def _changed_in_secret(event: Message) -> bool:
    """True for a no_log task that changed something: its result is gone, and only the printed line still says so."""
    censored = "censored" in _result(event.get("event_data") or {})
    return censored and "changed: [" in str(event.get("stdout", ""))


def _about(data: Message, message: str, **more: str) -> Message:
    return {
        "message": message,
        "host": str(data.get("host", "")),
        "role": str(data.get("role") or ""),
        "task": str(data.get("task", "")).removeprefix(f"{data.get('role')} : "),
        **more,
    }


def _result(data: Message) -> Message:
    result = data.get("res")
    return result if isinstance(result, dict) else {}


def _why(result: Message) -> str:
    if "censored" in result:
        return _HIDDEN
    failed = [one for one in result.get("results", ()) if isinstance(one, dict) and one.get("failed")]
    if failed:
        return _why(failed[0])
    words = [str(result[name]).strip() for name in ("msg", "stderr", "module_stderr") if result.get(name)]
    return ": ".join(words)[:_SHOWN] or "it failed without a word"


def _diff(result: Message) -> str:
    if "censored" in result:
        return _HIDDEN
    texts = [_diff(one) for one in result.get("results", ()) if isinstance(one, dict) and one.get("changed")]
    found = result.get("diff") or []
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict):
            texts.extend(_one_diff(one))
    return "\n".join(text for text in texts if text)[:_SHOWN]


def _one_diff(one: Message) -> Iterator[str]:
    if one.get("prepared"):
        yield str(one["prepared"]).strip()
    before, after = _lines(one.get("before")), _lines(one.get("after"))
    if before != after:
        name = str(one.get("before_header") or "before")  # the header of what is after names a file that soon is gone
        yield "\n".join(difflib.unified_diff(before, after, name, "after", n=1, lineterm=""))


def _lines(text: object) -> list[str]:
    """What a module shows as text or as a value, in lines."""
    if text is None:
        return []
    shown = text if isinstance(text, str) else json.dumps(text, indent=1, sort_keys=True, default=str)
    return shown.splitlines()
