"""A settings file as a tree: read within bounds, with the line of each of its parts."""

from pathlib import Path
from typing import Any, cast

import yaml

from groundwork.errors import ConfigurationError

_EXAMPLE = "docs/how-to/settings.md"
_MOST_BYTES = 1 << 20
_DEEPEST = 16

Place = tuple[str | int, ...]
Tree = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, which knows the line of a value that Python cannot make."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - yaml's
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:  # a date of no calendar, a number of ten thousand digits
            what = "this value cannot be read: write it as text, in quotes"
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from error


def read_document(path: Path) -> tuple[Tree, dict[Place, int], list[tuple[int, str]]]:
    """The tree, the line of each of its parts, and the faults of its keys.

    Raises FileNotFoundError when there is no file, else ConfigurationError for what is no tree at all.
    """
    text = _read(path)
    try:
        _check_events(path, text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        lines, faults = _lines(root, ()) if isinstance(root, yaml.MappingNode) else ({}, [])
        tree = _Loader("").construct_document(root) if lines else {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{path}:{line}: {error.problem}", hint="mend the YAML there") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError(f"{path}:{line}: YAML has no such character", hint="remove it") from error
    if not isinstance(root, yaml.MappingNode):
        raise ConfigurationError(f"{path}:1: settings are a mapping", hint="begin with `city: NAME`")
    return cast("Tree", tree), lines, faults


def _check_events(path: Path, text: str) -> None:
    """Refuse what would take long or mean two things. Raises ConfigurationError, YAML's own errors."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise ConfigurationError(f"{path}:{line}: settings use no aliases", hint="write the value out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ConfigurationError(f"{path}:{line}: nested too deeply", hint=f"see the example in {_EXAMPLE}")


def _read(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigurationError(f"{path} cannot be read: {reason}", hint="see its owner and mode") from error
    if len(data) > _MOST_BYTES:
        raise ConfigurationError(f"{path} is larger than 1 MiB", hint="is it a settings file?")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{path}:{line}: this is not UTF-8", hint="save the file as UTF-8") from error


def _lines(node: yaml.Node, place: Place) -> tuple[dict[Place, int], list[tuple[int, str]]]:
    """The line of each part, and what is wrong with keys; a wrong key is taken out of the node."""
    found, faults = {place: node.start_mark.line + 1}, []
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            below, faults_below = _lines(item, (*place, number))
            found |= below
            faults += faults_below
    if not isinstance(node, yaml.MappingNode):
        return found, faults
    pairs, node.value = node.value, []
    for key, value in pairs:
        line, here = key.start_mark.line + 1, (*place, str(key.value))
        fault = _fault_of(key) or (f"{key.value} stands twice; keep one of the two" if here in found else None)
        if fault:
            faults.append((line, fault))
            continue
        node.value.append((key, value))
        below, faults_below = _lines(value, here)
        found |= below | {here: line}
        faults += faults_below
    return found, faults


def _fault_of(key: yaml.Node) -> str | None:
    if not isinstance(key, yaml.ScalarNode):
        return "the name of a setting is text"
    if key.tag == "tag:yaml.org,2002:merge":
        return "settings use no merge keys (<<); write the values out"
    if key.tag != "tag:yaml.org,2002:str":
        return f"{key.value}: the name of a setting is text; where it is a site's name, put it in quotes"
    return None
