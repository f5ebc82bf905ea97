"""Device URLs are matched with disks by their keys, whatever their order."""

from itertools import permutations
from types import SimpleNamespace

import pytest

from groundwork.drivers.vcenter.device_urls import match_urls
from groundwork.errors import OutsideError
from groundwork.model.hardware import Disk

SCSI_0 = Disk(name="disk-0.vmdk", controller="pvscsi", bus=0, unit=0, capacity_bytes=1 << 30)
SCSI_1 = Disk(name="disk-1.vmdk", controller="lsilogic_sas", bus=1, unit=0, capacity_bytes=2 << 30)
NVME = Disk(name="disk-2.vmdk", controller="nvme", bus=0, unit=0, capacity_bytes=3 << 30)
DISKS = (SCSI_0, SCSI_1, NVME)
KEYS = ("/vm-1/ParaVirtualSCSIController0:0", "/vm-1/VirtualLsiLogicSASController1:0", "/vm-1/VirtualNVMEController0:0")


def _url(key: str) -> SimpleNamespace:
    return SimpleNamespace(key=key, url=f"https://*/nfc{key}")


@pytest.mark.parametrize("keys", list(permutations((*KEYS, "/vm-1/nvram", "/vm-1/VirtualNVMEController0:1"))))
def test_every_order_of_urls_gives_each_disk_its_own(keys: tuple[str, ...]) -> None:
    found = match_urls([_url(key) for key in keys], DISKS, who="the export of web-01")
    assert tuple(url.key for url in found) == KEYS


def test_a_general_name_of_the_controller_is_understood() -> None:
    urls = [_url("/vm-1/VirtualSCSIController1:0"), _url("/vm-1/VirtualSCSIController0:0")]
    assert [url.key[-3:] for url in match_urls(urls, (SCSI_0, SCSI_1), who="w")] == ["0:0", "1:0"]


def test_the_key_of_an_import_counts_too() -> None:
    one, other = (SimpleNamespace(key=f"/vm-1/VirtualDisk:{number}", importKey="") for number in (0, 1))
    one.importKey, other.importKey = "/web-01/VirtualNVMEController0:0", "/web-01/ParaVirtualSCSIController0:0"
    assert match_urls([one, other], (SCSI_0, NVME), who="w") == [other, one]


def test_one_disk_and_one_url_belong_together() -> None:
    url = _url("/vm-1/VirtualDisk:0")
    assert match_urls([url], (SCSI_0,), who="w") == [url]


@pytest.mark.parametrize(
    "keys", [KEYS[:2], ("/vm-1/VirtualDisk:0", "/vm-1/VirtualDisk:1", "/vm-1/VirtualDisk:2"), (KEYS[0], *KEYS)]
)
def test_a_disk_whose_url_is_not_certain_is_refused(keys: tuple[str, ...]) -> None:
    with pytest.raises(OutsideError, match="the export of web-01") as caught:
        match_urls([_url(key) for key in keys], DISKS, who="the export of web-01")
    assert "is that of the disk at" in caught.value.message
