"""The folder of a city read into a draft, with the faults of form found on the way."""

import hashlib
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import ValidationError

from groundwork.estate import sections
from groundwork.estate.csv_rows import parse_csv
from groundwork.estate.draft import Draft, Entries, Stated
from groundwork.estate.platform_entries import Form
from groundwork.estate.sections import Section
from groundwork.estate.wording import findings, put_in_words
from groundwork.files.fault import Fault
from groundwork.files.nearest import nearest_of
from groundwork.files.scalars import read_scalar
from groundwork.files.source import CSV_LIMIT_BYTES, YAML_LIMIT_BYTES, Source, read_source
from groundwork.files.unseen import printable
from groundwork.files.yaml_tree import Place, Tree, parse_yaml

F = TypeVar("F", bound=Form)

MOST_FAULTS = 1000  # of form, from one file: more of them say nothing new

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NOT_OURS = ("README.md", ".yamllint")
_MOST_STRANGERS = 100  # files that are not the estate's


class FolderReader:
    """Reads the files of one city once, and keeps the faults of form and the digest."""

    def __init__(self, folder: Path, *, shown: str) -> None:
        self.faults: list[Fault] = []
        self._found: Counter[str] = Counter()  # faults of form, by file
        self._folder = folder
        self._shown = shown
        self._trees: dict[str, Tree | None] = {}
        self._digest = hashlib.sha256()

    def read(self) -> Draft:
        """Read every section."""
        self._look_for_strangers()
        return Draft(**{section.part: self._section(section) for section in sections.SECTIONS})

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the names and bytes of all files read."""
        return self._digest.hexdigest()

    def _look_for_strangers(self) -> None:
        known = sections.files()
        names = (path.name for path in self._folder.iterdir())
        strangers = [name for name in names if name not in (*known, *_NOT_OURS) and not name.startswith(".")]
        for name in sorted(strangers)[:_MOST_STRANGERS]:
            what = f"is not a file of the estate; {nearest_of(known)(name)}"
            self._fault(name, 0, what, "rename it or take it away")
        if len(strangers) > _MOST_STRANGERS:
            what = f"holds {len(strangers):,} files that are not the estate's; {_MOST_STRANGERS} of them are listed"
            self.faults.append(Fault(file=self._shown, line=0, what=what, what_to_do="take them away"))

    def _section(self, section: Section[F]) -> Entries[F]:
        if section.is_csv:
            return self._rows(section)
        if section.file not in self._trees:
            self._trees[section.file] = self._tree(section)
        tree = self._trees[section.file]
        if tree is None or not isinstance(tree.value, dict):
            absent = not section.required and not self._is_there(section)
            return Entries(sort=section.sort, file=self._file(section.file), whole=absent)
        return self._mapping(section, tree)

    def _is_there(self, section: Section[F]) -> bool:
        path = self._folder / section.file
        return path.exists() or path.is_symlink()

    def _source(self, section: Section[F], limit_bytes: int) -> Source | None:
        path = self._folder / section.file
        if not self._is_there(section):
            if section.required:
                self._fault(section.file, 0, "is missing", f"write it: {section.about}")
            return None
        source = read_source(path, file=self._file(section.file), limit_bytes=limit_bytes)
        if isinstance(source, Fault):
            self.faults.append(source)
            return None
        self._digest.update(f"{section.file}\0{len(source.raw)}\0".encode() + source.raw)
        return source

    def _tree(self, section: Section[F]) -> Tree | None:
        source = self._source(section, YAML_LIMIT_BYTES)
        if source is None:
            return None
        tree, faults = parse_yaml(source)
        self.faults += faults
        if not isinstance(tree.value, dict):
            if not faults:
                self._fault(section.file, 1, "does not hold keys and values", f"write {section.about}")
            return None
        known = tuple(one.key for one in sections.sections_of(section.file))
        for key in tree.value if section.key else ():
            if self._is_full(section.file):
                break
            if key not in known:
                tree.whole = False
                what = f'unknown key "{key}"; {nearest_of(known)(key)}'
                self._fault(section.file, tree.line((key,)), what, "correct or remove it")
        return tree

    def _mapping(self, section: Section[F], tree: Tree) -> Entries[F]:
        stated = tree.value.get(section.key) if section.key and isinstance(tree.value, dict) else tree.value
        whole = tree.whole and (isinstance(stated, dict) or (stated is None and not section.is_filled))
        entries: Entries[F] = Entries(sort=section.sort, file=self._file(section.file), whole=whole)
        if not section.key:
            self._entry(section, entries, tree, (), tree.value)
            return entries
        if isinstance(stated, dict) and (stated or not section.is_filled):
            for name, value in stated.items():
                if self._is_full(section.file):
                    return replace(entries, whole=False)
                entries.names[name] = tree.line((section.key, name))
                self._entry(section, entries, tree, (section.key, name), value)
        elif stated is not None and stated != {}:
            what = f'"{section.key}" does not hold names with keys and values below them'
            self._fault(section.file, tree.line((section.key,)), what, f"write {section.about}")
        elif section.is_filled:
            self._fault(section.file, 1, f'"{section.key}" is missing or empty', f"write {section.about}")
        return entries

    def _rows(self, section: Section[F]) -> Entries[F]:
        source = self._source(section, CSV_LIMIT_BYTES)
        if source is None:
            absent = not section.required and not self._is_there(section)
            return Entries(sort=section.sort, file=self._file(section.file), whole=absent)
        typed = _typed_columns(section.form)
        columns = {"name": True} | {name: one.is_required() for name, one in section.form.model_fields.items()}
        rows, faults = parse_csv(source, columns)
        self.faults += faults
        entries: Entries[F] = Entries(sort=section.sort, file=source.file, whole=not faults)
        for row in rows:
            if self._is_full(section.file):
                return replace(entries, whole=False)
            name = row.cells.pop("name", "")
            if name in entries.names:
                what = f'{section.sort} "{name}" is listed twice, first on line {entries.names[name]}'
                self._fault(section.file, row.line, what, "rename or remove one of the two")
                continue
            entries.names[name] = row.line
            cells = {column: read_scalar(cell) if column in typed else cell for column, cell in row.cells.items()}
            self._entry(section, entries, None, (name,), cells, start=row.line)
        return entries

    def _entry(
        self,
        section: Section[F],
        entries: Entries[F],
        tree: Tree | None,
        place: Place,
        value: object,
        *,
        start: int = 1,
    ) -> None:
        name = str(place[-1]) if place else self._folder.name
        line = tree.line(place) if tree else start
        if not _NAME.fullmatch(name):
            what = f'{section.sort} "{name[:70]}": the name does not fit'
            self._fault(section.file, line, what, "use lower case letters, digits and hyphens, 63 at most")
        try:
            form = section.form.model_validate(value)
        except ValidationError as error:
            for found in islice(findings(error), MOST_FAULTS):
                what, what_to_do = put_in_words(found, section.form)
                where = tree.line((*place, *found["loc"])) if tree else start
                self._fault(section.file, where, f'{section.sort} "{name[:70]}": {what}', what_to_do)
            return
        entries.stated[name] = Stated(
            sort=section.sort, name=name, form=form, file=entries.file, start=line, tree=tree, place=place
        )

    def _file(self, file: str) -> str:
        return f"{self._shown}/{printable(file)}"

    def _is_full(self, file: str) -> bool:
        """True when so many faults of a file are found that more of them say nothing new."""
        return self._found[file] >= MOST_FAULTS

    def _fault(self, file: str, line: int, what: str, what_to_do: str) -> None:
        self._found[file] += 1
        if self._found[file] <= MOST_FAULTS:
            self.faults.append(Fault(file=self._file(file), line=line, what=what, what_to_do=what_to_do))
        if self._found[file] == MOST_FAULTS:
            what, what_to_do = (
                f"has {MOST_FAULTS:,} faults or more; so many are listed",
                "correct those, then check again",
            )
            self.faults.append(Fault(file=self._file(file), line=0, what=what, what_to_do=what_to_do))


@cache
def _typed_columns(form: type[Form]) -> frozenset[str]:
    """The columns whose cells are numbers or flags."""
    types = {name: field.annotation for name, field in form.model_fields.items()}
    return frozenset(name for name, one in types.items() if not {one, *get_args(one)}.isdisjoint((int, float, bool)))
