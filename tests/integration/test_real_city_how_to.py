"""The how-to of a real city, held against the program: every command it shows parses, every name in it is one."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from commands.checkout import ROOT
from groundwork.shell.command import LocalCommands
from tests.builders.own_process import own_environment
from tests.builders.warm_python import warm_argv

PAGE = ROOT / "docs" / "how-to" / "real-city.md"
TEXT = PAGE.read_text(encoding="utf-8")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"(?:\./|/opt/cityops/)inv ([^`\n]+)")
NAMED = re.compile(r"`([a-z]+\.[a-z-]+)`")
OPTION = re.compile(r"`(--[a-z-]+)`")
FIELD = re.compile(r"`(\w+\.)?([a-z]+_[a-z_]+|signers|workers|loss)(?:: \w+)?`")
LINK = re.compile(r"\]\(([^)#]+)\)|/opt/cityops/(docs/[\w./@-]+)|`((?:monitoring|playbooks)/[\w./-]*)`")

PARSE = """
import contextlib, io, json, sys
from invoke import Exit
from commands.program import CityProgram
from groundwork.errors import OpsError
import tasks
contexts = tasks.namespace.to_contexts()
wrong = {}
for line, argv in json.loads(sys.argv[1]).items():
    program = CityProgram(name="cityops", binary="inv")
    program.create_config()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            program.parse_core(["inv", *argv])
            program.parse_collection()
            program.parse_tasks()
            if len(program.tasks) != 1 or any(context.missing_positional_args for context in program.tasks):
                wrong[line] = "no whole command"
    except Exit:
        pass
    except OpsError as error:
        wrong[line] = error.message
print(json.dumps({"wrong": wrong, "commands": {one.name: sorted(one.flags) for one in contexts}}))
"""


def program_s_answer(lines: list[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Of the lines those that the program refuses, and why; and every command with its options."""
    argv = [sys.executable, "-P", "-c", PARSE, json.dumps({line: shlex.split(line) for line in lines})]
    answer = json.loads(LocalCommands().run(argv, timeout_seconds=60).stdout)
    return answer["wrong"], answer["commands"]


SHOWN_LINES = list(dict.fromkeys(SHOWN.findall(TEXT)))
WRONG, COMMANDS = program_s_answer(SHOWN_LINES)


def test_the_program_takes_every_command_that_the_page_shows() -> None:
    assert len(SHOWN_LINES) >= 15
    assert WRONG == {}


@pytest.mark.parametrize(
    "line",
    [
        "estate.look x",
        "hosts.plan --onyl repository",
        "backup.restore --site b",
        "backup.prepare --live",
        "hosts.plan x",
    ],
)
def test_a_line_that_nobody_can_type_is_found(line: str) -> None:
    wrong, _ = program_s_answer([line])
    assert list(wrong) == [line]


def test_every_command_and_option_named_alone_is_one() -> None:
    files = {path.name for path in ROOT.rglob("inventory/*/*")} | {"settings.yaml"}
    settings = {"signing.signers"}  # what the settings' own test reads
    assert [name for name in NAMED.findall(TEXT) if name not in {*COMMANDS, *files, *settings}] == []
    options = {flag for flags in COMMANDS.values() for flag in flags}
    assert [option for option in OPTION.findall(TEXT) if option not in options] == []


def test_every_field_named_is_one_of_the_settings_the_estate_or_the_rules() -> None:
    sources = [
        PAGE.parent / "settings.md",
        *ROOT.glob("inventory/schema/*.json"),
        *ROOT.glob("monitoring/rules/*.yaml"),
    ]
    known = set(re.findall(r"\w+", "\n".join(path.read_text(encoding="utf-8") for path in sources)))
    named = [name for _, name in FIELD.findall(TEXT)]
    assert len(named) >= 5
    assert [name for name in named if name not in known] == []


def test_every_file_that_the_page_leads_to_is_in_the_tree() -> None:
    targets = [(PAGE.parent / link, ROOT / own, ROOT / named) for link, own, named in LINK.findall(TEXT)]
    meant = [next(path for path in paths if path not in (PAGE.parent, ROOT)) for paths in targets]
    assert len(meant) >= 5
    assert [str(path) for path in meant if not path.exists()] == []


def typed(folder: Path, *arguments: str) -> str:
    """What a command of the page prints, typed in that folder."""
    argv = ["env", "-C", str(folder), *warm_argv("-m", "commands", *arguments)]
    return LocalCommands().run(argv, timeout_seconds=60, environment=own_environment()).stdout


def test_what_needs_no_live_system_is_typed_as_it_stands(tmp_path: Path) -> None:
    """The page's folders lie below a temporary one; the prober's line is put into the city that they make."""
    here = TEXT.replace("/srv/cityops", f"{tmp_path}/srv").replace("/var/lib/cityops", f"{tmp_path}/lib")
    (settings,) = [body for language, body in FENCED.findall(here) if language == "yaml"]
    (tmp_path / "settings.yaml").write_text(settings, encoding="utf-8")
    lines = SHOWN.findall(here)
    (new,) = [line for line in lines if line.startswith("estate.new ")]
    (check,) = [line for line in lines if line.startswith("estate.check ")]
    typed(tmp_path, *shlex.split(new))
    assert "the estate of mycity (mycity) is whole: sites 2" in typed(tmp_path, *shlex.split(check))
    (prober,) = [body for _, body in FENCED.findall(here) if body.startswith("prober-")]
    hosts = tmp_path / "srv" / "inventory" / "mycity" / "hosts.yaml"
    ours = prober.replace("site: north", "site: backup").replace("north-management", "backup-management")
    hosts.write_text(f"{hosts.read_text(encoding='utf-8')}  {ours.replace('10.3.', '10.60.')}", encoding="utf-8")
    assert "hosts 3" in typed(tmp_path, *shlex.split(check))
    assert typed(tmp_path, "--version").startswith("cityops ")
