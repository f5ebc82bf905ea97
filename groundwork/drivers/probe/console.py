"""The prober at its console: reads one JSON request a line, looks from the network it runs in, answers one JSON line.

Run as ``python -m groundwork.drivers.probe.console SSH_KEY_FILE`` inside the prober's place; ends with its input.
"""

import json
import sys
from typing import Any

from pydantic import TypeAdapter

from groundwork.drivers.probe.looks import look, reaches
from groundwork.drivers.probe.protocol import ProbeResult
from groundwork.model.service import Probe

_PROBE = TypeAdapter(Probe)
_RESULT = TypeAdapter(ProbeResult)


def answer(request: dict[str, Any], ssh_key_file: str) -> Any:  # noqa: ANN401 - a JSON value on its way out
    """The answer to one request: ``{"look": Probe, "address": …}`` or ``{"reach": address, "port": …}``."""
    if "reach" in request:
        return reaches(request["reach"], request["port"])
    probe = _PROBE.validate_python(request["look"])
    return _RESULT.dump_python(look(probe, address=request["address"], ssh_key_file=ssh_key_file), mode="json")


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line), sys.argv[1])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
