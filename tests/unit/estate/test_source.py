"""What may not be a file of the estate, whatever it is called."""

import os
import time
from pathlib import Path

import pytest

from groundwork.errors import ConfigurationError
from groundwork.estate.load import list_cities, load_estate
from tests.builders.estate_files import CITY, FILES, fault_lines, write_city


@pytest.fixture(name="inventory")
def small_city(tmp_path: Path) -> Path:
    return write_city(tmp_path)


def test_the_small_city_is_whole(inventory: Path) -> None:
    estate = load_estate(inventory, CITY)
    assert (len(estate.machines), len(estate.templates), len(estate.hotspots)) == (5, 2, 2)


def test_a_file_that_is_not_utf_8_is_reported_with_its_line(inventory: Path) -> None:
    (inventory / CITY / "hosts.yaml").write_bytes("# first\n# 機房\n".encode("big5"))
    assert fault_lines(inventory) == [
        "hosts.yaml:2: byte 0xbe is not UTF-8; save the file as UTF-8 (it may be Big5, CP950 or UTF-16)",
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_read(inventory: Path) -> None:
    rows = FILES["hotspots.csv"].replace("\n", "\r\n")
    (inventory / CITY / "hotspots.csv").write_bytes(b"\xef\xbb\xbf" + rows.encode())
    assert fault_lines(inventory) == []


def test_a_character_that_nobody_sees_is_reported(inventory: Path) -> None:
    (inventory / CITY / "city.yaml").write_text("title_zh: 玩具市\ntitle_en: Toy\u202etown\n", encoding="utf-8")
    assert fault_lines(inventory) == ["city.yaml:2: an invisible character (U+202E, RIGHT-TO-LEFT OVERRIDE); remove it"]


def test_an_empty_file_is_reported(inventory: Path) -> None:
    (inventory / CITY / "machines.csv").write_bytes(b"")
    assert fault_lines(inventory)[-1] == (
        "machines.csv: is empty; write what it should hold, or remove the file if the city has none of it"
    )


def test_a_file_of_comments_only_is_reported(inventory: Path) -> None:
    (inventory / CITY / "hosts.yaml").write_text("# nothing yet\n", encoding="utf-8")
    assert fault_lines(inventory) == [
        "hosts.yaml:1: does not hold keys and values; write hosts that Ansible configures"
    ]


def test_a_needed_file_that_is_missing_is_reported_once_and_blames_nobody_else(inventory: Path) -> None:
    (inventory / CITY / "agencies.yaml").unlink()
    assert fault_lines(inventory) == ["agencies.yaml: is missing; write it: agencies with quotas and contacts"]


@pytest.mark.parametrize("file", ["drills.yaml", "sslvpn.yaml", "dhcp.yaml", "hotspots.csv"])
def test_a_file_that_a_city_does_not_need_may_be_missing(tmp_path: Path, file: str) -> None:
    files = {name: text for name, text in FILES.items() if name != file}
    if file == "sslvpn.yaml":
        files["firewall.yaml"] = files["firewall.yaml"].replace("sources: [staff]", "sources: [any]")
    assert fault_lines(write_city(tmp_path, files)) == []


def test_a_symbolic_link_a_directory_and_a_pipe_are_reported_and_nothing_waits_for_them(inventory: Path) -> None:
    folder = inventory / CITY
    (folder / "wifi.yaml").unlink()
    (folder / "wifi.yaml").symlink_to("nowhere.yaml")
    (folder / "drills.yaml").unlink()
    (folder / "drills.yaml").mkdir()
    (folder / "dhcp.yaml").unlink()
    os.mkfifo(folder / "dhcp.yaml")
    assert fault_lines(inventory) == [
        "dhcp.yaml: is not a regular file; put a regular file of this name here",
        "drills.yaml: is a directory; put a file of this name here",
        "wifi.yaml: is a symbolic link; put the file itself here, so that a review shows what is read",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_reported(inventory: Path) -> None:
    (inventory / CITY / "wifi.yaml").chmod(0)
    assert fault_lines(inventory) == ["wifi.yaml: cannot be read (Permission denied); let this user read it"]


@pytest.mark.parametrize(("file", "limit"), [("services.yaml", 2), ("machines.csv", 20)])
def test_a_hundred_megabytes_are_refused_at_once(inventory: Path, file: str, limit: int) -> None:
    with (inventory / CITY / file).open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    begun = time.monotonic()
    what = f"is 104,857,600 bytes large; at most {limit * 1024**2:,} are read; see whether it is the right file"
    assert f"{file}: {what}" in fault_lines(inventory)
    assert time.monotonic() - begun < 1


def test_a_file_that_is_not_of_the_estate_is_reported(inventory: Path) -> None:
    (inventory / CITY / "machine.csv").write_text("name\n", encoding="utf-8")
    (inventory / CITY / "README.md").write_text("# Toytown\n", encoding="utf-8")
    (inventory / CITY / ".editorconfig").write_text("", encoding="utf-8")
    assert fault_lines(inventory) == [
        'machine.csv: is not a file of the estate; did you mean "machines.csv"?; rename it or take it away',
    ]


@pytest.mark.parametrize("city", ["nowhere", "../toytown", "", "Toytown", "toytown/."])
def test_a_city_that_is_not_there_names_those_that_are(inventory: Path, city: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_estate(inventory, city)
    assert refused.value.message == f"{inventory} has no city named {city!r}"
    assert refused.value.hint == "name one of toytown"


def test_an_inventory_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_estate(tmp_path / "none", CITY)
    assert refused.value.hint == "name the folder that holds a folder for each city"
    assert list_cities(tmp_path / "none") == ()


def test_a_folder_that_cannot_be_looked_into_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        load_estate(tmp_path / ("x" * 300), CITY)


def test_the_digest_changes_with_any_byte_and_with_nothing_else(inventory: Path) -> None:
    before = load_estate(inventory, CITY).digest
    assert load_estate(inventory, CITY).digest == before
    with (inventory / CITY / "hosts.yaml").open("a", encoding="utf-8") as stream:
        stream.write("# a word\n")
    assert load_estate(inventory, CITY).digest != before


def test_a_character_spelled_as_two_is_reported_for_it_would_be_another_name(inventory: Path) -> None:
    (inventory / CITY / "city.yaml").write_text("title_zh: 玩\ntitle_en: Cafe\u0301\n", encoding="utf-8")
    assert fault_lines(inventory) == [
        "city.yaml:2: a character that looks like another one, from U+0065 on; write it as one character (Unicode NFC)"
    ]
    (inventory / CITY / "city.yaml").write_text("title_zh: 玩\ntitle_en: Caf\u00e9\n", encoding="utf-8")
    assert not [line for line in fault_lines(inventory) if line.startswith("city.yaml")]
