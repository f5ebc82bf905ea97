"""The distributed switches of a vCenter in memory."""

from dataclasses import dataclass, field

from groundwork.drivers.vcenter.switches import choose_switch
from groundwork.errors import OutsideError


@dataclass(slots=True, kw_only=True)
class Switches:
    """The distributed switches, with the hypervisors joined to each; `wanted` is the one that the location names."""

    hypervisors: set[str] = field(default_factory=lambda: {"esx-1", "esx-2", "esx-3"})
    members: dict[str, set[str]] = field(default_factory=lambda: {"dvs": {"esx-1", "esx-2", "esx-3"}})
    wanted: str = ""

    def choose(self, site: str) -> str:
        """The one a network is made on. Raises OutsideError when none fits, or more than one does."""
        return choose_switch(site, self.wanted, members=self.members, hypervisors=self.hypervisors)

    def obstacles(self, site: str) -> tuple[str, ...]:
        """Why there is none."""
        try:
            self.choose(site)
        except OutsideError as error:
            return (f"{error.message} ({error.hint})",)
        return ()
