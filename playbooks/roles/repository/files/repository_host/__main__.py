"""The program of a repository host: what it is asked for, and how it ends.

Exit codes: 0 all is well, 3 refused, 4 it is set up wrongly, 5 the sender or this host failed, 6 something is missing
or wrong, 8 the disk is full.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from repository_host import admit, fetch, proof, quarantine
from repository_host.layout import (
    FAILED_EXIT_CODE,
    FOUND_EXIT_CODE,
    FULL_EXIT_CODE,
    SETUP_EXIT_CODE,
    HostError,
    Layout,
    die_with_parent,
    lock,
    read_state,
)
from repository_host.metrics import write_metrics
from repository_host.sealed import ForeignError, find_key
from repository_host.sender import Sender

_DAY_SECONDS = 86400


def main() -> int:
    """Do what the command line says; no failure ends with a traceback."""
    arguments = _parser().parse_args()
    layout = Layout(arguments.etc, arguments.root, arguments.state, arguments.user)
    if arguments.leashed:
        _end_with_stdin()
    commands: dict[str, Callable[[argparse.Namespace, Layout], int]] = {
        "pull": _pull, "fetch": _fetch, "admit": _admit, "verify": _verify, "refusals": _refusals,
        "quarantine": _quarantine, "put-back": _put_back, "check": _check,
    }  # fmt: skip
    try:
        return commands[arguments.command](arguments, layout)
    except HostError as error:
        said, code = str(error), error.exit_code
    except (OSError, ValueError, ForeignError, subprocess.SubprocessError) as error:
        said, code = f"{type(error).__name__}: {error}", FAILED_EXIT_CODE
    print(f"repository-host: {said}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="repository-host", description=__doc__)
    parser.add_argument("--etc", type=Path, default=Path("/etc/cityops"))
    parser.add_argument("--root", type=Path, default=Path("/srv"), help="the repository's disk")
    parser.add_argument("--state", type=Path, default=Path("/var/lib/repository-host"))
    parser.add_argument("--user", default="repository")
    parser.add_argument("--wait", type=float, default=60.0, help="seconds to wait for another of us to end")
    parser.add_argument("--leashed", action="store_true", help="end at once when standard input ends")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("pull", help="fetch from the sender, then admit what is proven")
    commands.add_parser("fetch", help="the first half of a pull, without the city's key")
    commands.add_parser("admit", help="the second half, without a network")
    verify = commands.add_parser("verify", help="re-read what stands here and prove it")
    verify.add_argument("--share", default="1/1", help="i/n: a part of it; */n: the part whose turn it is today")
    commands.add_parser("refusals", help="what was refused of the sender's, and what is wrong here")
    for name in ("quarantine", "put-back"):
        move = commands.add_parser(name, help="files, as a JSON list of their paths on standard input")
        move.add_argument("--label", required=True, help="which quarantine: the run's id")
    commands.add_parser("check", help="is the repository here the one that belongs here?")
    return parser


def _pull(arguments: argparse.Namespace, layout: Layout) -> int:
    """Both halves, each a process of its own: the one that speaks to the sender never has the key."""
    _must_bear(layout)
    _must_be_one_disk(layout)
    holding = lock(layout.incoming, arguments.wait)
    began = time.monotonic()
    fetched, admitted = _half("fetch"), _half("admit")
    os.close(holding)
    report = {**fetched, **admitted, "seconds": round(time.monotonic() - began, 3)}
    report["held"] += fetched["left"]
    print(json.dumps(report, sort_keys=True))
    if fetched["full"]:
        raise HostError(f"this host's disk is full: {fetched['full']}", FULL_EXIT_CODE)
    return FOUND_EXIT_CODE if report["held"] else 0


def _half(command: str) -> dict[str, Any]:
    """One half of a pull in a process of its own. Raises HostError with its words and its exit code."""
    options = sys.argv[1 : sys.argv.index("pull")]
    argv = [sys.executable, "-s", sys.argv[0], *(one for one in options if one != "--leashed"), command]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, preexec_fn=die_with_parent)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().removeprefix("repository-host: ")
        raise HostError(said[-600:] or f"{command} ended with {done.returncode}", max(done.returncode, 1))
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _fetch(_arguments: argparse.Namespace, layout: Layout) -> int:
    settings = layout.sender()
    layout.become_user()
    print(json.dumps(fetch.fetch(Sender(settings), layout)))
    return 0


def _admit(_arguments: argparse.Namespace, layout: Layout) -> int:
    password = layout.password()
    layout.become_user()
    print(json.dumps(admit.Admission(layout, password).admit()))
    write_metrics(layout)
    return 0


def _verify(arguments: argparse.Namespace, layout: Layout) -> int:
    share, shares = _share(arguments.share)
    _must_bear(layout)
    password = layout.password()
    layout.become_user()
    report = proof.verify(layout, password, share=share, shares=shares)
    write_metrics(layout)
    print(json.dumps(report, sort_keys=True))
    return FOUND_EXIT_CODE if report["wrong"] or report["missing"] or report["incomplete"] else 0


def _share(text: str) -> tuple[int, int]:
    share, _, shares = text.partition("/")
    if not shares.isdigit() or not 1 <= int(shares) <= proof.BUCKETS:
        raise HostError(f"{text!r} is no share: say 2/7, or */7 for today's", SETUP_EXIT_CODE)
    turn = str(proof.share_of_the_day(int(shares), int(time.time()) // _DAY_SECONDS)) if share == "*" else share
    if not turn.isdigit() or not 1 <= int(turn) <= int(shares):
        raise HostError(f"{text!r} is no share: say 2/7, or */7 for today's", SETUP_EXIT_CODE)
    return int(turn), int(shares)


def _refusals(_arguments: argparse.Namespace, layout: Layout) -> int:
    sender = {path: f"{one['word']}: {one['why']}" for path, one in read_state(layout.state / "refused.json").items()}
    kept = read_state(layout.state / "proof.json")
    own = {"own": kept.get("wrong", {}), "incomplete": kept.get("incomplete", []), "oldest": proof.oldest_proof(kept)}
    print(json.dumps({"sender": sender, **own}))
    return 0


def _quarantine(arguments: argparse.Namespace, layout: Layout) -> int:
    password, paths = layout.password(), json.load(sys.stdin)
    layout.become_user()
    print(json.dumps({"kept": quarantine.take_out(layout, password, paths, label=arguments.label)}))
    return 0


def _put_back(arguments: argparse.Namespace, layout: Layout) -> int:
    paths = json.load(sys.stdin)
    layout.become_user()
    print(json.dumps({"kept": quarantine.put_back(layout, paths, label=arguments.label)}))
    return 0


def _check(_arguments: argparse.Namespace, layout: Layout) -> int:
    """What the servers ask before they serve: a disk that is not mounted, or another one, is not served."""
    pinned, config = layout.pinned(), layout.repository / "config"
    if pinned is None or not config.exists():
        if pinned is not None and (layout.filled.exists() or not layout.sender()):
            raise HostError(_away(layout), SETUP_EXIT_CODE)
        return 0
    try:
        identity = find_key(layout.repository / "keys", layout.password()).read(config).get("id")
    except ForeignError as error:
        raise HostError(f"the repository in {layout.repository} does not open: {error}", SETUP_EXIT_CODE) from error
    if identity != pinned:
        raise HostError(f"{layout.repository} holds the repository {identity}, not {pinned}", SETUP_EXIT_CODE)
    layout.note_filled()
    return 0


def _must_bear(layout: Layout) -> None:
    if layout.pinned() is None:
        raise HostError("no repository belongs to this host yet: `inv backup.prepare` says which", SETUP_EXIT_CODE)
    if layout.filled.exists() and not (layout.repository / "config").exists():
        raise HostError(_away(layout), SETUP_EXIT_CODE)


def _must_be_one_disk(layout: Layout) -> None:
    """A file is admitted by a rename, which no two filesystems share."""
    if len({folder.stat().st_dev for folder in (layout.repository, layout.incoming, layout.quarantine)}) != 1:
        raise HostError(
            f"repository, incoming and quarantine are not on one filesystem: mount the disk at {layout.root}",
            SETUP_EXIT_CODE,
        )


def _away(layout: Layout) -> str:
    return (
        f"the repository {layout.pinned()} belongs here and is not in {layout.repository}: is its disk mounted? "
        f"(for a new, empty disk a person removes {layout.filled} first)"
    )


def _end_with_stdin() -> None:
    """End this process, and with it its halves, when standard input ends: whoever asked for the work has gone."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
