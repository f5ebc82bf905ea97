"""The child process that runs one play: a request on standard input, messages on standard output, nothing left behind.

Its parent keeps standard input open for as long as it wants the play; when that ends (the parent is done or dead), this
process ends every descendant, Ansible's workers and SSH's masters included, removes its private folder, and ends.
"""

import json
import os
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import ansible_mitogen
import ansible_runner

from groundwork.drivers.playbook.events import read_event, starts_play
from groundwork.drivers.playbook.private_folder import private_folder
from groundwork.shell.clock import SystemClock
from groundwork.shell.descendants import adopt_descendants, end_descendants

_LEFT_EXIT_CODE = 3  # the parent went away
_WORDS = 5  # of Ansible's last error lines
_FORKS = 50  # hosts at once
_AGAIN = "cityops checks again"
_STRATEGIES = {
    "linear": {"ANSIBLE_STRATEGY": "ansible.builtin.linear"},
    "mitogen": {
        "ANSIBLE_STRATEGY": "mitogen_linear",
        "ANSIBLE_STRATEGY_PLUGINS": str(Path(ansible_mitogen.__file__).parent / "plugins" / "strategy"),
    },
}


def main() -> None:
    """Read the request, run the play, report what happened, leave nothing behind."""
    request = json.loads(sys.stdin.readline())
    messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is not a message
    adopt_descendants()
    with ExitStack() as stack:
        folder = stack.enter_context(private_folder(SystemClock()))
        stack.callback(end_descendants)
        _end_with_parent(stack)
        _send(messages, _run(request, folder, messages))


def _end_with_parent(stack: ExitStack) -> None:
    def watch() -> None:
        while os.read(0, 1):  # a thread that waits in sys.stdin instead holds up the end of this process by a second
            pass
        stack.close()
        os._exit(_LEFT_EXIT_CODE)

    threading.Thread(target=watch, daemon=True).start()


def _run(request: dict[str, Any], folder: Path, messages: TextIO) -> dict[str, Any]:
    inventory = folder / "estate.yaml"
    inventory.touch(mode=0o600)
    inventory.write_text(json.dumps(request["inventory"]), encoding="utf-8")
    playbook = Path(request["folder"]) / request["playbook"]
    plays = folder / "plays.yaml"
    plays.write_text(json.dumps(_once(playbook) if request["check"] else _and_again(playbook)), encoding="utf-8")
    again = False

    def handle(event: dict[str, Any]) -> bool:
        nonlocal again
        again = again or starts_play(event, _AGAIN)
        if message := read_event(event):
            _send(messages, {**message, "again": again})
        return False  # no file of it

    done = ansible_runner.run(
        private_data_dir=str(folder),
        project_dir=request["folder"],
        playbook=str(plays),
        inventory=str(inventory),
        limit=",".join(request["hosts"]),
        forks=min(len(request["hosts"]), _FORKS),
        cmdline="--check --diff" if request["check"] else "--diff",
        envvars={**_environment(request["folder"], folder), **_STRATEGIES[request["strategy"]]},
        event_handler=handle,
        settings={"job_timeout": request["timeout_seconds"], "suppress_env_files": True},
        quiet=True,
    )
    return {"message": "end", "status": done.status, "words": _last_words(done)}


def _once(playbook: Path) -> list[dict[str, Any]]:
    return [{"ansible.builtin.import_playbook": str(playbook)}]


def _and_again(playbook: Path) -> list[dict[str, Any]]:
    """The plays, then the same in check mode, by one Ansible over the same connections; an empty play between them."""
    check = {"ansible.builtin.import_playbook": str(playbook), "vars": {"checked_again": True}}
    return [*_once(playbook), {"name": _AGAIN, "hosts": "all", "gather_facts": False, "tasks": []}, check]


def _environment(playbooks: str, folder: Path) -> dict[str, str]:
    checkout = Path(__file__).resolve().parents[3]
    search = os.environ.get("PATH", os.defpath)  # noqa: TID251 - Ansible is started beside this Python, with what we have
    return {
        "PATH": f"{Path(sys.executable).parent}:{search}",
        "PYTHONPATH": str(checkout),
        "ANSIBLE_CONFIG": str(Path(playbooks) / "ansible.cfg"),
        "ANSIBLE_HOST_KEY_CHECKING": "True",  # ansible-runner turns it off unless told otherwise
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
        "TMPDIR": str(folder),  # Mitogen's socket lies there, too
    }


def _last_words(done: ansible_runner.Runner) -> str:
    lines = [line.strip() for line in done.stdout]
    return " / ".join([line for line in lines if line.startswith("[ERROR]")][-_WORDS:])


def _send(messages: TextIO, message: dict[str, Any]) -> None:
    messages.write(json.dumps(message) + "\n")
    messages.flush()


if __name__ == "__main__":
    main()
