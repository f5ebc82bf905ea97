"""Plans to JSON and back: the form in which a run saves them and a reviewer reads them."""

import hashlib
import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast, get_args

from pydantic import TypeAdapter, ValidationError

from groundwork.change.basis import CheckBasis
from groundwork.change.plan import Plan, Share, Track, Unread, Wave
from groundwork.change.step import Json, Step, current_kind
from groundwork.errors import ConfigurationError
from groundwork.model.window import Window

if TYPE_CHECKING:
    from typing_extensions import TypeForm

_UNREAD = TypeAdapter(tuple[Unread, ...])
_WINDOW = TypeAdapter(Window)


class StepCodec:
    """Knows the steps of a union by their `kind`, and the check of a track's basis, which every operation has."""

    def __init__(self, steps: "TypeForm[Any]") -> None:
        types = (*(get_args(steps) or (steps,)), CheckBasis)
        self._types: dict[str, Any] = {_kind_of(one): one for one in types}
        self._adapters: dict[str, TypeAdapter[Any]] = {}

    def encode_step(self, step: Step) -> dict[str, Json]:
        """The step as a JSON object whose `kind` names its type."""
        return cast("dict[str, Json]", self._adapter(step.kind).dump_python(step, mode="json"))

    def decode_step(self, saved: dict[str, Json]) -> Step:
        """The step that `encode_step` saved. Raises ConfigurationError for a kind or shape this version lacks."""
        kind = current_kind(str(saved.get("kind")))
        try:
            return cast("Step", self._adapter(kind).validate_python({**saved, "kind": kind}))
        except ValidationError as error:
            fields = ", ".join(sorted({str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}))
            raise ConfigurationError(
                f"this version of cityops cannot read a saved step of kind {kind!r} (it disagrees on: {fields})",
                hint="finish or cancel the run with the version that planned it, or plan again",
            ) from None

    def encode_share(self, share: Share) -> dict[str, Json]:
        """One site's share as a JSON object; what is as it always was is left out, so an old plan keeps its hash."""
        return {
            "site": share.site,
            "tracks": [self._encode_track(track) for track in share.tracks],
            **({"caps": [[resource, units] for resource, units in share.caps]} if share.caps else {}),
            **({"lanes": share.lanes} if share.lanes > 1 else {}),
        }

    def decode_share(self, saved: dict[str, Any]) -> Share:
        """The share that `encode_share` saved."""
        return Share(
            site=saved["site"],
            tracks=tuple(self._decode_track(track) for track in saved["tracks"]),
            caps=tuple((str(resource), int(units)) for resource, units in saved.get("caps", ())),
            lanes=saved.get("lanes", 1),
        )

    def _encode_track(self, track: Track) -> dict[str, Json]:
        return {
            "name": track.name,
            "steps": [self.encode_step(step) for step in track.steps],
            "always": [self.encode_step(step) for step in track.always],
            **({"needs": list(track.needs)} if track.needs else {}),
            **({"uses": list(track.uses)} if track.uses else {}),
            **({"roll_back": True} if track.roll_back else {}),
            **({"basis": track.basis} if track.basis else {}),
        }

    def _decode_track(self, saved: dict[str, Any]) -> Track:
        return Track(
            name=saved["name"],
            steps=tuple(self.decode_step(step) for step in saved["steps"]),
            always=tuple(self.decode_step(step) for step in saved["always"]),
            needs=tuple(saved.get("needs", ())),
            uses=tuple(saved.get("uses", ())),
            roll_back=saved.get("roll_back", False),
            basis=saved.get("basis", ""),
        )

    def encode_plan(self, plan: Plan) -> dict[str, Json]:
        """The plan as one JSON document."""
        return {
            "operation": plan.operation,
            "city": plan.city,
            "title": plan.title,
            "basis": plan.basis,
            "locks": list(plan.locks),
            "failure_budget": plan.failure_budget,
            "waves": [
                {
                    "name": wave.name,
                    "shares": [self.encode_share(share) for share in wave.shares],
                    **({} if wave.failure_budget is None else {"failure_budget": wave.failure_budget}),
                }
                for wave in plan.waves
            ],
            "unread": cast("Json", _UNREAD.dump_python(plan.unread, mode="json")),
            **({"id": plan.id} if plan.id else {}),
            **({"window": cast("Json", _WINDOW.dump_python(plan.window, mode="json"))} if plan.window else {}),
        }

    def decode_plan(self, saved: dict[str, Any]) -> Plan:
        """The plan that `encode_plan` saved."""
        return Plan(
            operation=saved["operation"],
            city=saved["city"],
            title=saved["title"],
            basis=saved["basis"],
            locks=tuple(saved["locks"]),
            failure_budget=saved["failure_budget"],
            waves=tuple(
                Wave(
                    name=wave["name"],
                    shares=tuple(self.decode_share(share) for share in wave["shares"]),
                    failure_budget=wave.get("failure_budget"),
                )
                for wave in saved["waves"]
            ),
            unread=_UNREAD.validate_python(saved.get("unread", ())),
            id=str(saved.get("id", "")),
            window=window_of(saved),
        )

    def _adapter(self, kind: str) -> TypeAdapter[Any]:
        if kind not in self._types:
            raise ConfigurationError(
                f"this version of cityops knows no step of kind {kind!r}",
                hint="finish or cancel the run with the version that planned it, or plan again",
            )
        if kind not in self._adapters:
            self._adapters[kind] = TypeAdapter(self._types[kind])
        return self._adapters[kind]


def window_of(saved: dict[str, Any]) -> Window | None:
    """The window of a saved plan; None for one without, and for those of a version without windows."""
    return _WINDOW.validate_python(saved["window"]) if saved.get("window") else None


def fingerprint(document: Json) -> str:
    """SHA-256 (hex) of a JSON document in canonical form: what a plan's `basis` and its own hash are made with."""
    return hashlib.sha256(canonical(document)).hexdigest()


def canonical(document: Json) -> bytes:
    """A JSON document in the one spelling that is hashed and signed."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _kind_of(step_type: type[Any]) -> str:
    return str(next(field.default for field in fields(step_type) if field.name == "kind"))
