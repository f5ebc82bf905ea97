"""From a draft without faults to the Estate: forms become the model's values, field by field of the same name."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

from groundwork.estate.dhcp_entries import Dhcp6ScopeForm, DhcpClassForm, DhcpPairForm, DhcpScopeForm
from groundwork.estate.draft import Draft, Entries
from groundwork.estate.estate import Estate
from groundwork.estate.firewall_entries import FirewallPairForm
from groundwork.estate.platform_entries import (
    AgencyForm,
    DataAgeForm,
    Form,
    HostForm,
    MachineForm,
    NetworkForm,
    ProbeForm,
    ServiceForm,
    SiteForm,
    TemplateForm,
)
from groundwork.estate.reviews import list_reviews
from groundwork.estate.sections import SECTIONS
from groundwork.model.agency import Quota
from groundwork.model.backup_policy import BackupPolicy
from groundwork.model.dhcp import Dhcp6Pool, Dhcp6Reservation, DhcpMember, DhcpOption, DhcpPool, DhcpReservation
from groundwork.model.firewall import (
    DestinationTranslation,
    FirewallMember,
    FirewallRule,
    FirewallZone,
    ParityException,
    SourceTranslation,
)
from groundwork.model.machine import UNASSIGNED
from groundwork.model.service import DataAge, Probe, SshLogin
from groundwork.model.site import VCenterLocation
from groundwork.model.window import Window

T = TypeVar("T")
F = TypeVar("F", bound=Form)

LEAST_URGENT = 4  # the tier of a machine whose service is not decided
_TEXTS = (
    *("network", "address", "template", "uuid", "vcenter_name", "folder", "guest_type", "datastore", "port_group"),
    "machine",
)

Own = dict[str, object]  # the fields that a form does not hold as the model does


def assemble(draft: Draft, city: str, digest: str) -> Estate:
    """The estate that a draft without faults describes."""
    form = draft.city.stated[city].form
    tiers = {service.name: service.form.tier for service in draft.services}

    def machine(form: MachineForm) -> Own:
        agency = draft.agencies.get(form.agency)
        return _decided(form) | {
            "tier": tiers.get(form.service, LEAST_URGENT),
            "folder": form.folder or (agency.form.folder or agency.name if agency else ""),
        }

    def template(form: TemplateForm) -> Own:
        return _decided(form) | {"sites": form.sites or tuple(draft.sites.stated)}

    own: dict[type[Form], Callable[[Any], Own]] = {**_OWN, MachineForm: machine, TemplateForm: template}
    parts: dict[str, Any] = {
        one.part: _each(one.kind, getattr(draft, one.part), own.get(one.form, _alike)) for one in SECTIONS if one.kind
    }
    parts["backup_policies"] |= _no_policy(draft)
    return Estate(
        city=city,
        title_zh=form.title_zh,
        title_en=form.title_en,
        digest=digest,
        districts=form.districts,
        windows={one.operation: Window(zone=form.timezone or "", times=one.times) for one in form.windows},
        reviews=tuple(list_reviews(draft)),
        **parts,
    )


def _alike(_form: Form) -> Own:
    """A form that holds what the model does."""
    return {}


def _site(form: SiteForm) -> Own:
    location = form.vcenter
    return {
        "vcenter": _made(VCenterLocation, location, {"address": str(location.address), "switch": location.switch or ""})
    }


def _agency(form: AgencyForm) -> Own:
    return _decided(form) | {"quota": _made(Quota, form.quota)}


def _host(form: HostForm) -> Own:
    return _decided(form) | {"address": str(form.address)}


def _decided(form: Form) -> Own:
    """What the model holds as text, empty where nothing is written."""
    return {name: str(getattr(form, name) or "") for name in _texts_of(type(form))}


@cache
def _texts_of(form: type[Form]) -> tuple[str, ...]:
    return tuple(name for name in _TEXTS if name in form.model_fields)


def _no_policy(draft: Draft) -> dict[str, BackupPolicy]:
    """The policy of machines for which none was decided: no copies. Absent where every machine has one."""
    if all(machine.form.backup_policy != UNASSIGNED for machine in draft.machines):
        return {}
    never = BackupPolicy(name=UNASSIGNED, every=timedelta(0), keep_daily=0, keep_weekly=0, keep_monthly=0, copies_at=())
    return {UNASSIGNED: never}


def _service(form: ServiceForm) -> Own:
    return {
        "ssh": SshLogin(user=form.ssh.user or "", port=form.ssh.port),
        "probes": tuple(_made(Probe, probe, _probe(probe)) for probe in form.probes),
        "data_age": tuple(_made(DataAge, source, _data_age(source)) for source in form.data_age),
    }


def _probe(form: ProbeForm) -> Own:
    contains = form.contains or (form.machine if form.kind == "ssh" else "")
    return {
        "port": form.port or 0,
        "server_name": form.server_name or "",
        "contains": contains,
        "expires_within": form.expires_within or timedelta(0),
    }


def _data_age(form: DataAgeForm) -> Own:
    texts = {name: getattr(form, name) or "" for name in ("command", "path", "field", "server_name")}
    return {**texts, "port": form.port or 0}


def _dhcp_scope(form: DhcpScopeForm) -> Own:
    return {
        "more_pools": tuple(_made(DhcpPool, one) for one in form.more_pools),
        "options": _options(form),
        "reservations": tuple(_made(DhcpReservation, one) for one in form.reservations),
    }


def _options(form: DhcpScopeForm | DhcpClassForm) -> tuple[DhcpOption, ...]:
    return tuple(_made(DhcpOption, one) for one in form.options)


def _dhcp6_scope(form: Dhcp6ScopeForm) -> Own:
    return {
        "pools": tuple(_made(Dhcp6Pool, one) for one in form.pools),
        "reservations": tuple(_made(Dhcp6Reservation, one) for one in form.reservations),
    }


def _dhcp_class(form: DhcpClassForm) -> Own:
    return {"options": _options(form)}


def _dhcp_pair(form: DhcpPairForm) -> Own:
    return {"members": tuple(_made(DhcpMember, one) for one in form.members)}


def _firewall_pair(form: FirewallPairForm) -> Own:
    return {
        "address": str(form.address),
        "members": tuple(_made(FirewallMember, one, {"address": str(one.address)}) for one in form.members),
        "zones": tuple(_made(FirewallZone, one) for one in form.zones),
        "rules": tuple(_made(FirewallRule, one) for one in form.rules),
        "source_nat": tuple(_made(SourceTranslation, one) for one in form.source_nat),
        "destination_nat": tuple(_made(DestinationTranslation, one) for one in form.destination_nat),
        "parity_with": form.parity_with or "",
        "parity_exceptions": tuple(_made(ParityException, one) for one in form.parity_exceptions),
    }


def _each(kind: Callable[..., T], entries: Entries[F], own: Callable[[F], Own]) -> dict[str, T]:
    return {one.name: _made(kind, one.form, {"name": one.name, **own(one.form)}) for one in entries}


def _made(kind: Callable[..., T], form: Form, own: Own | None = None) -> T:
    given = own or {}
    return kind(**given, **{name: getattr(form, name) for name in _field_names(kind) if name not in given})


@cache
def _field_names(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - a dataclass, which has no public type
    return tuple(one.name for one in fields(kind))


_OWN: Mapping[type[Form], Callable[[Any], Own]] = {
    SiteForm: _site,
    AgencyForm: _agency,
    NetworkForm: _decided,
    HostForm: _host,
    ServiceForm: _service,
    DhcpScopeForm: _dhcp_scope,
    Dhcp6ScopeForm: _dhcp6_scope,
    DhcpClassForm: _dhcp_class,
    DhcpPairForm: _dhcp_pair,
    FirewallPairForm: _firewall_pair,
}
