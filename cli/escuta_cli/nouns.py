"""The nouns of the API that can be listed, for completion: any other path works as well."""

LISTED = (
    "audit",
    "contacts",
    "custom-fields",
    "dashboards",
    "deployments",
    "erasures",
    "events",
    "evidence",
    "exports",
    "export-schedules",
    "files",
    "folders",
    "intercepts",
    "keys",
    "managers",
    "parked",
    "privacy-requests",
    "product-groups",
    "products",
    "responses",
    "roles",
    "rules",
    "segments",
    "surveys",
    "suppressions",
    "ticket-views",
    "tickets",
    "tokens",
    "users",
    "webhooks",
)


def starting(incomplete: str) -> list[str]:
    """Return the nouns that begin so."""
    return [noun for noun in LISTED if noun.startswith(incomplete)]
