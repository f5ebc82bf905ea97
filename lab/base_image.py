"""The image every service host boots from: Debian 13 from debootstrap, with the roles' packages, unconfigured."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from groundwork.errors import OutsideError
from groundwork.shell.command import CommandRunner
from lab.cache import cached, digest_of
from lab.progress import reporting

SUITE = "trixie"
_FORMAT = "2"  # changes when what is made below changes
_MAKE_SECONDS = 1200.0
_STEP_SECONDS = 120.0

# What makes it a machine; what the roles ask for (their package tasks then find it there); what guests are made of.
PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "openssh-server", "python3", "python3-apt", "iproute2", "procps", "tzdata"),
    *(
        "ca-certificates",
        "openssl",
        "nftables",
        "restic",
        "rclone",
        "python3-cryptography",
        "python3-cffi-backend",  # debootstrap does not find who provides what python3-cryptography names
        "prometheus-node-exporter",
        "prometheus",
        "prometheus-alertmanager",
        "postgresql",
    ),
    *("busybox-static", "dropbear-bin"),
)
_NOT_IN_THE_LAB = (
    *("systemd-logind.service", "console-getty.service", "apt-daily.timer", "apt-daily-upgrade.timer"),
    *("dpkg-db-backup.timer", "fstrim.timer", "e2scrub_all.timer", "systemd-tmpfiles-clean.timer"),
)
_LEFT_TO_THE_ROLES = (
    *("postgresql.service", "prometheus.service", "prometheus-alertmanager.service", "nftables.service"),
    *("prometheus-node-exporter.service", "prometheus-node-exporter-apt.timer", "prometheus-node-exporter-nvme.timer"),
)


def base_image(cache: Path, commands: CommandRunner, say: Callable[[str], None]) -> Path:
    """The image's folder in the cache, made where it is missing (one to two minutes). Raises OutsideError."""
    return cached(
        cache,
        "base",
        digest_of(_FORMAT, SUITE, *PACKAGES),
        lambda half_way: _make(half_way, commands, say),
        lambda: say(
            f"installing the image that the lab's hosts boot from: Debian {SUITE}, {len(PACKAGES)} packages "
            "and what they need, one to two minutes"
        ),
    )


def sealed(argv: Sequence[str]) -> list[str]:
    """A command line in mount and process namespaces of its own: killed with us, it leaves no mount and no process."""
    own = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=KILL"]
    return ["setpriv", "--pdeathsig", "KILL", *own, *argv]


def _make(target: Path, commands: CommandRunner, say: Callable[[str], None]) -> None:
    include = f"--include={','.join(PACKAGES)}"
    argv = ["debootstrap", "--variant=minbase", include, SUITE, str(target), *_mirror(commands)]
    try:
        with reporting(lambda: _how_far(target), say):
            commands.run(sealed(argv), timeout_seconds=_MAKE_SECONDS, environment=proxy_environment(commands))
    except OutsideError as error:
        log = target / "debootstrap" / "debootstrap.log"
        said = log.read_text(encoding="utf-8", errors="replace")[-800:] if log.exists() else ""
        raise OutsideError(
            f"debootstrap could not make the lab's image: {error.message}\n{said}".rstrip(),
            hint="see that the Debian mirror of this machine's apt answers, then run it again",
        ) from error
    units = [
        ["systemctl", f"--root={target}", "mask", *_NOT_IN_THE_LAB],
        ["systemctl", f"--root={target}", "disable", *(unit for unit in _LEFT_TO_THE_ROLES if _has_unit(target, unit))],
    ]
    for argv in units:
        commands.run(argv, timeout_seconds=_STEP_SECONDS)
    for archive in (target / "var/cache/apt/archives").glob("*.deb"):
        archive.unlink()
    for key in (target / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    (target / "etc/hostname").unlink(missing_ok=True)
    for emptied in ("etc/machine-id", "etc/resolv.conf"):
        (target / emptied).unlink(missing_ok=True)
        (target / emptied).write_bytes(b"")
    shutil.rmtree(target / "debootstrap", ignore_errors=True)


def _how_far(target: Path) -> str:
    fetched = sum(1 for _ in (target / "var/cache/apt/archives").glob("*.deb"))
    unpacked = sum(1 for _ in (target / "var/lib/dpkg/info").glob("*.list"))
    return f"{fetched} packages fetched, {unpacked} unpacked"


def _has_unit(root: Path, unit: str) -> bool:
    return any((root / folder / unit).exists() for folder in ("usr/lib/systemd/system", "etc/systemd/system"))


def _mirror(commands: CommandRunner) -> list[str]:
    """The mirror this machine's own packages come from, if it has the suite; debootstrap knows one otherwise."""
    argv = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Component: main"]
    listed = commands.run(argv, timeout_seconds=_STEP_SECONDS, check=False).stdout.split()
    for mirror in dict.fromkeys(listed):
        look = ["wget", "-q", "--spider", "--timeout=10", "--tries=2", f"{mirror.rstrip('/')}/dists/{SUITE}/InRelease"]
        if (
            commands.run(
                look, timeout_seconds=_STEP_SECONDS, environment=proxy_environment(commands), check=False
            ).exit_code
            == 0
        ):
            return [mirror]
    return []


def proxy_environment(commands: CommandRunner) -> dict[str, str]:
    """The proxy that this machine's apt is told to use, for programs that do not read its settings."""
    argv = ["apt-config", "--format", "%v", "dump", "Acquire::http::Proxy"]
    proxy = commands.run(argv, timeout_seconds=_STEP_SECONDS, check=False).stdout.strip()
    return {"http_proxy": proxy} if proxy and proxy != "DIRECT" else {}
