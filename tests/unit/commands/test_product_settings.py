"""Sections of settings stand in a list of their own, which is light: it says what the products say."""

from dataclasses import fields

from commands.wiring.products import PRODUCTS
from commands.wiring.sections import SECTIONS
from groundwork.settings.settings import Settings


def test_the_list_has_what_the_products_bring_and_no_more() -> None:
    assert {section.key for product in PRODUCTS for section in product.settings} == {one.key for one in SECTIONS}


def test_a_section_has_a_key_of_its_own() -> None:
    keys = [*(one.key for one in SECTIONS), *(one.name for one in fields(Settings))]
    assert len(keys) == len(set(keys))
