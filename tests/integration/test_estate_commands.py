"""The estate's commands as they are typed, from a process of their own: what they print, and how they end."""

import json
import os
import sys
from pathlib import Path

import pytest

from commands.checkout import ROOT
from groundwork.shell.command import Completed, LocalCommands
from tests.builders.estate_files import FILES, write_city


def inv(*arguments: str, folder: Path = ROOT) -> Completed:
    """Type one command in a folder."""
    argv = ["env", "-C", str(folder), sys.executable, "-P", "-m", "commands", *arguments]
    return LocalCommands().run(argv, timeout_seconds=60, check=False)


@pytest.fixture(name="settings")
def settings_of_toytown(tmp_path: Path) -> str:
    inventory = write_city(tmp_path / "inventory")
    file = tmp_path / "settings.yaml"
    file.write_text(f"city: toytown\ninventory: {inventory}\nstate: state\n", encoding="utf-8")
    return str(file)


def test_a_whole_estate_is_said_to_be_whole() -> None:
    done = inv("estate.check")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "the estate of taichung (臺中市) is whole: sites 3, agencies 19, networks 18, machines 336, hosts 6, "
        "services 65, backup policies 12, drills 2, DHCP scopes 6, DHCPv6 scopes 2, DHCP classes 2, DHCP relays 3, "
        "DHCP pairs 1, VPN roles 3, vendor grants 2, firewall pairs 2, Wi-Fi profiles 4, hotspots 1195\n"
    )


def test_a_whole_estate_is_one_document_with_json() -> None:
    fault_lines = json.loads(inv("estate.check", "--city", "chiayi", "--json").stdout)
    assert (fault_lines["city"], fault_lines["faults"], fault_lines["counts"]["machines"]) == ("chiayi", [], 12)
    assert len(fault_lines["digest"]) == 64


def test_faults_are_the_answer_and_the_end_is_4(tmp_path: Path, settings: str) -> None:
    folder = tmp_path / "inventory" / "toytown"
    rows = FILES["machines.csv"].replace("alpha-services,10.1.10.13", "alpha-service,10.1.10.13")
    (folder / "machines.csv").write_text(rows, encoding="utf-8")
    (folder / "hosts.yaml").write_text("hosts:\n\tx: 1\n", encoding="utf-8")
    done = inv("estate.check", "--settings", settings, folder=tmp_path)
    assert done.exit_code == 4
    assert done.stdout == (
        "inventory/toytown/hosts.yaml:2: a tab; write spaces (or, in CSV, a comma) instead\n"
        'inventory/toytown/machines.csv:4: machine "files-01": unknown network "alpha-service"; '
        'did you mean "alpha-services"?; add it to networks.yaml or correct the name\n'
    )
    assert done.stderr == (
        "error: the estate of toytown has 2 faults\n  what to do: correct what each line names, then check again\n"
    )


def test_faults_are_one_document_with_json(tmp_path: Path, settings: str) -> None:
    (tmp_path / "inventory" / "toytown" / "city.yaml").write_text("title_zh: 玩\n", encoding="utf-8")
    done = inv("estate.check", "--settings", settings, "--json", folder=tmp_path)
    assert done.exit_code == 4
    fault_lines = json.loads(done.stdout)
    assert fault_lines["faults"][0] == {
        "file": "inventory/toytown/city.yaml",
        "line": 1,
        "what": 'city "toytown": "title_en" is missing',
        "do": "add it",
    }


def test_a_faulty_estate_is_reported_whole_by_the_other_commands_too(tmp_path: Path, settings: str) -> None:
    (tmp_path / "inventory" / "toytown" / "wifi.yaml").write_text("wifi_profiles: [\n", encoding="utf-8")
    done = inv("estate.show", "pass", "--settings", settings, folder=tmp_path)
    assert (done.exit_code, done.stdout) == (4, "")
    assert done.stderr == (
        "error: the estate of toytown has 1 fault:\n"
        "  inventory/toytown/wifi.yaml:2: not YAML: did not find expected node content; "
        "correct the line or the one above it (indentation, quotes, colons)\n"
        "  what to do: correct what each line names, then check with: inv estate.check --city toytown\n"
    )


