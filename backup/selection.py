"""Which machines of the estate the words of `--only` mean: ``KIND:VALUE``, or a value that only one kind has."""

from collections.abc import Iterable

from groundwork.errors import UsageError
from groundwork.estate.estate import Estate
from groundwork.model.machine import Machine

_KINDS = ("machine", "agency", "service", "site", "policy", "tier", "template")


def select_machines(estate: Estate, only: Iterable[str] = ()) -> tuple[Machine, ...]:
    """The machines that a backup policy copies somewhere and that one of the words selects, in the estate's order.

    No words select all. Raises UsageError for a word that selects nothing, or things of several kinds.
    """
    backed_up = tuple(
        machine
        for machine in estate.machines.values()
        if machine.role != "template" and estate.backup_policies[machine.backup_policy].copies_at
    )
    selectors = {_selector(estate, word) for word in only}
    return tuple(one for one in backed_up if not selectors or selectors & set(_selectors_of(one)))


def _selector(estate: Estate, word: str) -> tuple[str, str]:
    """The kind and the value that a word means."""
    kind, colon, value = word.partition(":")
    known = {selector for machine in estate.machines.values() for selector in _selectors_of(machine)}
    if colon:
        found = [(kind, value)] if (kind, value) in known else []
    else:
        found = [(kind, word) for kind in _KINDS if (kind, word) in known]
    if not found:
        raise UsageError(
            f"{word!r} selects no machine",
            hint=f"name a thing of the estate as KIND:VALUE, with KIND one of {', '.join(_KINDS)}",
        )
    if len(found) > 1:
        raise UsageError(
            f"{word!r} is {' and '.join(_with_article(kind) for kind, _ in found)}",
            hint=f"say which: {' or '.join(f'{kind}:{word}' for kind, _ in found)}",
        )
    return found[0]


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _selectors_of(machine: Machine) -> Iterable[tuple[str, str]]:
    values = (
        machine.name,
        machine.agency,
        machine.service,
        machine.site,
        machine.backup_policy,
        str(machine.tier),
        machine.template,
    )
    return [(kind, value) for kind, value in zip(_KINDS, values, strict=True) if value]
