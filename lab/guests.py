"""Which machines of an estate boot in a lab: those made from the one template whose disk boots there."""

from groundwork.errors import ConfigurationError
from groundwork.estate.estate import Estate
from groundwork.model.machine import Machine

GUEST_TEMPLATE = "tmpl-lab-guest"


def boots(machine: Machine) -> bool:
    """Whether the machine boots in a lab; of all others a lab's vCenter shows only the state."""
    return machine.template == GUEST_TEMPLATE


def list_guests(estate: Estate) -> tuple[Machine, ...]:
    """The machines that boot, in the estate's order."""
    return tuple(machine for machine in estate.machines.values() if boots(machine))


def check_guests(estate: Estate) -> None:
    """Raises ConfigurationError for a guest that could not work in a lab."""
    for machine in list_guests(estate):
        lacking = [field for field in ("network", "address") if not getattr(machine, field)]
        if lacking:
            raise ConfigurationError(
                f"machine {machine.name} boots in a lab and has no {' and no '.join(lacking)}",
                hint="write it into machines.csv, or give the machine another template",
            )
        if machine.database and not boots(estate.machines[machine.database]):
            raise ConfigurationError(
                f"machine {machine.name} boots in a lab, but its database {machine.database} does not",
                hint=f"let both be made from {GUEST_TEMPLATE}, or neither",
            )
