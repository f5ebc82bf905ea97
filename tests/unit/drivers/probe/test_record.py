"""What a prober's listener recorded is read line by line, in the words of an older program on the host too."""

import json

import pytest

from groundwork.drivers.probe.record import RecordReader

SEEN = {"at": 7.0, "mac": "02:00:00:00:00:01", "words": "10.3.0.1 is here"}


@pytest.mark.parametrize("name", ["probe", "look"])
def test_a_sighting_names_the_probe_that_it_answers(name: str) -> None:
    reader = RecordReader()
    reader.add(json.dumps({**SEEN, name: "arp"}).encode())
    (sighting,) = reader.heard(age_seconds=0).sightings
    assert (sighting.probe, sighting.mac, sighting.words) == ("arp", SEEN["mac"], SEEN["words"])


@pytest.mark.parametrize("line", [json.dumps(SEEN).encode(), b"[]", b'{"at": 7.0}', b"half a li"])
def test_what_is_no_line_of_a_record_is_passed_over(line: bytes) -> None:
    reader = RecordReader()
    reader.add(line)
    heard = reader.heard(age_seconds=0)
    assert (heard.sightings, heard.beats) == ((), ())
