"""A city's files with rows and lines added: checked as a whole before any of them is written."""

import csv
import io
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from groundwork.errors import OutsideError
from groundwork.estate.estate import Estate
from groundwork.estate.load import load_estate
from groundwork.estate.platform_entries import Form
from groundwork.files.scalars import read_scalar
from groundwork.shell.whole_file import write_whole

Cells = dict[str, str]  # of a row, by column; what is not known is empty or left out


def fitting(form: type[Form], cells: Mapping[str, str]) -> Cells:
    """The cells that hold something which fits their column; an outside system's words may fit none."""
    held = {column: cell for column, cell in cells.items() if cell and column in form.model_fields}
    try:
        form.model_validate({column: read_scalar(cell) for column, cell in held.items()})
    except ValidationError as error:
        wrong = {str(found["loc"][0]) for found in error.errors() if found["loc"]}
        return {column: cell for column, cell in held.items() if column not in wrong}
    return held


def add_rows(text: str, rows: Iterable[Cells], *, changed: Mapping[str, Cells]) -> str:
    """A CSV file with rows at its end, and with cells changed in rows of these names; comments stay where they are.

    Columns that the new cells need and the header lacks are added to it.
    """
    lines = list(csv.reader(io.StringIO(text, newline="")))
    new = list(rows)
    header = next(line for line in lines if line)
    used = [column for row in (*new, *changed.values()) for column in row]
    wide = [*header, *dict.fromkeys(column for column in used if column not in header)]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    seen_header = False
    for line in lines:
        if line and line[0].startswith("#"):
            written.write(",".join(line) + "\n")
        elif line and not seen_header:
            writer.writerow(wide)
            seen_header = True
        elif line:
            cells = dict(zip(header, line, strict=False))
            cells |= changed.get(cells.get("name", "").strip(), {})
            writer.writerow([cells.get(column, "") for column in wide])
    for row in new:
        writer.writerow([row.get(column, "") for column in wide])
    return written.getvalue()


def add_lines(text: str, lines: Sequence[str]) -> str:
    """A YAML file with lines at its end, those left out that stand in it already, as comments too."""
    stand = {line.strip("# ").strip() for line in text.splitlines()}
    missing = [line for line in lines if line.strip("# ").strip() not in stand]
    return "\n".join([text.rstrip("\n"), *missing, ""]) if missing else text


def put_lines(text: str, lines: Mapping[str, str]) -> str:
    """A text file with these lines: each in the place of the one that its pattern matches whole, or at the end."""
    for pattern, line in lines.items():
        text, found = re.subn(f"(?m)^{pattern}$", lambda _, line=line: line, text, count=1)  # type: ignore[misc]
        text = text if found else add_lines(text, [line])
    return text


def check_revision(inventory: Path, city: str, files: Mapping[str, str]) -> Estate:
    """The estate with these files in the place of its own. Raises EstateFaults for one that is not sound."""
    with tempfile.TemporaryDirectory() as apart:
        try:
            shutil.copytree(inventory / city, Path(apart) / city)
            for name, text in files.items():
                (Path(apart) / city / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise OutsideError(f"the files of {city} cannot be tried out: {error}", hint="see the folder") from error
        return load_estate(Path(apart), city)


def write_revision(inventory: Path, city: str, files: Mapping[str, str]) -> None:
    """Write the files, each all or nothing. Raises ConfigurationError where one cannot be written."""
    for name, text in files.items():
        write_whole(inventory / city / name, text)
