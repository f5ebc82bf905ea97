from pathlib import Path

import pytest

from groundwork.errors import ConfigurationError, OutsideError, UnreachableError
from groundwork.run.launch import prepare
from groundwork.run.ledger import open_ledger
from groundwork.store.location import LedgerLocation


def test_a_postgresql_that_does_not_answer_is_reported_without_its_password(tmp_path: Path) -> None:
    place = LedgerLocation(state=tmp_path, url="postgresql://ops:geheimnis@127.0.0.1:1/db")
    with pytest.raises(UnreachableError, match=r"PostgreSQL does not answer: .*refused") as reading, open_ledger(place):
        pass
    with pytest.raises(UnreachableError) as writing:
        prepare(place)
    assert "geheimnis" not in f"{reading.value} {writing.value}"


def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    place = LedgerLocation(state=tmp_path)
    place.file.write_bytes(b"no database " * 100)
    with pytest.raises(OutsideError, match=r"ledger\.sqlite cannot be used: file is not a database"):
        prepare(place)
    with pytest.raises(OutsideError, match="file is not a database"), open_ledger(place):
        pass


def test_a_ledger_whose_making_was_cut_off_holds_no_runs(tmp_path: Path) -> None:
    place = LedgerLocation(state=tmp_path)
    place.file.touch()
    with open_ledger(place) as ledger:
        assert ledger.list_runs() == ()


def test_a_state_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"state folder .* cannot be written: Not a directory"):
        prepare(LedgerLocation(state=tmp_path / "file" / "state"))
