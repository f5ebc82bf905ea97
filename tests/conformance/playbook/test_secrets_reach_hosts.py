"""The roles' own tasks, run by Ansible on this machine: a secret of any characters reaches its file as it is."""

import sys
from pathlib import Path
from typing import Any

import bcrypt
import pytest
import yaml

from commands.checkout import ROOT
from groundwork.change.step import Json
from groundwork.drivers.playbook.inventory import Inventory
from groundwork.drivers.playbook.live import LivePlaybooks
from groundwork.settings.secret_location import BCRYPT, secret_at
from groundwork.shell.command import LocalCommands

HOSTILE = "{{ lookup('pipe', 'id') }} {% raw %} '\"\\:$(id)`#臺 !unsafe"
LONGEST = "{{x}}" + "臺" * 22 + "a"
CHECK = "{{ checked_again | default(ansible_check_mode) }}"
PLACES = {"repository": "repo-yangming", "ledger": "ledger-01"}


def play_of(role: str, folder: Path) -> dict[str, Any]:
    """The role's tasks through which secrets pass, with files of ours in place of the host's."""
    files = sorted((ROOT / "playbooks" / "roles" / role / "tasks").iterdir())
    tasks = [task for file in files for task in yaml.safe_load(file.read_text(encoding="utf-8"))]
    taken = []
    for task in tasks:
        kept = {name: value for name, value in task.items() if name in {"name", "loop", "no_log"}}
        for module in ("ansible.builtin.copy", "ansible.builtin.template"):
            if task.get("no_log") and "/etc/cityops/" in (reported := task.get(module, {})).get("dest", ""):
                dest = reported["dest"].replace("/etc/cityops/", f"{folder}/")
                what = {name: reported[name] for name in ("content", "src") if name in reported}
                taken.append({**kept, module: {**what, "dest": dest, "mode": "0600"}})
        looks = str(task.get("register", "")).endswith("__seen")  # what it reads of the host, the test has not
        if "stdin" in (reported := task.get("ansible.builtin.command", {})) and not looks:
            argv = ["tee", f"{folder}/{task['name'].split()[0]}"]
            taken.append({**kept, "ansible.builtin.command": {"argv": argv, "stdin": reported["stdin"]}})
    assert taken, "the role has no task that secrets pass through: see what became of it"
    rendered = yaml.safe_load((ROOT / "playbooks" / "roles" / role / "vars" / "main.yaml").read_text(encoding="utf-8"))
    own = {name: value for name, value in rendered.items() if "{{" in str(value)}
    return {
        "name": role,
        "hosts": PLACES[role],
        "gather_facts": False,
        "check_mode": CHECK,
        "vars": own,
        "tasks": taken,
    }


def variables_of(secret: str, folder: Path) -> dict[str, Json]:
    """What the wiring tells the roles, over their own defaults."""
    defaults: dict[str, Json] = {}
    for role in PLACES:
        for sort in ("defaults", "vars"):
            text = (ROOT / "playbooks" / "roles" / role / sort / "main.yaml").read_text(encoding="utf-8")
            defaults |= {name: value for name, value in yaml.safe_load(text).items() if "{{" not in str(value)}
    return {
        **defaults,
        "repository__writer": {"name": "backup", "password": secret},
        "repository__reader": {"name": "replica", "password": secret},
        "repository__sender": {"name": "replica", "password": secret},
        "repository__sender_url": "https://h/",
        "repository__key": secret,
        "ledger__password": secret,
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "ansible_remote_tmp": f"{folder}/remote",
    }


def run(secret: str, folder: Path) -> None:
    plays = folder / "plays"
    (plays / "templates").mkdir(parents=True)
    for role in PLACES:
        for template in (ROOT / "playbooks" / "roles" / role / "templates").iterdir():
            (plays / "templates" / template.name).write_bytes(template.read_bytes())
    (plays / "site.yaml").write_text(yaml.safe_dump([play_of(role, folder) for role in PLACES], allow_unicode=True))
    config = (ROOT / "playbooks" / "ansible.cfg").read_text(encoding="utf-8")
    (plays / "ansible.cfg").write_text(config.replace("= plugins/", f"= {ROOT}/playbooks/plugins/"))
    playbooks = LivePlaybooks(
        folder=plays,
        inventory=Inventory(hosts={host: {} for host in PLACES.values()}, groups={}).source(
            everywhere=variables_of(secret, folder)
        ),
        commands=LocalCommands(),
    )
    reports = playbooks.apply("site.yaml", hosts=tuple(PLACES.values()))
    assert [report.failure for report in reports] == [None, None]


@pytest.mark.parametrize("written", [HOSTILE, LONGEST], ids=["hostile", "longest"])
def test_a_secret_that_the_settings_take_passes_every_play_untouched(tmp_path: Path, written: str) -> None:
    (tmp_path / "secret").write_text(written + "\n", encoding="utf-8")
    secret = secret_at({"file": "secret"}, folder=tmp_path, where="the test's", form=BCRYPT).reveal()

    run(secret, tmp_path)

    def content(name: str) -> str:
        return (tmp_path / name).read_text(encoding="utf-8")

    assert content("repository.key") == f"{secret}\n"
    assert f"CITYOPS_SENDER_PASSWORD={secret}\n" in content("sender.env")
    for unit in ("repository", "repository-replica"):
        hashed = content(f"{unit}.htpasswd").rstrip("\n").partition(":")[2]
        assert bcrypt.checkpw(secret.encode(), hashed.encode())
    assert content("See") == "*:*:*:*:" + secret.replace("\\", "\\\\").replace(":", "\\:") + "\n"
    assert "PASSWORD '" + secret.replace("'", "''") + "';" in content("Have")
