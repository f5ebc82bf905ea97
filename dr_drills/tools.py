"""What a drill works with at its site of recovery."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from backup.bundle import RecoveredEstate
from groundwork.drivers.probe.protocol import ProberHost
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.site_loss.protocol import SiteLoss
from groundwork.drivers.vcenter.protocol import VCenter
from groundwork.model.signature import Signers
from groundwork.shell.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillTools:
    """The drivers of one site of recovery.

    `open_vcenter` opens a session of its own, for whoever works beside a step. `repository` opens the site's own with
    the key that its host keeps, `read_estate` reads the recovery bundle in it, `signers` are whose restore points are
    believed. `prober` is the site's prober host, which is the machine `prober_machine` of the vCenter.
    """

    vcenter: VCenter
    open_vcenter: Callable[[], AbstractContextManager[VCenter]]
    repository: Callable[[], Repository]
    prober: ProberHost
    prober_machine: str
    site_loss: SiteLoss
    read_estate: Callable[[Repository], RecoveredEstate]
    signers: Callable[[], Signers]
    clock: Clock
