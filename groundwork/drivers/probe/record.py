"""The record of a prober's listener, read line by line; what is no line of its is passed over."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from groundwork.drivers.probe.protocol import Beat, Heard, Sighting


def read_sighting(said: Mapping[str, Any], *, at: datetime | None = None) -> Sighting:
    """A sighting as the program on the host says it. Raises LookupError or TypeError for what is none.

    A program that `inv hosts.apply` has not replaced since calls the probe `look`.
    """
    probe = said["probe"] if "probe" in said else said["look"]
    return Sighting(mac=str(said["mac"]), probe=str(probe), words=str(said["words"]), at=at)


class RecordReader:
    """Gathers sightings and beats."""

    def __init__(self) -> None:
        self._sightings: list[Sighting] = []
        self._beats: list[Beat] = []

    def add(self, line: bytes) -> None:
        """Take one line of the record."""
        try:
            read = json.loads(line)
            at = datetime.fromtimestamp(float(read["at"]), tz=UTC)
            if "mac" in read:
                self._sightings.append(read_sighting(read, at=at))
            else:
                control = read["control"] is True and not read.get("trouble")
                self._beats.append(Beat(at=at, steady_seconds=float(read["steady"]), control=control))
        except (ValueError, LookupError, TypeError, OverflowError, RecursionError, OSError):
            return

    def heard(self, *, age_seconds: float) -> Heard:
        """What was gathered."""
        return Heard(sightings=tuple(self._sightings), beats=tuple(self._beats), age_seconds=age_seconds)
