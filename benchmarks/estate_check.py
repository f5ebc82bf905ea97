"""How long `inv estate.check` takes from process start, for Taichung and for ten times its lists."""

import sys
import tempfile
import time
from pathlib import Path

from commands.checkout import ROOT
from groundwork.shell.command import LocalCommands

TIMES = 10
RUNS = 3
LIMIT_SECONDS = 0.25  # on a machine that does nothing else
LIMIT_OF_TEN_SECONDS = 0.5
PEER = "PyYAML's safe_load and csv's DictReader over the same files, from process start, checking nothing"

_READ_PLAINLY = """
import csv, pathlib, sys, yaml
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if path.suffix == ".yaml":
        yaml.safe_load(path.read_text(encoding="utf-8"))
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as stream:
            list(csv.DictReader(stream))
"""


def main() -> int:
    """Print both figures, each as a ratio to its limit and to the peer; 1 if a limit is exceeded."""
    slow = False
    with tempfile.TemporaryDirectory() as folder:
        ten = write_ten_times(ROOT / "inventory" / "taichung", Path(folder) / "inventory")
        for name, inventory, limit in (
            ("Taichung", ROOT / "inventory", LIMIT_SECONDS),
            (f"{TIMES} times the machines and hotspots", ten, LIMIT_OF_TEN_SECONDS),
        ):
            settings = Path(folder) / "settings.yaml"
            settings.write_text(f"city: taichung\ninventory: {inventory}\nstate: {folder}\n", encoding="utf-8")
            ours = best(str(ROOT / "inv"), "estate.check", "--settings", str(settings))
            peer = best(sys.executable, "-c", _READ_PLAINLY, str(inventory / "taichung"))
            said = f"{ours / limit:.2f} of its limit ({limit:g} s), {ours / peer:.2f} of its peer ({peer:.2f} s)"
            print(f"{name}: {ours:.2f} s, {said}")
            slow = slow or ours > limit
    print(f"(best of {RUNS}; the peer: {PEER})")
    return int(slow)


def best(*argv: str) -> float:
    """Seconds of the fastest of some runs, all of which must end with 0."""
    seconds = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        LocalCommands().run(argv, timeout_seconds=120)
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def write_ten_times(city: Path, inventory: Path) -> Path:
    """The city with ten times its machines and hotspots, still whole: networks and quotas grow with them."""
    folder = inventory / city.name
    folder.mkdir(parents=True)
    for path in city.iterdir():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            text = _more_rows(text)
        elif path.name == "networks.yaml":
            text = _more_networks(text)
        elif path.name == "agencies.yaml":
            text = text.replace("machines: ", "machines: 9").replace("vcpus: ", "vcpus: 9")
            text = text.replace("memory_gib: ", "memory_gib: 9").replace("disk_gib: ", "disk_gib: 9")
        (folder / path.name).write_text(text, encoding="utf-8")
    return inventory


def _more_rows(text: str) -> str:
    head, *rows = text.splitlines()
    columns = head.split(",")
    more = [head, *rows]
    for copy in range(1, TIMES):
        for row in rows:
            cells = dict(zip(columns, row.split(","), strict=True))
            cells["name"] += f"-x{copy}"
            if cells.get("database"):
                cells["database"] += f"-x{copy}"
            if "network" in cells:
                cells["network"] += f"-x{copy}"
                first, second, third, fourth = cells["address"].split(".")
                cells["address"] = f"{first}.{second}.{int(third) + copy}.{fourth}"
            more.append(",".join(cells.values()))
    return "\n".join(more) + "\n"


def _more_networks(text: str) -> str:
    more = []
    for line in text.splitlines():
        more.append(line)
        if "gateway:" in line and "-management:" not in line:
            name, _, form = line.partition(":")
            third = int(form.partition("cidr: ")[2].split(".")[2])
            for copy in range(1, TIMES):
                grown = form.replace(f".{third}.0/24", f".{third + copy}.0/24")
                grown = grown.replace(f".{third}.1,", f".{third + copy}.1,")
                vlan = int(form.partition("vlan: ")[2].partition(",")[0])
                grown = grown.replace(f"vlan: {vlan}", f"vlan: {vlan + 1000 + copy}")
                more.append(f"{name}-x{copy}:{grown}")
    return "\n".join(more) + "\n"


if __name__ == "__main__":
    sys.exit(main())
