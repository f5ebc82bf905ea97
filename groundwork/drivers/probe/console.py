"""The prober at its console: reads one JSON request a line, looks from the network it runs in, answers one JSON line.

Run as ``python -m groundwork.drivers.probe.console SSH_USER SSH_KEY_FILE CA_FILE`` inside the prober's place; ends with
its input.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from groundwork.drivers.probe.direct import DirectReach
from groundwork.drivers.probe.looks import Looks, reaches
from groundwork.drivers.probe.protocol import ProbeResult
from groundwork.model.service import DataAge, Probe, SshLogin
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands

_ASKED: TypeAdapter[Probe | DataAge] = TypeAdapter(Probe | DataAge)
_LOGIN = TypeAdapter(SshLogin)
_RESULT = TypeAdapter(ProbeResult)


def answer(request: dict[str, Any], looks: Looks) -> Any:  # noqa: ANN401 - a JSON value on its way out
    """The answer to one request: ``{"look": …, "address": …, "login": …}`` or ``{"reach": address, "port": …}``."""
    if "reach" in request:
        return reaches(request["reach"], request["port"])
    asked, login = _ASKED.validate_python(request["look"]), _LOGIN.validate_python(request["login"])
    return _RESULT.dump_python(looks.look(asked, address=request["address"], login=login), mode="json")


def main() -> None:
    """Answer until the input ends."""
    user, key_file, ca_file = sys.argv[1:]
    reach = DirectReach(commands=LocalCommands(), user=user, key_file=Path(key_file))
    looks = Looks(reach, clock=SystemClock(), ca_file=Path(ca_file) if ca_file else None)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line), looks)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
