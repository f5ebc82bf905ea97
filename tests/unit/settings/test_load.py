import pickle
from dataclasses import fields
from pathlib import Path

import pytest

from commands.checkout import ROOT
from commands.wiring.sections import SECTIONS
from groundwork.errors import ConfigurationError
from groundwork.settings.load import load_settings
from groundwork.settings.named import named_settings
from groundwork.settings.secret import Secret, known_secrets
from tests.builders.signing import KEY

WHOLE = """\
city: taichung
state: state
ledger: sqlite
ssh: {user: root, key_file: keys/id, known_hosts_file: keys/known_hosts}
vcenters:
  central: {username: cityops, password: {file: keys/vcenter}}
repositories:
  central: {url: "https://10.10.0.20:8000/", username: backup, password: {env: BACKUP}, key: {file: keys/repository}}
workers: {central: {network_namespace: lab-central}}
exporters: {listen: "10.99.0.2:9464"}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as found:
        load_settings(written(folder, text), SECTIONS)
    return [line.rpartition("settings.yaml:")[2] for line in found.value.message.splitlines()[1:]]


def test_settings_are_read_with_paths_told_from_their_file(tmp_path: Path) -> None:
    loaded = load_settings(written(tmp_path, WHOLE), SECTIONS)
    assert loaded.city == "taichung"
    assert loaded.inventory == ROOT / "inventory"
    assert loaded.state == tmp_path / "state"
    assert loaded.ssh is not None
    assert loaded.ssh.key_file == tmp_path / "keys" / "id"
    assert loaded.worker_sites == frozenset()


def test_a_secret_is_read_from_its_place_when_it_is_first_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load_settings(written(tmp_path, WHOLE), SECTIONS)
    with pytest.raises(ConfigurationError, match=r"vcenters\.central\.password: the file .* holds no secret"):
        loaded.vcenters["central"].password.reveal()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "vcenter").write_text("ge 'heim\n", encoding="utf-8")
    monkeypatch.setenv("BACKUP", "auch geheim")
    assert loaded.vcenters["central"].password.reveal() == "ge 'heim"
    assert loaded.repositories["central"].password.reveal() == "auch geheim"
    assert {"ge 'heim", "auch geheim"} <= set(known_secrets())


def test_a_secret_of_an_ansible_vault_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible.parsing.vault import VaultLib, VaultSecret  # noqa: PLC0415 - takes long

    vault = VaultLib([("default", VaultSecret(b"open sesame"))])
    (tmp_path / "vault.yml").write_bytes(vault.encrypt("vcenter: tief geheim\n"))
    (tmp_path / "vault-password").write_text("open sesame\n", encoding="utf-8")
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(tmp_path / "vault-password"))
    loaded = load_settings(
        written(tmp_path, WHOLE.replace("{file: keys/vcenter}", "{vault: vault.yml, name: vcenter}")), SECTIONS
    )
    assert loaded.vcenters["central"].password.reveal() == "tief geheim"


LEDGER = '{url: "postgresql://ops@h:5432/db?connect_timeout=5", password: {env: LEDGER}}'


def test_the_ledgers_password_is_kept_apart_from_its_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER", "p@ss/word")
    loaded = load_settings(written(tmp_path, WHOLE.replace("sqlite", LEDGER)), SECTIONS)
    assert loaded.ledger.url == "postgresql://ops@h:5432/db?connect_timeout=5"
    assert loaded.ledger.reveal_url() == "postgresql://ops:p%40ss%2Fword@h:5432/db?connect_timeout=5"
    assert "p@ss/word" in known_secrets()
    assert "p@ss" not in repr(loaded)
    assert loaded.worker_sites == frozenset({"central"})


def test_the_citys_authority_vouches_for_the_ledgers_server_unless_the_url_says_otherwise(tmp_path: Path) -> None:
    ca_file = Path("/srv/ca.pem")
    loaded = load_settings(written(tmp_path, WHOLE.replace("sqlite", "postgresql://ops@h/db")), SECTIONS).ledger
    assert loaded.reveal_url(ca_file=ca_file) == (
        "postgresql://ops@h/db?sslmode=verify-full&sslrootcert=%2Fsrv%2Fca.pem"
    )
    other = WHOLE.replace("sqlite", '"postgresql://ops@h/db?sslmode=require&sslrootcert=system"')
    assert load_settings(written(tmp_path, other), SECTIONS).ledger.reveal_url(ca_file=ca_file) == (
        "postgresql://ops@h/db?sslmode=require&sslrootcert=system"
    )


def test_every_fault_is_told_with_its_line_and_what_to_do(tmp_path: Path) -> None:
    wrong = """\
