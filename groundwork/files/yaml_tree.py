"""YAML read into a tree that knows the line of everything, from events: no aliases, no tags, no surprise types."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from groundwork.files.fault import Fault
from groundwork.files.scalars import read_scalar
from groundwork.files.source import Source

MAX_DEPTH = 12
LONGEST_KEY = 100
MOST_TWICE = 1000  # keys given twice: more of them say nothing new

_NOTHING = ("", "null", "~")

Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None
Place = tuple[int | str, ...]


@dataclass(slots=True)
class Tree:
    """One document: its value, and the line of each key and item by its place (a path of keys and indexes).

    `whole` is False where something of it was left out as a fault.
    """

    value: Plain
    lines: dict[Place, int] = field(default_factory=dict)
    whole: bool = True

    def line(self, place: Place) -> int:
        """The line of that place, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


class _FaultFound(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def parse_yaml(source: Source) -> tuple[Tree, list[Fault]]:
    """Read one document; what is wrong with its form comes back beside what could be read of it.

    Keys given twice are faults; the first one counts. Only ``true``, ``false``, ``null`` and decimal numbers are other
    than text: ``no`` stays ``no``, ``1:30`` stays ``1:30``.
    """
    builder = _Builder(source.file)
    try:
        builder.build(yaml.parse(source.text, Loader=yaml.CSafeLoader))
    except _FaultFound as found:
        builder.faults.append(found.fault)
        builder.tree.value = None
    except yaml.YAMLError as error:
        builder.faults.append(_syntax_fault(source.file, error))
        builder.tree.value = None
    if builder.faults:
        builder.tree.whole = False
    return builder.tree, builder.faults


def _syntax_fault(file: str, error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    begun = getattr(error, "context_mark", None)
    if mark and begun and begun.line != mark.line:
        problem = f"{problem} ({getattr(error, 'context', None)} that begins on line {begun.line + 1})"
    return Fault(
        file=file,
        line=mark.line + 1 if mark else 0,
        what=f"not YAML: {problem}",
        what_to_do="correct the line or the one above it (indentation, quotes, colons)",
    )


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Builder:
    """Builds a Tree from events, one at a time."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.tree = Tree(None)
        self.faults: list[Fault] = []

    def build(self, events: Iterator[yaml.Event]) -> None:
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._found(event, "a second document", "write one document per file")
            elif not isinstance(event, yaml.StreamStartEvent | yaml.StreamEndEvent | yaml.DocumentEndEvent):
                self.tree.value = self._value(event, events, ())

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], place: Place) -> Plain:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._found(event, "an anchor or alias (& or *)", "write the value out where it is used")
        if getattr(event, "tag", None):
            raise self._found(event, "a tag (!)", "write a plain value")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(place) >= MAX_DEPTH:
            raise self._found(event, f"nested more than {MAX_DEPTH} levels deep", "write it flatter")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, place)
        return self._sequence(events, place)

    def _mapping(self, events: Iterator[yaml.Event], place: Place) -> dict[str, Plain]:
        built: dict[str, Plain] = {}
        for key in events:
            if isinstance(key, yaml.MappingEndEvent):
                break
            if not isinstance(key, yaml.ScalarEvent) or key.anchor or key.tag:
                raise self._found(key, "a key that is not plain text", "write a name as the key")
            name, line = key.value, _line(key)
            if len(name) > LONGEST_KEY:
                raise self._found(key, f"a key of {len(name)} characters", "write a shorter one")
            if name == "<<":
                raise self._found(key, "a merge key (<<)", "write the values out where they are used")
            if len(self.faults) > MOST_TWICE:
                raise self._found(key, f"more than {MOST_TWICE} keys given twice", "correct those first")
            if name in built:
                what = f'"{name}" is given twice, first on line {self.tree.lines[(*place, name)]}'
                self.faults.append(Fault(file=self.file, line=line, what=what, what_to_do="keep one of the two"))
                twice = _Builder(self.file)
                twice._value(next(events), events, place)  # reads past what does not count
                continue
            self.tree.lines[(*place, name)] = line
            built[name] = self._value(next(events), events, (*place, name))
        return built

    def _sequence(self, events: Iterator[yaml.Event], place: Place) -> list[Plain]:
        built: list[Plain] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            here = (*place, len(built))
            self.tree.lines[here] = _line(event)
            built.append(self._value(event, events, here))
        return built

    def _scalar(self, event: yaml.ScalarEvent) -> Plain:
        text = event.value
        if not event.implicit[0]:
            return text
        return None if text in _NOTHING else read_scalar(text)

    def _found(self, event: yaml.Event, what: str, what_to_do: str) -> _FaultFound:
        return _FaultFound(Fault(file=self.file, line=_line(event), what=what, what_to_do=what_to_do))
