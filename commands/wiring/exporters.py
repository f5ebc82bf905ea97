"""Exporters: the hosts on which Prometheus reads them; the collectors are offered by the products that they show."""

from commands.wiring.product import Product
from exporters.monitoring_role import MONITORING
from exporters.settings import EXPORTER_SETTINGS

EXPORTERS = Product(name="exporters", roles=(MONITORING,), settings=(EXPORTER_SETTINGS,))
