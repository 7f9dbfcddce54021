"""The page that shows every component of the console once."""

from aws_lambda_powertools.event_handler import Response

from console import pages
from console.forms import Faults
from console.visit import Visit


def show(visit: Visit) -> Response[str]:
    """Show the components, in the reader's language and theme."""
    wrong = visit.reader().say("error.invalid.text")
    return pages.framed(visit, "components", faults=Faults("", {"wrong": wrong}))
