"""Which distributed switch a network of ours is made on: one that whatever may run a machine of it is joined to."""

from collections.abc import Collection, Mapping

from groundwork.drivers.vcenter.names import is_meant
from groundwork.errors import OutsideError

_HINT = "write the path of the right one as `switch` of the site's vcenter in sites.yaml"


def choose_switch(
    site: str, wanted: str, *, members: Mapping[str, Collection[str]], hypervisors: Collection[str]
) -> str:
    """The path of the switch that all these hypervisors are joined to, the `wanted` one (name or path) if one is given.

    `members` are the hypervisors joined to each switch, by its path. Raises OutsideError naming the switches when none
    fits, or more than one does: they may be different cables.
    """
    meant = sorted(path for path in members if not wanted or is_meant(wanted, path))
    fits = [path for path in meant if set(hypervisors) <= set(members[path])]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise OutsideError(
            f"the vCenter of {site} has {len(fits)} distributed switches that a network could be made on: "
            f"{', '.join(fits)}",
            hint=_HINT,
        )
    if not meant:
        called = f" named {wanted!r}" if wanted else ""
        raise OutsideError(
            f"the vCenter of {site} has no distributed switch{called}",
            hint=f"it has {', '.join(sorted(members))}; {_HINT}"
            if members
            else "make one that all hypervisors of the cluster are members of",
        )
    lacking = (f"{path} lacks {', '.join(sorted(set(hypervisors) - set(members[path])))}" for path in meant)
    raise OutsideError(
        f"the vCenter of {site} has no distributed switch that all hypervisors of the cluster are joined to: "
        f"{'; '.join(lacking)}",
        hint="join them to the switch in the vCenter, then run again",
    )
