"""What is changed on a host by hand, files and loaded state alike, is named by the next plan and mended by an apply."""

import json

from tests.builders.standing_lab import StandingLab

PLAN_SECONDS = 900.0
# By host: what a hand does there, and the words of the plan that name it.
BROKEN: dict[str, tuple[tuple[str, str], ...]] = {
    "repo-nchc": (
        ("nft flush ruleset", "baseline: Load the packet filter, which is not what its file says"),
        ("chmod 644 /etc/cityops/tls/host.key", "baseline: Keep the host's key to root"),
        ("chmod 644 /etc/cityops/repository.key", "repository: Hold the city's repository key"),
        ("systemctl disable --now repository-replica", "repository: Have the servers up, and the nightly proof"),
        ("usermod --shell /bin/bash repository", "repository: Have a user of its own"),
        ("chown root /srv/repository", "repository: Have the repository's folders"),
    ),
    "monitoring-01": (
        ("nft add rule inet cityops input accept", "baseline: Load the packet filter, which is not what its file says"),
        ("touch /etc/prometheus/prometheus.yml", "monitoring: Restart what runs with older files"),
        ("touch /etc/ssh/sshd_config.d/10-cityops.conf", "baseline: Restart sshd, which runs with older settings"),
        ("chown prometheus /etc/prometheus/rules/cityops.yaml", "monitoring: Have the rules"),
    ),
    "ledger-01": (
        ("chmod 644 /etc/postgresql/17/main/host.key", "ledger: Let PostgreSQL read the host's key"),
        ("touch /etc/postgresql/17/main/pg_hba.conf", "ledger: Restart what runs with older files"),
        ("systemctl stop cityops-firewall", "baseline: Have the packet filter up"),
    ),
}


def test_drift_of_every_kind_is_named_and_mended(configured: StandingLab) -> None:
    others = "nft 'add table ip others; add chain ip others keep'"
    for host, broken in BROKEN.items():
        configured.on_host(host, "; ".join([*(script for script, _ in broken), others]))

    planned = configured.inv("hosts.plan", "--json", timeout_seconds=PLAN_SECONDS)

    changes = {
        step["host"]: set(step["changes"])
        for wave in json.loads(planned.stdout)["plan"]["waves"]
        for share in wave["shares"]
        for track in share["tracks"]
        for step in track["steps"]
    }
    unnamed = {
        (host, words) for host, broken in BROKEN.items() for _, words in broken if words not in changes.get(host, set())
    }
    assert (planned.exit_code, unnamed) == (2, set())
    applied = configured.inv("hosts.apply", "--live", "--reason", "drift", "--json", timeout_seconds=PLAN_SECONDS)
    assert applied.exit_code == 0, applied.stderr
    assert (
        "chain keep" in configured.on_host("repo-nchc", "nft list table ip others; nft delete table ip others").stdout
    )
    for host in BROKEN:
        configured.on_host(host, "nft list table inet cityops | grep 'policy drop'")
    again = configured.inv("hosts.plan", "--json", timeout_seconds=PLAN_SECONDS)
    assert json.loads(again.stdout)["steps"] == []
