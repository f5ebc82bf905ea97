"""What each operation looks at when it proposes a plan: the city's real systems, by way of the wiring."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from backup.plan import RUN
from backup.proposal import BackupSources, backup_proposals
from commands import wiring
from commands.needs import check_needs, host_needs
from commands.wiring import Wiring
from dr_drills.proposal import drill_proposals
from fleet.hosts.plan import OPERATION as HOSTS
from fleet.hosts.proposal import HostSources, hosts_proposals
from fleet.machines.history import machines_copied
from fleet.machines.proposal import MachineSources, machines_proposals
from groundwork.change.operation import Operation, Propose
from groundwork.estate.estate import Estate
from groundwork.run.ledger import open_ledger
from groundwork.settings.settings import Settings
from groundwork.store.place import LedgerPlace

ReadEstate = Callable[[], Estate]


def proposing_operations(settings: Settings, estate: ReadEstate) -> Mapping[str, Operation[Any]]:
    """Every operation by name, each able to propose; whoever proposes has entered the settings' network before."""
    known, proposals = wiring.operations(settings), _proposals(Wiring(settings), estate)
    return {name: replace(one, propose=proposals.get(name, one.propose)) for name, one in known.items()}


def machine_sources(wired: Wiring, estate: ReadEstate) -> MachineSources:
    """Where machines are seen."""

    def copied(among: Collection[tuple[str, str]]) -> Collection[tuple[str, str]]:
        kept = wired.settings
        place = LedgerPlace(state=kept.state, url=kept.ledger.reveal_url(ca_file=kept.ca_file))
        with open_ledger(place) as ledger:
            return machines_copied((run.summary for run in ledger.iterate_runs(operation=RUN)), among)

    return MachineSources(estate=estate, vcenter=wired.vcenter, copied=copied)


def _proposals(wired: Wiring, estate: ReadEstate) -> Mapping[str, Propose]:
    def hosts_ready() -> None:
        check_needs(host_needs(wired), operation=HOSTS)

    backup = BackupSources(
        estate=estate,
        vcenter=wired.vcenter,
        repository=wired.repository,
        hosts=lambda: wired.repository_hosts,
        trust=lambda accept_unsigned: wired.trust(accept_unsigned=accept_unsigned),
    )
    return {
        **machines_proposals(machine_sources(wired, estate)),
        **hosts_proposals(
            HostSources(
                estate=estate,
                playbooks=lambda: wired.playbooks,
                ready=hosts_ready,
                worker_sites=wired.settings.worker_sites,
            )
        ),
        **backup_proposals(backup),
        **drill_proposals(estate),
    }
