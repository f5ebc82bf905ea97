"""What repository hosts do about files that are not what they say, rot, and disks that are away."""

import hashlib
import json
import ssl
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest

from commands.wiring.sections import SECTIONS
from groundwork.settings.load import load_settings
from tests.builders.standing_lab import LIVE, StandingLab

FLOOD = """
cd /srv && mkdir flood && cd flood
for number in $(seq 1000); do
    echo "stray number $number, long enough to be sealed" > new; mv new $(sha256sum < new | cut -c1-64)
done
chown repository:repository * && mv * ../repository/snapshots/ && rmdir ../flood
"""


@pytest.fixture(scope="module")
def junk(copied: StandingLab) -> str:
    """A file in central's index that the writer posted, named by its own SHA-256."""
    settings = load_settings(Path(copied.settings), SECTIONS)
    content = b"named by its own SHA-256, and no index of restic's"
    name = hashlib.sha256(content).hexdigest()
    writer = settings.repositories["central"]
    request = urllib.request.Request(f"{writer.url}index/{name}", method="POST", data=content)  # noqa: S310 - the lab's
    word = b64encode(f"{writer.username}:{writer.password.reveal()}".encode()).decode()
    request.add_header("Authorization", f"Basic {word}")
    trust = ssl.create_default_context(cafile=str(settings.ca_file))
    with copied.inside(lambda: urllib.request.urlopen(request, timeout=10, context=trust)) as answer:  # noqa: S310
        assert answer.status == 200
    return f"index/{name}"


def test_junk_and_a_flood_hold_nobody_up_and_are_cleared(copied: StandingLab, junk: str) -> None:
    copied.on_host("repo-central", FLOOD)
    copied.done("backup.replicate", *LIVE)
    pulls = copied.done("backup.replicate", *LIVE)["summary"]["pulls"]

    assert [pull["files"] for pull in pulls] == [0, 0]
    assert pulls[0]["counts"]["foreign"] == 1000  # as many as are listed
    assert pulls[1]["counts"] == {"refused": 0, "foreign": 0, "missing": 0, "incomplete": 0}
    assert copied.inv("backup.verify", "--site", "central").exit_code == 6
    rehearsed = copied.inv("backup.clear-refused", "--site", "central", "--only", junk, "--json")
    assert rehearsed.exit_code == 2
    assert junk[:20] in json.loads(rehearsed.stdout)["steps"][0]["description"]
    copied.done("backup.clear-refused", "--site", "central", *LIVE)
    assert "1001" in copied.on_host("repo-central", "find /srv/quarantine -type f | wc -l").stdout
    assert copied.done("backup.verify", "--site", "central", "--json")["wrong"] == {}


def test_rot_is_found_taken_out_and_comes_back_whole(copied: StandingLab) -> None:
    by_size = "cd /srv/repository && ls -S data/*/*"
    here = set(copied.on_host("repo-nchc", by_size).stdout.split())
    pack = next(one for one in copied.on_host("repo-yangming", by_size).stdout.split() if one in here)  # may come again
    copied.on_host(
        "repo-nchc", f"cd /srv/repository && chmod u+w {pack} && printf rotten | dd of={pack} conv=notrunc seek=99 bs=1"
    )

    found = copied.inv("backup.verify", "--site", "nchc", "--json")

    assert (found.exit_code, json.loads(found.stdout)["wrong"]) == (6, {pack: "its SHA-256 is not its name"})
    copied.done("backup.clear-refused", "--site", "nchc", *LIVE)
    copied.done("backup.replicate", "--only", "nchc", *LIVE)
    assert copied.done("backup.verify", "--site", "nchc", "--json")["wrong"] == {}


def test_every_night_a_share_is_proven_and_prometheus_is_reported(copied: StandingLab) -> None:
    timer = "systemctl is-enabled repository-proof.timer && systemctl is-active repository-proof.timer"
    assert copied.on_host("repo-nchc", timer).stdout.split() == ["enabled", "active"]
    copied.on_host("repo-nchc", "systemctl start repository-proof.service")
    page = copied.on_host("monitoring-01", _read_page(copied.parts.estate.hosts["repo-nchc"].address)).stdout

    assert "cityops_repository_wrong_files 0" in page
    assert "cityops_repository_proof_oldest_timestamp_seconds" in page


def test_a_disk_that_is_away_is_neither_served_nor_filled(copied: StandingLab) -> None:
    away = "mv /srv/repository /srv/away && install -d -o repository -g repository -m 700 /srv/repository"
    copied.on_host("repo-nchc", f"{away}; systemctl restart repository-replica", check=False)
    try:
        pulled = copied.inv("backup.replicate", "--only", "nchc", *LIVE)

        assert pulled.exit_code == 4
        assert "is its disk mounted?" in pulled.stdout
        state = "systemctl is-active repository-replica; ls -A /srv/repository"
        assert copied.on_host("repo-nchc", state, check=False).stdout.split()[0] != "active"
        assert copied.on_host("repo-nchc", "ls -A /srv/repository").stdout == ""
    finally:
        copied.on_host(
            "repo-nchc", "rmdir /srv/repository; mv /srv/away /srv/repository; systemctl restart repository-replica"
        )
    assert copied.done("backup.replicate", "--only", "nchc", *LIVE)["exit_code"] == 0


def _read_page(address: str) -> str:
    """A script that prints a repository host's metrics, as Prometheus reads them."""
    return (
        f"python3 -c 'import urllib.request as r; print(r.urlopen(\"http://{address}:9100/metrics\").read().decode())'"
    )
