"""Whether each agency stays within its quota, over all sites."""

from collections.abc import Iterator

from groundwork.estate.draft import Draft
from groundwork.estate.faults import Fault

_MIB_PER_GIB = 1024


def check_quotas(draft: Draft) -> Iterator[Fault]:
    """Agencies whose machines add up to more than they may have."""
    used: dict[str, list[int]] = {}
    for machine in draft.machines:
        form = machine.form
        sums = used.setdefault(form.agency, [0, 0, 0, 0])
        for position, amount in enumerate((1, form.vcpus, form.memory_mib, form.disk_gib)):
            sums[position] += amount
    for agency in draft.agencies:
        machines, vcpus, memory_mib, disk_gib = used.get(agency.name, [0, 0, 0, 0])
        amounts: dict[str, float] = {
            "machines": machines,
            "vcpus": vcpus,
            "memory_gib": memory_mib / _MIB_PER_GIB,
            "disk_gib": disk_gib,
        }
        for field, sum_of_all in amounts.items():
            limit: int = getattr(agency.form.quota, field)
            if sum_of_all > limit:
                what = f"has {sum_of_all:g} {_WORDS[field]}, but its quota is {limit}"
                yield agency.fault(what, "raise the quota or take machines away", "quota", field)


_WORDS = {"machines": "machines", "vcpus": "vCPUs", "memory_gib": "GiB of memory", "disk_gib": "GiB of disk"}
