"""The guests' image: a small disk as a streamOptimized VMDK, and a kernel with the ramdisk that finds it."""

import io
import lzma
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from groundwork.errors import OutsideError
from groundwork.shell.command import CommandRunner
from lab.base_image import proxy_environment, sealed
from lab.cache import cached, digest_of

_FORMAT = "1"  # changes when what is made below changes
_PARTS = Path(__file__).parent / "guest"
_KERNEL = "linux-image-cloud-amd64"
_SECONDS = 300.0
_DISK_BYTES = 64 << 20
_LIBRARY = re.compile(r"(/\S+) \(0x")

# Debian's cloud kernel has ext4 built in, and these as modules; in this order, for there is no modprobe in the ramdisk.
MODULES = ("virtio_ring", "virtio", "failover", "net_failover", "virtio_mmio", "virtio_blk", "virtio_net")
_SCRIPTS = ("start", "canary", "serve", "record")
_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "etc/shadow": "root:*:20000:0:99999:7:::\n",
    "etc/group": "root:x:0:\n",
    "etc/shells": "/bin/sh\n",
    "etc/nsswitch.conf": "passwd: files\nshadow: files\ngroup: files\nhosts: files\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/cityops/release": f"cityops guest {_FORMAT}\n",
}
_FOLDERS = (
    "proc",
    "sys",
    "dev",
    "run",
    "tmp",
    "root/.ssh",
    "etc/dropbear",
    "etc/cityops",
    "var/lib",
    "srv/www/cgi-bin",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestImage:
    """What QEMU starts a guest from; the disk is every guest's beginning and is never written to."""

    disk: Path
    kernel: Path
    initrd: Path


def guest_image(cache: Path, base: Path, commands: CommandRunner, say: Callable[[str], None]) -> GuestImage:
    """The guests' image in the cache, made from the base image where it is missing. Raises OutsideError."""
    sources = [path.read_bytes() for path in sorted(_PARTS.iterdir())]
    folder = cached(
        cache,
        "guest",
        digest_of(_FORMAT, base.name, *MODULES, *sources),
        lambda half_way: _make(half_way, base, commands),
        lambda: say("installing the disk and the kernel that the lab's guests boot from, about half a minute"),
    )
    return GuestImage(disk=folder / "disk.vmdk", kernel=folder / "kernel", initrd=folder / "initrd")


def _make(target: Path, base: Path, commands: CommandRunner) -> None:
    _make_disk(target, base, commands)
    unpacked = _unpack_kernel(target, base, commands)
    shutil.copyfile(next((unpacked / "boot").glob("vmlinuz-*")), target / "kernel")
    _make_initrd(target, base, unpacked, commands)
    for part in ("tree", "ramdisk", "package"):
        shutil.rmtree(target / part)
    (target / "disk.raw").unlink()


def _make_disk(target: Path, base: Path, commands: CommandRunner) -> None:
    tree = target / "tree"
    for folder in _FOLDERS:
        (tree / folder).mkdir(parents=True)
    for name, text in _FILES.items():
        (tree / name).write_text(text, encoding="utf-8")
    _copy_programs(base, tree, commands)
    for name in _SCRIPTS:
        _copy(_PARTS / name, tree / "usr/sbin" / name, mode=0o755)
    _copy(_PARTS / "page", tree / "srv/www/cgi-bin/index.cgi", mode=0o755)
    _copy(_PARTS / "inittab", tree / "etc/inittab", mode=0o644)
    (tree / "srv/www/canary").symlink_to("/var/lib/canary")
    for private in ("root", "root/.ssh", "etc/dropbear"):
        (tree / private).chmod(0o700)
    raw = target / "disk.raw"
    with raw.open("wb") as disk:
        disk.truncate(_DISK_BYTES)
    argv = ["mkfs.ext4", "-q", "-F", "-L", "guest", "-m", "0", "-E", "root_owner=0:0", "-d", str(tree), str(raw)]
    commands.run(argv, timeout_seconds=_SECONDS)
    convert = ["qemu-img", "convert", "-O", "vmdk", "-o", "subformat=streamOptimized"]
    commands.run([*convert, str(raw), str(target / "disk.vmdk")], timeout_seconds=_SECONDS)


def _copy_programs(base: Path, tree: Path, commands: CommandRunner) -> None:
    """Busybox under all its names, and dropbear with the libraries it is linked to."""
    for folder in ("bin", "sbin", "usr/bin", "usr/sbin", "lib", "lib64"):
        (tree / folder).mkdir(parents=True, exist_ok=True)
    _copy(base / "usr/bin/busybox", tree / "bin/busybox", mode=0o755)
    names = commands.run([str(base / "usr/bin/busybox"), "--list"], timeout_seconds=_SECONDS).stdout.split()
    for name in names:
        folder = "sbin" if name in {"init", "poweroff", "reboot", "halt"} else "bin"
        if name != "busybox":
            (tree / folder / name).symlink_to("/bin/busybox")
    for program in ("usr/sbin/dropbear", "usr/bin/dropbearkey"):
        _copy(base / program, tree / program, mode=0o755)
        linked = commands.run(sealed(["chroot", str(base), "ldd", f"/{program}"]), timeout_seconds=_SECONDS).stdout
        for library in _LIBRARY.findall(linked):
            target = tree / library.removeprefix("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(base / library.removeprefix("/"), target, mode=0o755)


def _unpack_kernel(target: Path, base: Path, commands: CommandRunner) -> Path:
    """Debian's kernel package, unpacked and not installed, fetched by the base image's own apt."""
    package = target / "package"
    package.mkdir()
    script = (
        'for own in var/lib/apt/lists var/cache/apt tmp; do mount -t tmpfs tmpfs "$2/$own" || exit; done; '
        'mount --bind /etc/resolv.conf "$2/etc/resolv.conf"; mount --bind "$1" "$2/mnt" && chroot "$2" sh -ec "$3"'
    )
    inner = (
        "cd /mnt; apt-get -qq -o APT::Sandbox::User=root update; "
        f"real=$(apt-cache depends {_KERNEL} | sed -n 's/^  Depends: //p' | head -n 1); "
        "apt-get -qq -o APT::Sandbox::User=root download $real; dpkg-deb -x ./*.deb unpacked; rm -f ./*.deb"
    )
    argv = sealed(["sh", "-c", script, "sh", str(package), str(base), inner])
    try:
        commands.run(argv, timeout_seconds=_SECONDS, environment=proxy_environment(commands))
        (unpacked,) = package.iterdir()
    except (OutsideError, ValueError) as error:
        raise OutsideError(
            f"the guests' kernel ({_KERNEL}) could not be fetched: {error}",
            hint="see that the Debian mirror of this machine's apt answers, then run it again",
        ) from error
    return unpacked


def _make_initrd(target: Path, base: Path, unpacked: Path, commands: CommandRunner) -> None:
    ramdisk = target / "ramdisk"
    for folder in ("bin", "proc", "sys", "dev", "disk", "modules"):
        (ramdisk / folder).mkdir(parents=True)
    _copy(base / "usr/bin/busybox", ramdisk / "bin/busybox", mode=0o755)
    _copy(_PARTS / "init", ramdisk / "init", mode=0o755)
    for module in _find_modules(unpacked):
        with _open_module(module) as packed:
            (ramdisk / "modules" / f"{module.name.partition('.')[0].replace('-', '_')}.ko").write_bytes(packed.read())
    script = 'cd "$1" && find . | cpio --quiet -o -H newc | gzip -1 >"$2"'
    commands.run(["sh", "-c", script, "sh", str(ramdisk), str(target / "initrd")], timeout_seconds=_SECONDS)


def _find_modules(unpacked: Path) -> Iterable[Path]:
    """The modules of the list; those the kernel has built in are not there."""
    for path in unpacked.rglob("*.ko*"):
        if path.name.partition(".")[0].replace("-", "_") in MODULES:
            yield path


def _open_module(path: Path) -> "lzma.LZMAFile | io.BufferedReader":
    return lzma.open(path) if path.suffix == ".xz" else path.open("rb")


def _copy(source: Path, target: Path, *, mode: int) -> None:
    shutil.copyfile(source, target)
    target.chmod(mode)
