"""The sources of one city: its estate, and its ledger opened anew for each reading."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from prometheus_client.core import Metric

from exporters.collectors import collect_backups, collect_drills, collect_replication
from exporters.digest import RunReader
from exporters.page import Source
from exporters.sources import BackupFacts, DrillFacts, HopFacts
from groundwork.estate.estate import Estate


def city_sources(
    estate: Callable[[], Estate], open_ledger: Callable[[], AbstractContextManager[RunReader]]
) -> tuple[Source, ...]:
    """Drills, backups and replication; `estate` and `open_ledger` are asked at each reading, what is known is kept."""
    drill_facts, backup_facts, hop_facts = DrillFacts(), BackupFacts(), HopFacts()

    def drills() -> list[Metric]:
        with open_ledger() as ledger:
            return list(collect_drills(estate().city, drill_facts.read(ledger, estate())))

    def backups() -> list[Metric]:
        with open_ledger() as ledger:
            return list(collect_backups(backup_facts.read(ledger, estate())))

    def replication() -> list[Metric]:
        with open_ledger() as ledger:
            return list(collect_replication(hop_facts.read(ledger, estate())))

    return (
        Source(name="drills", read=drills, families=lambda: collect_drills("", ())),
        Source(name="backups", read=backups, families=lambda: collect_backups(())),
        Source(name="replication", read=replication, families=lambda: collect_replication(())),
    )
