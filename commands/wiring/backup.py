"""Backup: its operations, what they need, its collectors, and the role of repository hosts."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from backup.apply import BackupTools, backup_operations
from backup.bundle import pack_bundle
from backup.catalogue import Trust
from backup.plan import PREPARE, REPLICATE, RESTORE, RUN
from backup.proposal import BackupSources, backup_proposals
from backup.quarantine.apply import quarantine_operation
from backup.readiness import prove_identity
from backup.repository_role import REPOSITORY
from commands.wiring.city import City, not_configured
from commands.wiring.needs import Need, opens_needs, program_need, repository_needs, ssh_needs, vcenter_needs
from commands.wiring.product import Product, proposing
from groundwork.change.operation import Operation
from groundwork.drivers.transfer.remote_pull import PULL_PROGRAM
from groundwork.shell.clock import SystemClock

if TYPE_CHECKING:
    from exporters.city import Origin
    from exporters.source import Source


def trust_of(city: City, *, accept_unsigned: bool = False) -> Trust:
    """What is believed of a repository now."""
    return Trust(signers=city.signers(), now=SystemClock().now(), accept_unsigned=accept_unsigned)


def _operations(city: City) -> tuple[Operation[Any], ...]:
    tools = BackupTools(
        vcenter=city.vcenter,
        repository=city.repository,
        hosts=lambda: city.repository_hosts,
        transfer=lambda: city.transfer,
        bundle=lambda name: pack_bundle(city.settings.inventory, name),
        key=city.signing_key,
        signers=city.signers,
        clock=SystemClock(),
    )
    sources = BackupSources(
        estate=lambda: city.estate,
        vcenter=city.vcenter,
        repository=city.repository,
        hosts=lambda: city.repository_hosts,
        trust=lambda accept_unsigned: trust_of(city, accept_unsigned=accept_unsigned),
    )
    known: tuple[Operation[Any], ...] = (*backup_operations(tools), quarantine_operation(lambda: city.repository_hosts))
    return proposing(known, backup_proposals(sources))


def _preparing(city: City, site: str, live: bool) -> Iterator[Need]:  # noqa: FBT001 - as Needs has it
    yield from repository_needs(city, site)
    yield from _copying(city, site, live)


def _copying(city: City, site: str, live: bool) -> Iterator[Need]:  # noqa: FBT001 - as Needs has it
    yield from ssh_needs(city)
    if not live:
        yield partial(_need_pull, city, site)


def _storing(city: City, site: str, live: bool) -> Iterator[Need]:  # noqa: FBT001 - as Needs has it
    """A live backup looks at each host itself before it writes there, and one that is dead does not stop the others."""
    yield from vcenter_needs(city, site)
    yield from repository_needs(city, site)
    yield from ssh_needs(city)
    yield city.signing_key
    yield program_need("restic", "apt-get install restic")
    if not live:
        yield lambda: prove_identity(city.repository_hosts, city.repository(site), site)


def _restoring(city: City, site: str, _live: bool) -> Iterator[Need]:  # noqa: FBT001 - as Needs has it
    yield from opens_needs(city, site)


def _need_pull(city: City, site: str) -> None:
    """Raises ConfigurationError unless the site's repository host has the program that copies from others."""
    host = city.estate.repository_hosts.get(site)
    if host is not None and city.ask(host, f"test -x {PULL_PROGRAM}").exit_code != 0:
        raise not_configured(host, f"has no {PULL_PROGRAM}")


def _sources(origin: "Origin") -> "tuple[Source[Any], ...]":
    from exporters.city import backup_source, replication_source

    return backup_source(origin), replication_source(origin)


BACKUP = Product(
    name="backup",
    operations=_operations,
    needs={PREPARE: _preparing, RUN: _storing, REPLICATE: _copying, RESTORE: _restoring},
    sources=_sources,
    roles=(REPOSITORY,),
)
