"""What SMS cost in every country, taken in as one list."""

from datetime import date
from typing import Any

from pydantic import Field

from escuta import clock
from escuta.config import settings
from escuta.errors import InvalidError
from escuta.outreach import price_lists, sending_rules
from escuta.outreach.model import SendingDraft
from manage.asking import Asked, Request
from manage.problems import RequestError


class PriceList(Asked):
    """Of when a list is, and where it is from."""

    as_of: date | None = None  # None: of today
    source: str = Field(default="", max_length=200)


def put(request: Request) -> dict[str, Any]:
    """Replace the prices of SMS by those of a list.

    As CSV (`country` or `prefix`, `price`, and `currency` where it is said: US dollars), or as `application/json` AWS's
    own file, of up to 4 MB. Of several lines for a country the dearest counts. 422 with the line that cannot be read:
    half a list is refused as a whole. `left_out` names the countries of the list that have no price that could be
    counted on.
    """
    request.everywhere()
    asked = request.query(PriceList)
    holding = sending_rules.load()
    request.match(holding)
    listed, source = _listed(request)
    as_of = asked.as_of or date.fromisoformat(clock.local_day(clock.now(), settings().timezone))
    told = {"prices": dict(listed.prices), "priced_as_of": as_of, "priced_by": asked.source or source}
    draft = SendingDraft(**{name: getattr(holding, name) for name in SendingDraft.model_fields})
    rules = draft.changed(sms=draft.sms.changed(**told))
    stored = sending_rules.save(rules, rev=holding.rev, who=request.caller.id)
    return {**stored.sms.model_dump(mode="json", include=set(told)), "left_out": listed.left_out, "rev": stored.rev}


def _listed(request: Request) -> tuple[price_lists.Listed, str]:
    if request.kind == "application/json":
        return price_lists.of_aws(request.content), price_lists.AWS
    if request.kind != "text/csv":
        raise RequestError(415, "content_not_prices")
    try:
        return price_lists.of_table(request.content.decode()), ""
    except UnicodeDecodeError as error:
        raise InvalidError("prices_not_utf8", field="body") from error