city: taichung
colour: red
vcenters:
  central: {username: cityops, password: hunter2}
  yangming: {password: {file: x}}
exporters:
  listen: 1
"""
    known = "city, inventory, state, ledger, ssh, ca_file, network_namespace, vcenters …"
    assert faults(tmp_path, wrong) == [
        "1: state: is missing; add it",
        f"2: colour: there is no such setting; known are {known}",
        "4: vcenters.central.password: " + NOT_IN_SETTINGS,
        "5: vcenters.yangming.username: is missing; add it",
        "7: exporters.listen: write text",
    ]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("exporter: {listen: x}", '3: exporter: there is no such setting; did you mean "exporters"?'),
        ("vcentres: {}", '3: vcentres: there is no such setting; did you mean "vcenters"?'),
        ("exporters: {lisen: x}", '3: exporters.lisen: there is no such setting; did you mean "listen"?'),
        ("ssh: {usr: root}", '3: ssh.usr: there is no such setting; did you mean "user"?'),
        (
            "vcenters:\n  alpha: {user_name: x}",
            '4: vcenters.alpha.user_name: there is no such setting; did you mean "username"?',
        ),
        ("file: x", "3: file: there is no such setting; remove it"),
        ("sections: {exporters: x}", "3: sections: there is no such setting; remove it"),
    ],
)
def test_a_setting_that_is_not_there_is_refused_with_what_was_meant(tmp_path: Path, wrong: str, told: str) -> None:
    assert told in faults(tmp_path, LINES + wrong + "\n")


@pytest.mark.parametrize("url", ["sqlite3", "mysql://h/db", "postgresql://[::1/db", "postgresql://h:port/db"])
def test_a_ledger_that_is_neither_sqlite_nor_postgresql_is_told(tmp_path: Path, url: str) -> None:
    assert faults(tmp_path, WHOLE.replace("sqlite", url)) == [
        "3: ledger.url: a ledger is `sqlite` or postgresql://USER@HOST:PORT/DATABASE"
    ]


def test_a_password_in_a_ledgers_url_with_a_key_of_its_own_is_refused_and_not_shown(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, WHOLE.replace("sqlite", '{url: "postgresql://ops:geheim@h/db"}'))
    assert fault.startswith("3: ledger.url: a secret must not stand in the settings")
    assert "geheim" not in fault


def test_settings_that_are_missing_are_told_with_where_they_were_named(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    with pytest.raises(ConfigurationError, match=f"^there is no settings file {path}$") as found:
        load_settings(path, SECTIONS)
    assert "--settings" in found.value.hint


def test_settings_are_named_by_an_option_or_else_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYOPS_SETTINGS", raising=False)
    assert named_settings() is None
    monkeypatch.setenv("CITYOPS_SETTINGS", "/etc/city.yaml")
    assert (named_settings(), named_settings("other.yaml")) == (Path("/etc/city.yaml"), Path("other.yaml"))
    monkeypatch.setenv("CITYOPS_SETTINGS", "")
    with pytest.raises(ConfigurationError, match="CITYOPS_SETTINGS is empty"):
        named_settings()


def test_the_example_in_the_documents_is_sound_and_shows_every_setting_of_a_real_city(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "settings.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    loaded = load_settings(written(tmp_path, example), SECTIONS)
    assert loaded.city == "taichung"
    unset = {field.name for field in fields(loaded) if getattr(loaded, field.name) in (None, {})}
    assert unset == {"network_namespace"}
    assert all(section.find(loaded) for section in SECTIONS)


def test_a_secret_never_prints() -> None:
    secret = Secret.of("geheim")
    assert f"{secret} {secret!r} {secret!s} {[secret]}" == "Secret(…) Secret(…) Secret(…) [Secret(…)]"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_signers_are_lines_of_public_keys_each_with_a_name_of_its_own(tmp_path: Path) -> None:
    line = KEY.public_line()
    signing = f"signing: {{key: {{file: keys/backup}}, signers: [{line}]}}\n"
    loaded = load_settings(written(tmp_path, WHOLE + signing), SECTIONS)
    assert loaded.signing is not None
    assert loaded.signing.signers == (line,)
    for wrong, why in (
        ("[]", "at least one signer"),
        ("[ssh-rsa AAAA me]", "a signer is a line"),
        (f"[{line}, {line}]", "two signers bear one name"),
    ):
        (fault,) = faults(tmp_path, WHOLE + f"signing: {{signers: {wrong}}}\n")
        assert why in fault


NOT_IN_SETTINGS = "a secret must not stand in the settings: write {file: …}, {env: …} or {vault: …, name: …}"
LINES = "city: taichung\nstate: state\n"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("1: x", "3: 1: there is no such setting"),
        ("2024-01-01: x", "3: 2024-01-01: there is no such setting"),
        ("yes: x", "3: yes: there is no such setting"),
        ("vcenters: {7: {}}", "3: vcenters.7.username: is missing"),
        ("inventory:", "3: inventory: write a path, as text"),
        ("ca_file: 5", "3: ca_file: write a path, as text"),
        ("inventory: ~nosuchuser/inv", "3: inventory: ~nosuchuser/inv: there is no user of that name"),
        ('ca_file: "a\\e[31m"', "3: ca_file: holds characters that do not show"),
        ('"st\\eate": x', "holds characters that do not show"),
        ('operator_networks: ["10.0.0.0/8", "a\\u202eb"]', "3: operator_networks: holds characters that do not show"),
        ("operator_networks: [1]", "3: operator_networks.0: write a network, as text"),
        ("operator_networks: 10.0.0.0/8", "3: operator_networks: write a list"),
        ("operator_networks: [10.0.0.1/8]", "3: operator_networks.0: not an IPv4 network"),
        ('exporters: {listen: "foo"}', "3: exporters.listen: 'foo' is not address:port"),
        ('exporters: {listen: "127.0.0.1:99999"}', "is not address:port"),
        ('exporters: {listen: ":9464"}', "is not address:port"),
        ('exporters: {listen: "256.0.0.1:9464"}', "is not address:port"),
        ('exporters: {listen: "::1:9464"}', "is not address:port"),
        ("exporters: x", "3: exporters: write its settings below it"),
        ("repositories: {central: https://u:hunter2@h/}", "3: repositories.central: write its settings below it"),
        ("repositories: x", "3: repositories: write its settings below it"),
        ("ledger: postgresql://u:hunter2@h/x", "3: ledger.url: a secret must not stand in the settings"),
        ("ledger: {url: 'postgresql://h/x?password=hunter2'}", "3: ledger.url: a secret must not stand"),
        ("ledger: postgresql://h:99999/x", "3: ledger.url: a ledger is"),
        ("ledger: postgresql:///x", "3: ledger.url: a ledger is"),
        ("ledger: 5", "3: ledger: write its settings below it"),
    ],
)
def test_what_no_setting_can_be_is_told_in_words_with_its_line(tmp_path: Path, wrong: str, told: str) -> None:
    found = faults(tmp_path, LINES + wrong + "\n")
    assert [fault for fault in found if told in fault], found
    assert not [fault for fault in found if "hunter2" in fault or "pathlib" in fault or "instance of" in fault]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("not a url", "not the URL of a server"),
        ("ftp://h/", "not the URL of a server"),
        ("https:///x", "not the URL of a server"),
        ("https://h:0x50/", "not the URL of a server"),
        ("https://h/?a=b", "not the URL of a server"),
        ("https://u:hunter2@h/", "username and password stand apart"),
        ("https://hunter2@h/", "username and password stand apart"),
    ],
)
@pytest.mark.parametrize("sort", ["repositories", "replicas"])
def test_a_servers_url_is_one_and_holds_no_secret(tmp_path: Path, sort: str, url: str, told: str) -> None:
    key = "" if sort == "replicas" else ", key: {env: B}"
    (fault,) = faults(
        tmp_path, LINES + f'{sort}:\n  central: {{url: "{url}", username: u, password: {{env: A}}{key}}}\n'
    )
    assert fault.startswith(f"4: {sort}.central.url: {told}")
    assert "hunter2" not in fault