def test_a_service_is_shown_to_a_person(settings: str) -> None:
    done = inv("estate.show", "files", "--settings", settings)
    assert (done.exit_code, done.stderr) == (0, "")
    assert [" ".join(line.split()) for line in done.stdout.splitlines()] == [
        "service files",
        "name files",
        "title zh 檔案",
        "title en Files",
        "agency office",
        "tier 3",
        "rto 2d",
        "rpo 1d",
        "mtpd 1w",
        "depends on pass",
        "ssh port 22",
        "probes none",
        "data age none",
        "machines files-01, files-02",
        "needed by none",
        "drills none",
    ]


def test_a_machine_is_one_document_with_json() -> None:
    fault_lines = json.loads(inv("estate.show", "payment-db-01", "--json").stdout)
    assert (fault_lines["sort"], fault_lines["name"], fault_lines["template"], fault_lines["read_by"]) == (
        "machine",
        "payment-db-01",
        "tmpl-lab-guest",
        ["payment-web-01"],
    )


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("estate.show", "nothing-of-this-name"), 1, "has nothing named 'nothing-of-this-name'"),
        (("estate.check", "--city", "atlantis"), 4, "has no city named 'atlantis'"),
        (("estate.check", "--settings", "no-such.yaml"), 4, "there is no settings file no-such.yaml"),
    ],
)
def test_what_cannot_be_answered_ends_with_its_code_and_no_traceback(
    arguments: tuple[str, ...], exit_code: int, said: str
) -> None:
    done = inv(*arguments)
    assert (done.exit_code, done.stdout) == (exit_code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_schemas_are_listed_and_written(tmp_path: Path) -> None:
    assert inv("estate.schema").stdout.splitlines()[0] == "city.schema.json  city.yaml"
    done = inv("estate.schema", "--out", str(tmp_path / "schema"))
    assert done.stdout == f"wrote 16 schemas into {tmp_path / 'schema'}\n"
    committed = sorted((ROOT / "inventory" / "schema").iterdir())
    written = sorted((tmp_path / "schema").iterdir())
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in committed]


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = inv("estate.schema", "--out", str(tmp_path / "file" / "schema"))
    assert done.exit_code == 5
    assert "cannot write into" in done.stderr


def test_a_new_city_is_made_checked_and_not_made_twice(tmp_path: Path) -> None:
    folder = tmp_path / "cities" / "hualien"
    made = inv("estate.new", str(folder), "--title-zh", "花蓮縣", "--title-en", "Hualien County")
    assert (made.exit_code, made.stderr) == (0, "")
    assert made.stdout == (
        f"wrote 17 files into {folder}; {folder}/README.md says how they go together\n"
        f"settings of that city say: city: hualien, inventory: {folder.parent}\n"
    )
    (tmp_path / "s.yaml").write_text(f"city: hualien\ninventory: {folder.parent}\nstate: x\n", encoding="utf-8")
    checked = inv("estate.check", "--settings", str(tmp_path / "s.yaml"))
    assert (checked.exit_code, checked.stdout[:45]) == (0, "the estate of hualien (花蓮縣) is whole: sites 2")
    again = inv("estate.new", str(folder))
    assert (again.exit_code, again.stdout) == (3, "")
    assert "is not empty" in again.stderr


def test_a_name_that_is_no_utf_8_leaves_the_json_document_readable(tmp_path: Path, settings: str) -> None:
    folder = tmp_path / "inventory" / "toytown"
    (folder / os.fsdecode(b"\xff\xfe.yaml")).write_text("", encoding="utf-8")
    (folder / "a\u001b[2J\u202e.yaml").write_text("", encoding="utf-8")
    done = inv("estate.check", "--settings", settings, "--json", folder=tmp_path)
    assert done.exit_code == 4
    files = [one["file"] for one in json.loads(done.stdout)["faults"]]
    assert files == ["inventory/toytown/\\udcff\\udcfe.yaml", "inventory/toytown/a\\u001b[2J\\u202e.yaml"]
    assert not {"\u001b", "\u202e"} & set(done.stdout)
