"""A long list as CSV: a header line, then one row per thing, each with the line it begins on."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from groundwork.estate.shown import shown
from groundwork.files.fault import Fault
from groundwork.files.nearest import nearest_of
from groundwork.files.source import Source

MOST_FAULTS = 1000  # rows that do not fit the header: more of them say nothing new


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the cells that are not empty, by column."""

    line: int
    cells: dict[str, str]


def parse_csv(source: Source, columns: dict[str, bool]) -> tuple[list[Row], list[Fault]]:
    """Read the rows; `columns` maps each known column to whether the header must have it.

    A header that does not fit means no rows and its faults. Passed over are blank lines, rows of empty cells, empty
    cells beyond the header's (a spreadsheet writes both) and rows that begin with #. Reading ends at a thousand faults.
    """
    reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
    lines = _numbered(reader)
    ended = 0  # the line that the last row ended on
    rows: list[Row] = []
    faults: list[Fault] = []
    try:
        start, header = next(lines, (1, []))
        header = _without_empty_end(header)
        faults += islice(_header_faults(source.file, start, header, columns), MOST_FAULTS)
        if faults:
            return rows, faults
        ended = reader.line_num
        for line, cells in lines:
            ended = reader.line_num
            if len(faults) >= MOST_FAULTS:
                break
            if len(cells) != len(header):
                cells = _fitted(cells, len(header))  # noqa: PLW2901 - the same row, without its empty end
            if len(cells) == len(header):
                rows.append(Row(line, {column: cell for column, cell in zip(header, cells, strict=True) if cell}))
            else:
                what = f"{len(cells)} cells, but the header has {len(header)} columns"
                what_to_do = "count the commas; a cell that holds a comma stands in double quotes"
                faults.append(Fault(file=source.file, line=line, what=what, what_to_do=what_to_do))
    except csv.Error as error:
        faults.append(_syntax_fault(source, ended + 1, str(error)))
    return rows, faults


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    start = 1
    for cells in reader:
        stripped = [cell.strip() for cell in cells]
        if any(stripped) and not stripped[0].startswith("#"):
            yield start, stripped
        start = reader.line_num + 1  # type: ignore[attr-defined]  # csv's reader has no public type


def _without_empty_end(cells: list[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _fitted(cells: list[str], count: int) -> list[str]:
    """The row, without the empty cells beyond that count."""
    return cells if any(cells[count:]) else cells[:count]


def _syntax_fault(source: Source, line: int, problem: str) -> Fault:
    row = next(islice(io.StringIO(source.text), line - 1, None), "")
    what_to_do = "correct the quotes of this row: what opens a cell must close it"
    if "field limit" in problem:
        problem = f"a cell is longer than {csv.field_size_limit():,} characters"
        what_to_do = "close the quote that this row opens, or shorten the cell" if '"' in row else "shorten the cell"
    return Fault(file=source.file, line=line, what=f"not CSV: {problem}", what_to_do=what_to_do)


def _header_faults(file: str, line: int, header: list[str], columns: dict[str, bool]) -> Iterator[Fault]:
    known = ", ".join(columns)
    if not any(column in columns for column in header):
        what = "the first line names no column that is known"
        mend = f"begin with a line of column names, with commas between them: {known}"
        yield Fault(file=file, line=line, what=what, what_to_do=mend)
        return
    seen: set[str] = set()
    for column in header:
        if column not in columns:
            yield Fault(
                file=file,
                line=line,
                what=f"unknown column {shown(column)}; {nearest_of(tuple(columns))(column)}",
                what_to_do="correct or remove it",
            )
        elif column in seen:
            yield Fault(
                file=file, line=line, what=f'column "{column}" is given twice', what_to_do="keep one of the two"
            )
        seen.add(column)
    for column, needed in columns.items():
        if needed and column not in seen:
            yield Fault(
                file=file,
                line=line,
                what=f'column "{column}" is missing',
                what_to_do="add it to the header and the rows",
            )
