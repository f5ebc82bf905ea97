"""Backups: restore points taken, copied from site to site, listed and brought back."""

from typing import TYPE_CHECKING

from commands.backup_listing import list_points
from commands.backup_proof import clear_refused, verify
from commands.command import CHANGE, Asked, command
from commands.conduct import conduct
from groundwork.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "clear_refused",
    "list_points",
    "prepare",
    "replicate",
    "restore",
    "run",
    "verify",
]  # the namespace's commands


@command(*CHANGE)
def prepare(asked: Asked) -> None:
    """Make the city's repository, once, and declare it to the host of each site, which from then on bears no other.

    No other command makes one: a repository whose disk is not mounted is missed, and not made anew.

    Example: inv backup.prepare --live --reason "first roll-out"
    """
    from backup.plan import PREPARE
    from backup.proposal import PrepareRequest

    conduct(asked, PREPARE, PrepareRequest())


@command(*CHANGE, "only")
def run(asked: Asked) -> None:
    """Take a restore point of each machine: snapshot, export, store in its site's repository. Rehearses unless --live.

    One machine's failure does not stop the others, and no snapshot stays, whatever happens. A site whose vCenter cannot
    be read is named and left out, and the command then does not end with 0.

    Example: inv backup.run --only tier:1,agency:tax
    Example: inv backup.run --live --reason "before the storm"
    """
    from backup.plan import RUN
    from backup.proposal import BackupRequest

    request = BackupRequest(only=asked.names)
    conduct(asked, RUN, request)


@command(*CHANGE, "only")
def replicate(asked: Asked) -> None:
    """Copy the restore points from site to site: each receiver pulls, and proves every file by its name.

    A file that is not what its name says is refused and reported; the receiver's copy stays as good as before. --only
    selects among the receivers.

    Example: inv backup.replicate --live --reason "nightly"
    """
    from backup.plan import REPLICATE
    from backup.proposal import ReplicationRequest

    request = ReplicationRequest(only=asked.names)
    conduct(asked, REPLICATE, request)


@command(
    *CHANGE,
    help={
        "machine": "the machine to bring back",
        "site": "from whose copy, and into whose vCenter",
        "as_": "the name of the restored machine",
        "at": "the newest point not after this moment, e.g. 2026-11-21T10:00 (UTC unless it says otherwise)",
        "network": "attach it to this network of the site (default: a port group that leads nowhere)",
        "accept_unsigned": "let a point of version 1 count, for which nobody vouches",
    },
)
def restore(
    asked: Asked,
    machine: str,
    *,
    site: str = "",
    as_: str = "",
    at: str = "",
    network: str = "",
    accept_unsigned: bool = False,
) -> None:
    """Bring a machine back from a site's copy into that site's vCenter, under another name, powered off.

    The newest point that is signed, whole and of a possible time is taken, and newer ones passed over are named. Every
    disk is proven by its SHA-256 on its way; one that disagrees leaves no machine behind.

    Example: inv backup.restore shiminpass-db-01 --site nchc --as shiminpass-copy
    """
    from backup.plan import RESTORE
    from backup.proposal import RestoreRequest

    if not site or not as_:
        raise UsageError("--site and --as are needed", hint="say from which site's copy, and under which name")
    request = RestoreRequest(
        machine=machine, site=site, name=as_, at=_moment(at), network=network, accept_unsigned=accept_unsigned
    )
    conduct(asked, RESTORE, request)


def _moment(at: str) -> "datetime | None":
    from datetime import UTC, datetime

    if not at:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise UsageError(f"{at!r} is no moment", hint="write it like 2026-11-21T10:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
