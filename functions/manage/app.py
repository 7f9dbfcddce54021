"""The management API behind the gateway."""

from typing import Any

from escuta import observe
from manage import serving
from manage.routes import ROUTES

app = serving.resolver(ROUTES)
serving.warm_up(ROUTES)


@observe.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of the gateway."""
    return serving.answered(app, event, context)
