"""What a command is about: the city's settings and estate, its ledger, and where answers and progress go."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from commands.checkout import ROOT
from commands.json_document import render_json
from commands.output import print_rich
from groundwork.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from commands.wiring.city import City
    from groundwork.change.approval import Requirement
    from groundwork.change.operation import Operation
    from groundwork.change.step import Json
    from groundwork.estate.draft import Draft
    from groundwork.estate.estate import Estate
    from groundwork.run.engine import Engine
    from groundwork.run.ledger import Ledger
    from groundwork.settings.settings import Settings
    from groundwork.store.location import LedgerLocation


def say(line: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def answer(document: "Json", table: "Callable[[], RenderableType]", *, as_json: bool) -> None:
    """The answer, on standard output: one JSON document, or what `table` makes for a person."""
    if as_json:
        print(render_json(document))
        return
    print_rich(table())


class CommandContext:
    """What stands behind `--settings` and `--city`; each part is read when it is first needed."""

    def __init__(self, *, settings: str = "", city: str = "") -> None:
        self._settings_file = settings
        self._city = city
        self._entered: str | None = None

    @cached_property
    def settings(self) -> "Settings":
        """The settings. Raises ConfigurationError when there are none, UsageError when they are another city's."""
        from commands.wiring import sections
        from groundwork.settings.load import load_settings
        from groundwork.settings.named import named_settings

        path = named_settings(self._settings_file)
        if path is None:
            from commands.lab_settings import lab_settings_file

            path = lab_settings_file()
        loaded = load_settings(path, sections.SECTIONS)
        if self._city and self._city != loaded.city:
            raise UsageError(
                f"{loaded.file} holds the settings of {loaded.city}, not of {self._city}",
                hint="name the settings of that city with --settings FILE",
            )
        return loaded

    @cached_property
    def estate(self) -> "Estate":
        """The estate where the settings say it is."""
        from groundwork.estate.load import load_estate

        loaded = load_estate(self.settings.inventory, self.settings.city)
        if strangers := sorted(self.settings.sites - set(loaded.sites)):
            raise ConfigurationError(
                f"{self.settings.file} has settings of {', '.join(strangers)}: no site of {loaded.city} is called that",
                hint=f"mend the name, or take it out; its sites are {', '.join(loaded.sites)}",
            )
        return loaded

    @cached_property
    def estate_without_settings(self) -> "Estate":
        """For commands that read nothing else: the estate of the settings, if some are named, else of `--city` here."""
        from groundwork.settings.named import named_settings

        return self.estate if named_settings(self._settings_file) else self.estate_and_draft[0]

    @cached_property
    def estate_and_draft(self) -> "tuple[Estate, Draft]":
        """The same estate, and what its files say line by line."""
        from groundwork.estate.load import load_with_draft
        from groundwork.settings.named import named_settings

        if named_settings(self._settings_file):
            return load_with_draft(self.settings.inventory, self.settings.city)
        from commands.lab_settings import CITY

        return load_with_draft(ROOT / "inventory", self._city or CITY)

    @cached_property
    def wired(self) -> "City":
        """The city's real drivers."""
        from commands.wiring.products import open_city

        return open_city(self.settings, lambda: self.estate)

    @cached_property
    def operations(self) -> "Mapping[str, Operation[Any]]":
        """Every operation by name; whoever proposes or performs has entered the network before."""
        from commands.wiring.products import operations

        return operations(self.wired)

    @cached_property
    def ledger_location(self) -> "LedgerLocation":
        """Where this city's runs are recorded."""
        from groundwork.store.location import LedgerLocation

        kept = self.settings
        return LedgerLocation(state=kept.state, url=kept.ledger.reveal_url(ca_file=kept.ca_file))

    def enter_network(self, *, worker: str = "") -> None:
        """Speak from the settings' network namespace (that of a site's worker) from now on; before any driver opens."""
        from groundwork.shell.network_namespace import enter_network_namespace

        workers = self.settings.workers
        name = workers[worker].network_namespace if worker in workers else self.settings.network_namespace
        if name and name != self._entered:
            enter_network_namespace(name)
            self._entered = name

    @contextmanager
    def open_ledger(self) -> "Iterator[Ledger]":
        """The ledger, for reading."""
        from groundwork.run.ledger import open_ledger

        if self.settings.ledger.is_postgresql:  # a file is read from anywhere, with no lab up too
            self.enter_network()
        with open_ledger(self.ledger_location) as ledger:
            yield ledger

    def asked(self, operation: str) -> "Requirement":
        """The approvals that the estate asks for of an operation."""
        from groundwork.change.approval import NO_APPROVAL, Requirement

        rules = self.estate.approval_rules.values()
        stated = (Requirement(count=one.count, roles=one.roles) for one in rules if one.operation == operation)
        return next(stated, NO_APPROVAL)

    @contextmanager
    def open_engine(self, *, worker: str = "") -> "Iterator[Engine]":
        """The engine with every operation there is; `worker` is the site whose worker this process is."""
        from groundwork.run.engine import open_engine
        from groundwork.settings.secret import known_secrets

        self.enter_network(worker=worker)
        settings = self.settings
        with open_engine(
            self.operations,
            ledger=self.ledger_location,
            worker_sites=settings.worker_sites,
            secrets=known_secrets,
            stated=self.asked,
        ) as engine:
            yield engine


def as_document(record: object) -> "Json":
    """A frozen value as JSON."""
    from pydantic import TypeAdapter

    document: Json = TypeAdapter(type(record)).dump_python(record, mode="json")
    return document
