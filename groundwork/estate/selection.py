"""Which things of the estate the words of `--only` mean: ``KIND:VALUE``, or a value that one kind alone has."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from groundwork.errors import UsageError
from groundwork.files.nearest import Nearest
from groundwork.model.host import Host
from groundwork.model.machine import Machine

KINDS = ("name", "site", "agency", "service", "role", "kind", "policy", "tier", "template")

_SHOWN = 8  # values that a hint lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectable:
    """One thing, and what it is selected by; what is empty selects nothing.

    Its name may be written ``SITE/NAME``, and with what it is for a kind: ``machine:NAME``, ``host:NAME``.
    """

    kind: str
    name: str = ""
    site: str = ""
    agency: str = ""
    service: str = ""
    roles: tuple[str, ...] = ()
    policy: str = ""
    tier: str = ""
    template: str = ""

    def criteria(self) -> Iterator[tuple[str, str]]:
        """Every kind and value that selects it."""
        yield from (("role", role) for role in self.roles)
        for kind in KINDS:
            if kind != "role" and (value := getattr(self, kind)):
                yield kind, value
        if self.name:
            paths = (self.name, f"{self.site}/{self.name}") if self.site else (self.name,)
            yield from ((kind, path) for kind in ("name", self.kind) for path in paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a command is limited to: things that one of the criteria selects, or all of them without a criterion."""

    criteria: frozenset[tuple[str, str]] = frozenset()

    def matches(self, thing: Selectable) -> bool:
        """Whether the thing is meant."""
        return not self.criteria or not self.criteria.isdisjoint(thing.criteria())

    def names(self, things: Iterable[Selectable]) -> frozenset[str]:
        """The names of those that are meant."""
        return frozenset(thing.name for thing in things if self.matches(thing))


ALL = Selection()


def selectable_machine(machine: Machine) -> Selectable:
    """A machine of the estate, to be selected."""
    return Selectable(
        kind="machine",
        name=machine.name,
        site=machine.site,
        agency=machine.agency,
        service=machine.service,
        roles=(machine.role,),
        policy=machine.backup_policy,
        tier=str(machine.tier),
        template=machine.template,
    )


def selectable_host(host: Host) -> Selectable:
    """A service host of the estate, to be selected."""
    return Selectable(kind="host", name=host.name, site=host.site, roles=host.roles)


def parse_selection(words: Iterable[str], things: Iterable[Selectable], *, what: str) -> Selection:
    """The selection that the words stand for, one of them being enough; `what` is what a command calls such a thing.

    Raises UsageError for a word that selects none of the things, and for one without a kind that several kinds have.
    """
    words = tuple(words)
    if not words:
        return ALL
    known = frozenset(chain.from_iterable(thing.criteria() for thing in things))
    return Selection(criteria=frozenset(_criterion(word, known, what) for word in words))


def _criterion(word: str, known: frozenset[tuple[str, str]], what: str) -> tuple[str, str]:
    kind, colon, value = word.partition(":")
    found = [(kind, value)] if colon else [(kind, word) for kind in KINDS]
    found = [one for one in found if one in known]
    if not found:
        raise UsageError(f"{word!r} selects no {what}{_why(kind if colon else '', known)}", hint=_hint(word, known))
    if len(found) > 1:
        raise UsageError(
            f"{word!r} is {' and '.join(map(_with_article, (kind for kind, _ in found)))}",
            hint=f"say which: {' or '.join(f'{kind}:{word}' for kind, _ in found)}",
        )
    return found[0]


def _why(kind: str, known: frozenset[tuple[str, str]]) -> str:
    """What is wrong with the kind that was written, if anything is."""
    if not kind or kind in {one for one, _ in known}:
        return ""
    return f": none has {_with_article(kind)}" if kind in KINDS else f": {kind!r} is no kind"


def _hint(word: str, known: frozenset[tuple[str, str]]) -> str:
    """What was probably meant, else what there is of that kind, else which kinds there are."""
    kind, colon, _ = word.partition(":")
    written = sorted({f"{kind}:{value}" if colon else value for kind, value in known if "/" not in value})
    if near := Nearest(written).find(word.lower()):
        return f"did you mean {near}?"
    if values := sorted(value for one, value in known if colon and one == kind and "/" not in value):
        return f"there are {', '.join(values[:_SHOWN])}{' …' if len(values) > _SHOWN else ''}"
    kinds = {kind for kind, _ in known}
    return f"write KIND:VALUE, with KIND one of {', '.join(one for one in KINDS if one in kinds)}"


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
