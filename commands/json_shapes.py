"""The JSON document that each command prints with --json: its shape, as the reference page shows it.

A shape is a mapping of names to shapes, a list of one shape, or the words for a plain value; ``"…"`` as a name stands
for any name.
"""

import types
from collections.abc import Collection
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from backup.catalogue import Doubt
from fleet.firewall.analysis import Finding
from fleet.firewall.flow import Decision
from fleet.machines.adoption import Adoption
from fleet.machines.comparison import Comparison
from groundwork.change.step import Json
from groundwork.files.fault import Fault
from groundwork.model.drill import DrillScenario
from groundwork.model.restore_point import RestorePoint
from groundwork.run.record import RunRecord

Shape = dict[str, Any] | list[Any] | str
_WORDS: dict[Any, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "true or false",
    type(None): "null",
    datetime: "time, ISO 8601",
    timedelta: "duration, ISO 8601",
    IPv4Address: "text",
    IPv4Network: "text",
    IPv4Address | IPv6Address: "text",
}
_ANYTHING = "anything"


def shape_of(kind: Any) -> Shape:  # noqa: ANN401 - a type, of any sort that has a JSON form
    """The shape in which a value of this type is printed."""
    if kind is Json or kind is Any:
        return _ANYTHING
    if kind in _WORDS:
        return _WORDS[kind]
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return {one.name: shape_of(hints[one.name]) for one in fields(kind)}
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " | ".join(f"'{one}'" for one in inner)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " | ".join(f"'{one.value}'" for one in kind)
    if origin in (Union, types.UnionType):
        known = [shape_of(one) for one in inner if one is not type(None)]
        return _or_null(known[0]) if len(known) < len(inner) and len(known) == 1 else _ANYTHING
    if origin in (tuple, list, frozenset):
        items = list(dict.fromkeys(str(shape_of(one)) for one in inner if one is not Ellipsis))
        return [" | ".join(items) if len(items) > 1 else shape_of(inner[0])]
    if origin is dict or "Mapping" in str(origin):
        return {"…": shape_of(inner[1])}
    return _ANYTHING


def _or_null(shape: Shape) -> Shape:
    return f"{shape} | null" if isinstance(shape, str) else {"or null": shape}


def _of(kind: type) -> dict[str, Any]:
    shape = shape_of(kind)
    return shape if isinstance(shape, dict) else {}


_DOUBT = shape_of(Doubt)
RUN = shape_of(RunRecord)
RUNS: Shape = [RUN]
PLAN: Shape = {
    "operation": "text",
    "city": "text",
    "title": "text",
    "basis": "text",
    "hash": "text",
    "locks": ["text"],
    "unread": {"…": "text"},
    "window": "text | null",
    "steps": [
        {
            "wave": "text",
            "site": "text",
            "track": "text",
            "kind": "text",
            "target": "text",
            "description": "text",
            "undo": "text | null",
        }
    ],
    "plan": _ANYTHING,
}
PLANNED_OR_RUN = ("a rehearsal, or nothing to do", PLAN), ("with --live", RUN)

