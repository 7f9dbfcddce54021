"""How many SMS may go out, and where to: what a leak or a fraud with dear numbers can cost at most.

Counted when a message is about to go out, in parts, as they are paid for. A message that comes up twice, or that is
counted and then not sent, counts twice: that only makes the ceiling a little lower. None is sent without being counted.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from escuta import clock, deadline, table
from escuta.config import settings
from escuta.errors import ConflictError, UnavailableError
from escuta.observe import logger
from escuta.outreach import sending_rules
from escuta.outreach.model import SmsDay, SmsRules
from escuta.outreach.model.ceiling import HOURLY, hour_of

COUNTRY, PREMIUM = "country_not_allowed", "number_premium"
FINAL = frozenset({COUNTRY, PREMIUM})  # these never go out; the others wait for their window
_TRIES = 8
_PAUSE = 0.02  # seconds, doubled with each try


def take(number: str, parts: int) -> str:
    """Count one message that is about to go out; return "" or what stands against it."""
    return take_all([(number, parts)])[0]


def take_all(wanted: Sequence[tuple[str, int]]) -> list[str]:
    """Count messages (number and parts) that are about to go out, in one write; return of each what `take` does.

    A ceiling that was reached is told once in its window. UnavailableError when others were always faster.
    """
    rules = sending_rules.current().sms
    denied = [refusal(number, rules) for number, _ in wanted]
    if all(denied):
        return denied
    for attempt in range(_TRIES):
        known = today()
        day, reasons = _counted(known, wanted, denied, rules)
        try:
            if day != known:
                _store(day)
        except ConflictError:
            deadline.pause(random.uniform(0, min(0.2, _PAUSE * 2**attempt)))  # noqa: S311 - jitter, not a secret
            continue
        for reason in (reached.partition("@")[0] for reached in day.reached if reached not in known.reached):
            logger().error("ceiling of SMS reached", extra={"reason": reason, "day": day.day})
        return reasons
    raise UnavailableError("ceiling_contended", retry_after=2)


def today() -> SmsDay:
    """Return what went out on this day of the organisation."""
    day = clock.local_day(clock.now(), settings().timezone)
    found = table.find(SmsDay, SmsDay.place(day), consistent=True)
    return found or SmsDay(day=day, begun_at=clock.epoch())


def until(reason: str) -> datetime:
    """Return when the window begins anew that a message waits for."""
    now = clock.now()
    if reason == HOURLY:
        return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    midnight = now.astimezone(ZoneInfo(settings().timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=1)).astimezone(now.tzinfo)


def refusal(number: str, rules: SmsRules) -> str:
    """Return why a number is never written to: its country is not among those allowed, or it costs who receives."""
    country, is_dear = _known(number)
    if country not in (rules.countries or (settings().country,)):
        return COUNTRY
    return PREMIUM if is_dear else ""


def country_of(number: str) -> str:
    """Return the country of an E.164 number as ISO 3166; "" for a number of none, such as a satellite's."""
    return _known(number)[0]


@lru_cache(maxsize=4096)
def _known(number: str) -> tuple[str, bool]:
    import phonenumbers  # noqa: PLC0415 - heavy, and only SMS needs it

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "", False
    country = phonenumbers.region_code_for_number(parsed) or ""
    dear = {phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST}
    return ("" if country == "001" else country), phonenumbers.number_type(parsed) in dear


def _counted(
    day: SmsDay, wanted: Sequence[tuple[str, int]], denied: Sequence[str], rules: SmsRules
) -> tuple[SmsDay, list[str]]:
    """Let in one message after the other, as long as every ceiling holds; a shorter one may follow one that waits."""
    hour, reasons = hour_of(clock.now()), list(denied)
    for place, (number, parts) in enumerate(wanted):
        if denied[place]:
            continue
        country = country_of(number)
        reason = day.over(country, parts, hour, rules)
        reasons[place] = reason
        if not reason:
            day = day.plus(country, parts, hour)
            continue
        mark = f"{reason}@{hour if reason == HOURLY else country}"
        if mark not in day.reached:
            day = day.model_copy(update={"reached": (*day.reached, mark)})
    return day, reasons


def _store(day: SmsDay) -> None:
    if day.rev:
        table.save(day)
    else:
        table.create(day)
