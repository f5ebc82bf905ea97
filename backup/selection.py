"""Which machines of the estate the words of `--only` mean to backup: of those that a policy copies."""

from collections.abc import Iterable

from groundwork.estate.estate import Estate
from groundwork.estate.selection import parse_selection, selectable_machine
from groundwork.model.machine import Machine


def select_machines(estate: Estate, only: Iterable[str] = ()) -> tuple[Machine, ...]:
    """The machines that a backup policy copies somewhere and that one of the words selects, in the estate's order.

    No words select all. Raises UsageError for a word that selects nothing, or things of several kinds.
    """
    backed_up = {
        machine: selectable_machine(machine)
        for machine in estate.machines.values()
        if machine.role != "template" and estate.backup_policies[machine.backup_policy].copies_at
    }
    selection = parse_selection(only, backed_up.values(), what="machine that a backup policy copies")
    return tuple(machine for machine, thing in backed_up.items() if selection.matches(thing))
