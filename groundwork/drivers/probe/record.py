"""The record of a prober's listener, read line by line; what is no line of its is passed over."""

import json
from datetime import UTC, datetime

from groundwork.drivers.probe.protocol import Beat, Heard, Sighting


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
                sighting = Sighting(mac=str(read["mac"]), look=str(read["look"]), words=str(read["words"]), at=at)
                self._sightings.append(sighting)
            else:
                control = read["control"] is True and not read.get("trouble")
                self._beats.append(Beat(at=at, steady_seconds=float(read["steady"]), control=control))
        except (ValueError, LookupError, TypeError, OverflowError, RecursionError, OSError):
            return

    def heard(self, *, age_seconds: float) -> Heard:
        """What was gathered."""
        return Heard(sightings=tuple(self._sightings), beats=tuple(self._beats), age_seconds=age_seconds)
