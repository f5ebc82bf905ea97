"""The Playbooks of a real city: Ansible, through ansible-runner, in a child process that cannot outlive us."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from groundwork.change.step import Json
from groundwork.drivers.playbook.protocol import HostChange, PlayReport, Strategy, unknown_host
from groundwork.errors import OutsideError
from groundwork.run.redaction import Redactor
from groundwork.shell.command import CommandRunner, Running

_NOTHING_TO_HIDE = Redactor(tuple)
_SHOWN = 600  # characters of its last words that a message carries
_GRACE_SECONDS = 30.0  # for the child to clear away after its last word


class LivePlaybooks:
    """Runs the plays of one folder on the hosts of one inventory.

    `inventory` is an inventory source as Ansible reads it from a file (of the plugin `estate`, or of `yaml`); it may
    hold secrets, which lie in memory only while a play runs, and which `redactor` takes out of every report. Each play
    of the folder says ``check_mode: "{{ checked_again | default(ansible_check_mode) }}"``, for the check after it.
    """

    def __init__(
        self,
        *,
        folder: Path,
        inventory: Mapping[str, Json],
        commands: CommandRunner,
        redactor: Redactor = _NOTHING_TO_HIDE,
        strategy: Strategy = "mitogen",
        timeout_seconds: float = 1800.0,
    ) -> None:
        self._folder = folder
        self._inventory = dict(inventory)
        self._commands = commands
        self._redactor = redactor
        self._strategy = strategy
        self._timeout_seconds = timeout_seconds

    def check(self, playbook: str, *, hosts: tuple[str, ...]) -> tuple[PlayReport, ...]:
        """Check mode with diff: what would change, one report for each host."""
        return self._play(playbook, hosts, check=True)

    def apply(self, playbook: str, *, hosts: tuple[str, ...]) -> tuple[PlayReport, ...]:
        """Make the hosts what they should be, then check them again: one report for each host."""
        return self._play(playbook, hosts, check=False)

    def _play(self, playbook: str, hosts: tuple[str, ...], *, check: bool) -> tuple[PlayReport, ...]:
        request = {
            "folder": str(self._folder),
            "playbook": playbook,
            "hosts": list(hosts),
            "check": check,
            "strategy": self._strategy,
            "inventory": self._inventory,
            "timeout_seconds": self._timeout_seconds,
        }
        with self._commands.start([sys.executable, "-P", "-m", "groundwork.drivers.playbook.play"]) as program:
            try:
                program.stdin.write(json.dumps(request).encode() + b"\n")
                program.stdin.flush()
                messages = list(self._messages(program))
            finally:  # whatever happens here, the child clears away before it is ended
                ended = program.wait(timeout_seconds=_GRACE_SECONDS)
        if not messages or messages[-1]["message"] != "end":
            said = self._redactor.text(ended.stderr).strip()[-_SHOWN:]
            raise OutsideError(
                f"the play {playbook} broke off: {said or 'without a word'}",
                hint="run it again; what was already done is not done twice",
            )
        return _reports(playbook, hosts, messages)

    def _messages(self, program: Running) -> Iterator[dict[str, Any]]:
        for line in program.stdout:
            yield cast("dict[str, Any]", self._redactor.json(json.loads(line)))


def _reports(playbook: str, hosts: tuple[str, ...], messages: list[dict[str, Any]]) -> tuple[PlayReport, ...]:
    end = messages[-1]
    seen = {host for message in messages if message["message"] == "seen" for host in message["hosts"]}
    failed = any(message["message"] in {"failed", "unreachable"} for message in messages)
    if end["status"] != "successful" and not failed:
        raise OutsideError(
            f"the play {playbook} ended as {end['status']}: {end['words'] or 'without a word'}",
            hint="look at playbooks/ and at the estate's hosts, then run it again",
        )
    return tuple(
        _report(host, [message for message in messages if message.get("host") == host])
        if host in seen
        else unknown_host(playbook, host)
        for host in hosts
    )


def _report(host: str, messages: list[dict[str, Any]]) -> PlayReport:
    failed = [message for message in messages if message["message"] in {"failed", "unreachable"}]
    return PlayReport(
        host=host,
        changes=_changes(message for message in messages if not message["again"]),
        remaining=_changes(message for message in messages if message["again"]),
        failure=_failure(failed[0]) if failed else None,
        unreachable=any(message["message"] == "unreachable" for message in failed),
    )


def _changes(messages: Iterable[dict[str, Any]]) -> tuple[HostChange, ...]:
    changed = (message for message in messages if message["message"] == "changed")
    changes = (HostChange(host=one["host"], role=one["role"], task=one["task"], diff=one["diff"]) for one in changed)
    return tuple(dict.fromkeys(changes))  # a hidden loop says the same once for each item


def _failure(message: dict[str, Any]) -> str:
    task = ": ".join(text for text in (message["role"], message["task"]) if text)
    return f"{task}: {message['why']}"
