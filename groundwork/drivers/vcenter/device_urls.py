"""Which device URL of an NFC lease belongs to which disk: by the URL's key, never by the order."""

import re
from collections.abc import Sequence
from typing import Any

from groundwork.drivers.vcenter.devices import CONTROLLERS
from groundwork.errors import OutsideError
from groundwork.model.hardware import Disk

# A key ends in the controller's class, its bus and the unit: /vm-12/ParaVirtualSCSIController0:1
_SLOT = re.compile(r"/(\w+?)Controller(\d+):(\d+)$")
_SCSI = ("pvscsi", "lsilogic", "lsilogic_sas", "buslogic")
_CLASSES = {
    kind.__name__.rpartition(".")[2].removesuffix("Controller"): (name,) for name, kind in CONTROLLERS.items()
} | {"VirtualSCSI": _SCSI, "VirtualSATA": ("sata",)}


def match_urls(urls: Sequence[Any], disks: Sequence[Disk], *, who: str) -> list[Any]:
    """The URL of each disk, in the disks' order; a URL's key, or an import's, names the disk's slot.

    Raises OutsideError when a disk's URL is not certain. URLs of other devices are left alone.
    """
    if len(urls) == len(disks) == 1:
        return list(urls)
    found: list[Any] = []
    for disk in disks:
        same = [url for url in urls if any(_is_at(key, disk) for key in _keys(url))]
        if len(same) != 1:
            shown = ", ".join(sorted(key for url in urls for key in _keys(url))) or "none"
            raise OutsideError(
                f"{who}: {len(same) or 'no'} of the device URLs ({shown}) is that of the disk at {disk.slot}",
                hint="nothing of it counts; run again, and look at the machine's controllers if it stays so",
            )
        found.append(same[0])
    return found


def _keys(url: Any) -> list[str]:
    return [str(key) for key in (url.key, getattr(url, "importKey", None)) if key]


def _is_at(key: str, disk: Disk) -> bool:
    slot = _SLOT.search(key)
    if not slot:
        return False
    kinds = _CLASSES.get(slot[1], ())
    return disk.controller in kinds and (int(slot[2]), int(slot[3])) == (disk.bus, disk.unit)
