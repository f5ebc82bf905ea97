"""A long list as CSV: a header line, then one row per thing, each with the line it begins on."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from groundwork.estate.faults import Fault
from groundwork.estate.source import Source

MOST_FAULTS = 1000  # rows that do not fit the header: more of them say nothing new


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the cells that are not empty, by column."""

    line: int
    cells: dict[str, str]


def parse_csv(source: Source, columns: dict[str, bool]) -> tuple[list[Row], list[Fault]]:
    """Read the rows; `columns` maps each known column to whether the header must have it.

    A header that does not fit means no rows and its faults. Blank lines are passed over.
    Reading ends at a thousand faults.
    """
    reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
    lines = _numbered(reader)
    ended = 0  # the line that the last row ended on
    rows: list[Row] = []
    faults: list[Fault] = []
    try:
        start, header = next(lines, (1, []))
        faults += _header_faults(source.file, start, header, columns)
        if faults:
            return rows, faults
        ended = reader.line_num
        for line, cells in lines:
            ended = reader.line_num
            if len(faults) >= MOST_FAULTS:
                break
            if len(cells) == len(header):
                rows.append(Row(line, {column: cell for column, cell in zip(header, cells, strict=True) if cell}))
            else:
                what = f"{len(cells)} cells, but the header has {len(header)} columns"
                mend = "count the commas; a cell that holds a comma stands in double quotes"
                faults.append(Fault(file=source.file, line=line, what=what, what_to_do=mend))
    except csv.Error as error:
        mend = "mend the quotes of this row: what opens a cell must close it"
        faults.append(Fault(file=source.file, line=ended + 1, what=f"not CSV: {error}", what_to_do=mend))
    return rows, faults


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    start = 1
    for cells in reader:
        if cells:
            yield start, [cell.strip() for cell in cells]
        start = reader.line_num + 1  # type: ignore[attr-defined]  # csv's reader has no public type


def _header_faults(file: str, line: int, header: list[str], columns: dict[str, bool]) -> Iterator[Fault]:
    known = ", ".join(columns)
    if not any(column in columns for column in header):
        what = "the first line names no column that is known"
        mend = f"begin with a line of column names, with commas between them: {known}"
        yield Fault(file=file, line=line, what=what, what_to_do=mend)
        return
    for position, column in enumerate(header):
        if column not in columns:
            yield Fault(
                file=file,
                line=line,
                what=f'unknown column "{column}"',
                what_to_do=f"correct or remove it; known are {known}",
            )
        elif column in header[:position]:
            yield Fault(
                file=file, line=line, what=f'column "{column}" is given twice', what_to_do="keep one of the two"
            )
    for column, needed in columns.items():
        if needed and column not in header:
            yield Fault(
                file=file,
                line=line,
                what=f'column "{column}" is missing',
                what_to_do="add it to the header and the rows",
            )
