"""Whether each agency stays within its quota, over all sites."""

from collections.abc import Iterator

from groundwork.estate.draft import Draft
from groundwork.files.fault import Fault

_MIB_PER_GIB = 1024
_UNIT = {"memory_gib": " GiB", "disk_gib": " GiB"}


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
        quota = agency.form.quota
        for field, has, limit, has_in_words in (
            ("machines", machines, quota.machines, f"{machines:,} machines"),
            ("vcpus", vcpus, quota.vcpus, f"{vcpus:,} vCPUs"),
            ("memory_gib", memory_mib, quota.memory_gib * _MIB_PER_GIB, _memory_in_words(memory_mib)),
            ("disk_gib", disk_gib, quota.disk_gib, f"{disk_gib:,} GiB of disk"),
        ):
            if has > limit:
                what = f"has {has_in_words}, but its quota is {getattr(quota, field):,}{_UNIT.get(field, '')}"
                yield agency.fault(what, "raise the quota or take machines away", "quota", field)


def _memory_in_words(mib: int) -> str:
    """In GiB where that is exact, else in both: 1,024,001 MiB rounds to the quota that it exceeds."""
    if mib % _MIB_PER_GIB == 0:
        return f"{mib // _MIB_PER_GIB:,} GiB of memory"
    return f"{mib:,} MiB of memory ({mib / _MIB_PER_GIB:,.3f} GiB)"
