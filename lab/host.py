"""A service host: a bare Debian machine with systemd, in a network namespace of its own, on files of its own."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from groundwork.errors import OutsideError
from groundwork.shell.clock import Clock
from groundwork.shell.command import CommandRunner
from lab.layout import Leg
from lab.namespace import NAMED
from lab.program import pids_in, pids_on, start_apart

_CGROUPS = Path("/sys/fs/cgroup")
_END_SECONDS = 10.0
_PAUSE_SECONDS = 0.05
_BUNDLE = "etc/ssl/certs/ca-certificates.crt"
_BOOT = """\
for group in "$5"/cgroup.procs "$6"/cgroup.procs; do [ ! -e "$group" ] || echo $$ >"$group" || exit; done
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root" || exit
SYSTEMD_NSPAWN_API_VFS_WRITABLE=network exec systemd-nspawn --quiet --register=no --keep-unit --directory="$2/root" \\
  --machine="$3" --hostname="$4" --network-namespace-path="$7" --capability=CAP_NET_ADMIN --resolv-conf=off \\
  --console=pipe --boot
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFiles:
    """What a bare host has of its own before it boots; `names` are lines for its /etc/hosts."""

    authorized_key: bytes
    host_key: Path
    authority: Path
    certificate: Path
    certificate_key: Path
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabHost:
    """One service host of a lab; `folder` holds its own files on top of the shared image."""

    name: str
    leg: Leg
    folder: Path
    log: Path

    @property
    def cgroup(self) -> str:
        """The name of the host's own control group."""
        return self.leg.namespace

    def is_running(self, commands: CommandRunner) -> bool:
        """Whether its init runs."""
        return bool(pids_in(self.leg.namespace, commands))

    def has_ended(self, commands: CommandRunner) -> bool:
        """Whether neither its init runs nor what starts it: it does not come any more."""
        return not self.is_running(commands) and not pids_on(self.folder)

    def start(self, image: Path, files: HostFiles, commands: CommandRunner) -> None:
        """Boot it apart from us; on what its disk holds where it ran before. Its files are written only once."""
        root = self.folder / "root"
        if not (self.folder / "upper").exists():
            self._lay_out(image, files)
        for folder in (root, self.folder / "work"):
            folder.mkdir(parents=True, exist_ok=True)
        groups = _make_cgroups(self.cgroup)
        argv = ["unshare", "--mount", "--propagation", "slave", "sh", "-c", _BOOT, "sh"]
        argv += [str(image), str(self.folder), self.leg.namespace, self.name, *groups, str(NAMED / self.leg.namespace)]
        start_apart(argv, log=self.log, commands=commands)

    def _lay_out(self, image: Path, files: HostFiles) -> None:
        half_way = self.folder / "upper.new"
        shutil.rmtree(half_way, ignore_errors=True)
        written = {
            "root/.ssh/authorized_keys": (files.authorized_key, 0o600),
            "etc/ssh/ssh_host_ed25519_key": (files.host_key.read_bytes(), 0o600),
            "etc/ssh/ssh_host_ed25519_key.pub": (files.host_key.with_suffix(".pub").read_bytes(), 0o644),
            "usr/local/share/ca-certificates/cityops-lab.crt": (files.authority.read_bytes(), 0o644),
            _BUNDLE: ((image / _BUNDLE).read_bytes() + files.authority.read_bytes(), 0o644),
            "etc/cityops/tls/ca.pem": (files.authority.read_bytes(), 0o644),
            "etc/cityops/tls/host.pem": (files.certificate.read_bytes(), 0o644),
            "etc/cityops/tls/host.key": (files.certificate_key.read_bytes(), 0o600),
            "etc/hosts": (_hosts_file(self.name, files.names), 0o644),
            "etc/hostname": (f"{self.name}\n".encode(), 0o644),
        }
        for path, (content, mode) in written.items():
            target = half_way / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(mode)
        for secret in ("root", "root/.ssh"):
            (half_way / secret).chmod(0o700)
        half_way.rename(self.folder / "upper")


def list_cgroups(prefix: str) -> tuple[str, ...]:
    """The names of the hosts' control groups that begin so, in order."""
    found = {path.name for top in _cgroup_tops() for path in top.glob(f"{prefix}*") if path.is_dir()}
    return tuple(sorted(found))


def pids_in_cgroup(name: str) -> tuple[int, ...]:
    """Every process of a host, in whatever namespace; none where there is no such group."""
    found = {pid for top in _cgroup_tops() for path in (top / name).rglob("cgroup.procs") for pid in _pids_of(path)}
    return tuple(sorted(found))


def _pids_of(group: Path) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in group.read_text(encoding="utf-8").split())
    except OSError:  # removed meanwhile
        return ()


def remove_cgroup(name: str, clock: Clock) -> None:
    """Remove a host's control groups, once its last processes are gone for good. Raises OutsideError."""
    deadline = clock.monotonic() + _END_SECONDS
    for group in (top / name for top in _cgroup_tops()):
        while group.exists():
            held = _remove_tree(group)
            if held and clock.monotonic() > deadline:
                raise OutsideError(
                    f"control group {held} cannot be removed",
                    hint="see which processes its cgroup.procs lists, then run `inv lab.down` again",
                )
            if held:
                clock.sleep(_PAUSE_SECONDS)


def _remove_tree(group: Path) -> Path | None:
    """Remove the group and those in it; the first that is still held."""
    for folder in (*sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True), group):
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return folder
    return None


def _make_cgroups(name: str) -> tuple[str, str]:
    """A control group of its own for each hierarchy systemd uses, or two hosts would be in each other's."""
    groups = [top / name for top in _cgroup_tops()]
    for group in groups:
        group.mkdir(exist_ok=True)
    first, *rest = [str(group) for group in groups] or ["/nonexistent"]
    return first, rest[0] if rest else first


def _cgroup_tops() -> tuple[Path, ...]:
    """The hierarchies: the one of version 2, or beside version 1 systemd's own two."""
    if (_CGROUPS / "cgroup.controllers").exists():
        return (_CGROUPS,)
    return tuple(_CGROUPS / name for name in ("systemd", "unified") if (_CGROUPS / name).is_dir())


def _hosts_file(name: str, names: tuple[str, ...]) -> bytes:
    lines = ["127.0.0.1 localhost", f"127.0.1.1 {name}", "::1 localhost ip6-localhost ip6-loopback", *names]
    return ("\n".join(lines) + "\n").encode()
