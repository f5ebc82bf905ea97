from pathlib import Path

import pytest

from groundwork.errors import ConfigurationError
from groundwork.run.launch import prepare
from groundwork.run.ledger import open_ledger
from groundwork.run.pin import pin, refuse_another
from groundwork.store.location import LedgerLocation


def test_a_lost_ledger_is_neither_read_as_empty_nor_begun_anew(tmp_path: Path) -> None:
    location = LedgerLocation(state=tmp_path)
    with open_ledger(location) as ledger:
        assert ledger.list_runs() == ()
        with pytest.raises(ConfigurationError, match="there is no ledger yet at"):
            ledger.identity()
    prepare(location)
    prepare(location)
    location.file.unlink()
    with pytest.raises(ConfigurationError, match=r"ledger\.sqlite is gone: .* belongs to the ledger [0-9a-f]{12}"):
        prepare(location)
    with pytest.raises(ConfigurationError, match="is gone") as said, open_ledger(location):
        pass
    assert str(tmp_path / "ledger-identity.json") in said.value.hint
    (tmp_path / "ledger-identity.json").unlink()
    prepare(location)


def test_a_ledger_in_the_place_of_another_is_refused(tmp_path: Path) -> None:
    location, other = LedgerLocation(state=tmp_path / "a"), LedgerLocation(state=tmp_path / "b")
    for one in (location, other):
        prepare(one)
    location.file.write_bytes(other.file.read_bytes())
    with pytest.raises(ConfigurationError, match=r"ledger\.sqlite is another one"), open_ledger(location):
        pass


def test_a_ledger_elsewhere_has_a_pin_of_its_own_without_its_password(tmp_path: Path) -> None:
    shared = LedgerLocation(
        state=tmp_path, url="postgresql://ops:geheimnis@db.example:5432/cityops?sslmode=verify-full"
    )
    pin(shared, "a" * 32)
    pin(LedgerLocation(state=tmp_path), "b" * 32)
    written = (tmp_path / "ledger-identity.json").read_text(encoding="utf-8")
    assert "db.example:5432/cityops" in written
    assert "geheimnis" not in written
    with pytest.raises(ConfigurationError, match=r"db\.example:5432/cityops is another one"):
        refuse_another(shared, "c" * 32)
