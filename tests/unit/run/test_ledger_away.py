from pathlib import Path

import pytest

from groundwork.errors import ConfigurationError, OutsideError, UnreachableError
from groundwork.run.launch import prepare
from groundwork.run.ledger import open_ledger
from groundwork.store.location import LedgerLocation


def test_a_postgresql_that_does_not_answer_is_reported_without_its_password(tmp_path: Path) -> None:
    location = LedgerLocation(state=tmp_path, url="postgresql://ops:geheimnis@127.0.0.1:1/db")
    with (
        pytest.raises(UnreachableError, match=r"PostgreSQL does not answer: .*refused") as reading,
        open_ledger(location),
    ):
        pass
    with pytest.raises(UnreachableError) as writing:
        prepare(location)
    assert "geheimnis" not in f"{reading.value} {writing.value}"


def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    location = LedgerLocation(state=tmp_path)
    location.file.write_bytes(b"no database " * 100)
    with pytest.raises(OutsideError, match=r"ledger\.sqlite cannot be used: file is not a database"):
        prepare(location)
    with pytest.raises(OutsideError, match="file is not a database"), open_ledger(location):
        pass


def test_a_ledger_whose_making_was_cut_off_holds_no_runs(tmp_path: Path) -> None:
    location = LedgerLocation(state=tmp_path)
    location.file.touch()
    with open_ledger(location) as ledger:
        assert ledger.list_runs() == ()


def test_a_state_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"state folder .* cannot be written: Not a directory"):
        prepare(LedgerLocation(state=tmp_path / "file" / "state"))
