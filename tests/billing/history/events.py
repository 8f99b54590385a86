"""Events of histories for tests."""

from __future__ import annotations

from dataclasses import replace

from hobnob.billing.rating import Catalog

NUMBER = "+15550100"
TEMPLATES = {
    "marketing": "marketing",
    "utility": "utility",
    "authentication": "authentication",
    "international": "authentication_international",
}


def per_category(catalog: Catalog) -> Catalog:
    """The catalogue with a Starter plan whose conversations open per category."""
    versions = tuple(replace(version, rule_set="conversation_per_category") for version in catalog.cards["starter"])
    return replace(catalog, cards={**catalog.cards, "starter": versions})