_FAULT: Shape = {"file": "text", "line": "number", "what": "text", "do": "text"}
_AGED: dict[str, Shape] = {"id": "text", "operation": "text", "ended": "time, ISO 8601"}
SHAPES: dict[str, tuple[tuple[str, Shape], ...]] = {
    "backup.list": (
        (
            "",
            {
                "points": [
                    {
                        **_of(RestorePoint),
                        "copies_at": ["text"],
                        "copies": {"…": f"'whole' | {_DOUBT}"},
                        "signer": "text",
                        "version": "number",
                        "unproven": {"or null": {"…": "text"}},
                    }
                ],
                "passed_over": [
                    {
                        "machine": "text",
                        "of": "time, ISO 8601",
                        "snapshot": "text",
                        "version": "number",
                        "doubt": _DOUBT,
                        "reason": "text",
                        "at": ["text"],
                    }
                ],
                "bundles": [
                    {
                        "made": "time, ISO 8601",
                        "digest": "text | null",
                        "doubt": f"{_DOUBT} | null",
                        "reason": "text",
                        "at": ["text"],
                    }
                ],
                "read": {"…": "time, ISO 8601"},
                "unread": {"…": "text"},
            },
        ),
        (
            "with --gaps",
            {
                "gaps": [
                    {
                        "site": "text",
                        "machine": "text",
                        "after": "time, ISO 8601 | null",
                        "until": "time, ISO 8601 | null",
                    }
                ],
                "read": {"…": "time, ISO 8601"},
                "unread": {"…": "text"},
            },
        ),
    ),
    "backup.verify": (
        (
            "",
            {
                "site": "text",
                "share": "text",
                "files": "number",
                "size_bytes": "number",
                "wrong": {"…": "text"},
                "missing": ["text"],
                "incomplete": ["text"],
                "oldest": "time, ISO 8601 | null",
            },
        ),
    ),
    "dev.kill-demo": (
        (
            "",
            {
                "seed": "number",
                "succeeded": "number",
                "kills": [{"moment_seconds": "number", "during": "text", "then": "number", "seconds": "number"}],
            },
        ),
    ),
    "dev.mutate": (("", {"seed": "number", "mutants": "number", "caught": "number", "survivors": ["text"]}),),
    "dhcp.lint": (
        (
            "",
            {"city": "text", "findings": [{"file": "text", "line": "number", "what": "text", "do": "text"}]},
        ),
    ),
    "drill.list": (("", [shape_of(DrillScenario)]),),
    "drill.report": (("", {"run": "text", "files": ["text"]}),),
    "estate.check": (
        (
            "no fault (0)",
            {
                "city": "text",
                "digest": "text",
                "counts": {"…": "number"},
                "faults": [],
                "undecided": {"…": ["text"]},
                "warnings": [_FAULT],
            },
        ),
        (
            "faults (4)",
            {"city": "text", "faults": [_FAULT]},
        ),
    ),
    "estate.import": (("", {"city": "text", "site": "text", "written": ["text"], **_of(Adoption)}),),
    "estate.show": (("", {"city": "text", "sort": "text", "…": _ANYTHING}),),
    "firewall.flow": (("", {"city": "text", "decisions": [shape_of(Decision)]}),),
    "firewall.lint": (("", {"city": "text", "findings": [shape_of(Finding)], "warnings": [shape_of(Fault)]}),),
    "hosts.plan": (("", PLAN),),
    "lab.status": (
        (
            "",
            {
                "lab": "text",
                "city": "text",
                "is_up": "true or false",
                "parts": [{"sort": "text", "name": "text", "site": "text", "address": "text", "state": "text"}],
                "planted": [{"machine": "text", "site": "text", "sort": "text", "detail": "text", "folder": "text"}],
            },
        ),
    ),
    "machines.list": (("", [shape_of(Comparison)]),),
    "machines.plan": (("", PLAN),),
    "plan.approve": (
        ("", {"signer": "text", "roles": ["text"], "file": "text", "plan": "text", "until": "time, ISO 8601"}),
    ),
    "plan.show": (("", PLAN),),
    "runs.cancel": (("the run that undoes it", RUN),),
    "runs.list": (("without their stages", RUNS),),
    "runs.prune": (
        (
            "what goes; with --live, what is gone",
            {
                "before": "time, ISO 8601",
                "runs": [_AGED],
                "half_gone": ["text"],
                "staying": [{**_AGED, "why": "text"}],
                "ledger_bytes": {"before": "number | null", "after": "number | null"},
            },
        ),
    ),
    "runs.resume": (("", RUN),),
    "runs.show": (("", RUN),),
    "runs.undo": (("the run that undoes it", RUN),),
}


def misfits(document: Any, shape: Shape, at: str = "$") -> list[str]:  # noqa: ANN401 - any JSON document
    """Where a document is not of the shape: for tests."""
    if shape == _ANYTHING:
        return []
    if isinstance(shape, dict) and set(shape) == {"or null"}:
        return [] if document is None else misfits(document, shape["or null"], at)
    if isinstance(shape, dict):
        return _misfits_of_mapping(document, shape, at)
    if isinstance(shape, list):
        if not isinstance(document, list):
            return [f"{at} is no list"]
        return [wrong for number, one in enumerate(document) for wrong in misfits(one, shape[0], f"{at}[{number}]")]
    return [] if _is_plain(document, shape) else [f"{at} is {document!r}, not {shape}"]


def _misfits_of_mapping(document: Any, shape: dict[str, Any], at: str) -> list[str]:  # noqa: ANN401 - any JSON document
    if not isinstance(document, dict):
        return [f"{at} is no mapping"]
    named = {name for name in shape if name != "…"}
    wrong = [f"{at}.{name} is missing" for name in sorted(named - set(document))]
    for name, value in document.items():
        if name in named or "…" in shape:
            wrong += misfits(value, shape[name if name in named else "…"], f"{at}.{name}")
        else:
            wrong.append(f"{at}.{name} is in no shape")
    return wrong


def _is_plain(document: Any, shape: str) -> bool:  # noqa: ANN401 - any JSON document
    ways = shape.split(" | ")
    if document is None:
        return "null" in ways
    if isinstance(document, bool):
        return "true or false" in ways
    if isinstance(document, int | float):
        return "number" in ways
    return any(way in ("text", "time, ISO 8601", "duration, ISO 8601") or way == f"'{document}'" for way in ways)


def shapes_of(name: str, options: Collection[str]) -> tuple[tuple[str, Shape], ...]:
    """What a command prints with --json, and when; one that takes --live prints a plan or a run."""
    return SHAPES.get(name, PLANNED_OR_RUN if "live" in options else ())
