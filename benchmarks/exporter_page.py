"""How long a scrape of Taichung's page takes with 100,000 runs recorded, as a ratio to its limit."""

import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from commands.checkout import ROOT
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.many_runs import lay_down_many_runs

RUNS = 100_000
SCRAPES = 40
LIMIT_SECONDS = 0.05  # of the median scrape, on a machine that does nothing else
LISTEN = "127.0.0.1:9469"
CLOCK = SystemClock()


def main() -> int:
    """Print both figures, each as a ratio to the limit; 1 if it is exceeded once the first reading has ended."""
    with tempfile.TemporaryDirectory() as folder:
        lay_down_many_runs(Path(folder), RUNS)
        with exporter(Path(folder)):
            begun = CLOCK.monotonic()
            early = scrapes()
            while _own("age_seconds", page()).count("NaN"):
                CLOCK.sleep(0.5)
            first = CLOCK.monotonic() - begun
            late = scrapes()
            again = max(float(seconds) for seconds in _own("duration_seconds", page()))
    for name, seconds in (("while the first reading is at work", early), ("afterwards", late)):
        middle = statistics.median(seconds)
        said = f"{middle * 1000:.1f} ms, {middle / LIMIT_SECONDS:.2f} of its limit, worst {max(seconds) * 1000:.1f} ms"
        print(f"a scrape {name}: {said}")
    print(f"(the first reading of {RUNS:,} runs took about {first:.0f} s, the slowest one after it {again:.2f} s)")
    return int(statistics.median(late) > LIMIT_SECONDS)


@contextmanager
def exporter(state: Path) -> Iterator[None]:
    """`inv exporters.serve` on that ledger, its collectors reading every two seconds."""
    settings = state / "settings.yaml"
    settings.write_text(f"city: taichung\ninventory: {ROOT / 'inventory'}\nstate: .\n", encoding="utf-8")
    argv = [sys.executable, "-m", "commands", "exporters.serve", "--settings", str(settings), "--listen", LISTEN]
    with LocalCommands().start([*argv, "--interval", "2"], environment={"PYTHONPATH": str(ROOT)}) as running:
        deadline = CLOCK.monotonic() + 30
        while not _answers():
            if CLOCK.monotonic() > deadline:
                raise SystemExit("the exporter did not begin to answer within 30 s")
            CLOCK.sleep(0.05)
        yield
        running.kill()


def scrapes() -> list[float]:
    """Seconds of scrapes over HTTP, packed, a tenth of a second apart."""
    seconds = []
    for _ in range(SCRAPES):
        begun = time.perf_counter()
        _fetch(packed=True)
        seconds.append(time.perf_counter() - begun)
        CLOCK.sleep(0.1)
    return seconds


def page() -> str:
    """The page now."""
    return _fetch(packed=False).decode()


def _answers() -> bool:
    try:
        return bool(_fetch(packed=False))
    except urllib.error.URLError:
        return False


def _fetch(*, packed: bool) -> bytes:
    headers = {"Accept-Encoding": "gzip"} if packed else {}
    asked = urllib.request.Request(f"http://{LISTEN}/metrics", headers=headers)
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own
        return bytes(answer.read())


def _own(family: str, text: str) -> list[str]:
    lines = (line for line in text.splitlines() if line.startswith(f"cityops_collector_{family}{{"))
    return [line.rpartition(" ")[2] for line in lines]


if __name__ == "__main__":
    sys.exit(main())
