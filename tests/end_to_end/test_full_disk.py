"""A repository host whose disk is full: reported as that at each hop, nothing lost, and room is all that it takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.builders.standing_lab import LIVE, StandingLab

MACHINE = "opendata-db-01"
LEFT_BYTES = 64 << 10
SERVERS = "repository.service repository-replica.service"
FILLED = f"""
    systemctl stop {SERVERS}
    mkdir /run/full
    mount -t tmpfs -o mode=755 full /run/full
    cp -a /srv/. /run/full/
    mount -o remount,size=$(($(df -B1 --output=used /run/full | tail -1) + {LEFT_BYTES})) /run/full
    mount --bind /run/full /srv
    systemctl start {SERVERS}
"""
EMPTIED = f"""
    systemctl stop {SERVERS}
    umount /srv
    find /srv -mindepth 1 -delete
    cp -a /run/full/. /srv/
    umount /run/full
    rmdir /run/full
    systemctl start {SERVERS}
"""


@contextmanager
def full(lab: StandingLab, host: str) -> Iterator[None]:
    """The host's disk, with next to nothing left on it: one of its own for so long, as the lab's is the machine's."""
    lab.on_host(host, f"set -e; {FILLED}")
    try:
        yield
    finally:
        lab.on_host(host, f"set -e; {EMPTIED}")


def test_a_full_disk_where_backups_are_written_is_reported_and_spoils_nothing(copied: StandingLab) -> None:
    with full(copied, "repo-yangming"):
        ended = copied.inv("backup.run", "--only", MACHINE, *LIVE)
    assert ended.exit_code == 5
    assert "the disk of yangming's repository is full" in ended.stdout
    assert "password" not in ended.stdout
    assert copied.done("backup.run", "--only", MACHINE, *LIVE)["exit_code"] == 0


def test_a_full_disk_where_copies_arrive_is_reported_and_the_next_pull_brings_them(copied: StandingLab) -> None:
    with full(copied, "repo-nchc"):
        ended = copied.inv("backup.replicate", "--only", "nchc", *LIVE)
    assert ended.exit_code == 5
    assert "full" in ended.stdout
    (pull,) = copied.done("backup.replicate", "--only", "nchc", *LIVE)["summary"]["pulls"]
    assert pull["files"] > 0
    assert pull["counts"] == {"refused": 0, "foreign": 0, "missing": 0, "incomplete": 0}
    assert copied.done("backup.verify", "--site", "nchc", "--json")["wrong"] == {}
