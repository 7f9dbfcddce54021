"""Sending as a whole: what the account may send, the brake, and what SMS may cost."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from escuta import clock, i18n
from escuta.config import settings
from escuta.errors import InvalidError
from escuta.outreach import brake, budgets, ceilings, prices, sending_rules
from escuta.outreach.model import MESSAGES, Brake, Budget, Channel, Counts, SmsRules
from escuta.outreach.model.brake import LEAST_BOUNCED, LEAST_COMPLAINED, LEAST_SENT, MOST_BOUNCED, MOST_COMPLAINED
from escuta.outreach.model.ceiling import hour_of
from manage.asking import Asked, Request, language_of

_PLACES = 5  # of a rate: complaints are counted in ten thousandths


class Switch(Asked):
    """A channel that somebody stops, or lets go on, and why."""

    channel: Literal["email", "sms"]
    state: Literal["running", "stopped"]
    why: str = Field(min_length=1, max_length=500)


def get(request: Request) -> dict[str, Any]:
    """Return of each channel what may go out, what holds it back and the counts behind it; and what SMS cost.

    For callers of the whole hierarchy. Prices are estimates, as the rules of sending or the shipped list have them.
    """
    request.query(Asked)
    request.everywhere()
    language = language_of(request.event, request.caller)
    return {"channels": [_shown(channel, language) for channel in MESSAGES], "sms": _ceilings(), "prices": _prices()}


def switch(request: Request) -> dict[str, Any]:
    """Stop a channel, or let a stopped one go on.

    Who did it and why is kept. A channel that the brake has stopped, for bounces or complaints, goes on by this alone.
    409 when it is so already.
    """
    request.everywhere()
    asked = request.body(Switch)
    if not asked.why.strip():
        raise InvalidError("field_missing", field="why")
    channel = Channel(asked.channel)
    do = brake.halt if asked.state == "stopped" else brake.resume
    do(channel, who=request.caller.id, why=asked.why)
    return _shown(channel, language_of(request.event, request.caller))


def _shown(channel: Channel, language: str) -> dict[str, Any]:
    budget, now = budgets.of(channel), clock.now()
    held = budget.held(now)
    return {
        "channel": channel,
        "held": held,
        "detail": i18n.say("escuta.outreach", language, f"reason.{held}") if held else "",
        "rate": round(budget.filled(now), 3),
        "tokens": int(budget.tokens_at(now)),
        "share": round(budget.share_at(now), 4),
        "account": {"rate": budget.rate, "sending_enabled": budget.enabled, "told_at": budget.told_at},
        "quota": _quota(budget, now),
        "brake": _brake(budget),
    }


def _quota(budget: Budget, now: datetime) -> dict[str, Any] | None:
    """Return the daily quota, and an estimate of when its first messages drop out of the last 24 hours."""
    if budget.per_day is None:
        return None
    quota = {"per_day": budget.per_day, "used": budget.used(now), "left": budget.left(now)}
    return {**quota, "frees_at": budget.frees_at(now)}


def _brake(budget: Budget) -> dict[str, Any]:
    hour, day = brake.windows(budget.channel, budget.counts_from)
    return {
        "state": budget.brake,
        "reason": budget.reason,
        "since": budget.braked_at,
        "counts_from": budget.counts_from,
        "hour": _counts(hour),
        "day": _counts(day),
        "limits": {
            "bounce_rate": MOST_BOUNCED,
            "complaint_rate": MOST_COMPLAINED,
            "least_sent": LEAST_SENT,
            "least_bounced": LEAST_BOUNCED,
            "least_complained": LEAST_COMPLAINED[Brake.STOPPED],
        },
        "stopped": [{"at": one.at_time, "by": one.by, "why": one.why} for one in brake.halts(budget.channel)],
        "resumed": [
            {"at": one.at_time, "by": one.by, "why": one.why, "reason": one.reason, "day": _counts(one.day)}
            for one in brake.resumptions(budget.channel)
        ],
    }


def _counts(counts: Counts) -> dict[str, Any]:
    rates = {"bounce_rate": counts.bounce_rate, "complaint_rate": counts.complaint_rate}
    return {**counts.model_dump(), **{name: round(rate, _PLACES) for name, rate in rates.items()}}


def _ceilings() -> dict[str, Any]:
    """Return the parts of SMS that went out in this hour and on this day of the organisation, and the most."""
    day, rules = ceilings.today(), sending_rules.current().sms
    return {
        "day": day.day,
        "hourly": {"parts": day.hours.get(hour_of(clock.now()), 0), "most": rules.hourly},
        "daily": {"parts": day.parts, "most": rules.daily},
        "countries": [_country(country, day.countries, rules) for country in _countries(rules, day.countries)],
        "reached": sorted({reached.partition("@")[0] for reached in day.reached}),
    }


def _countries(rules: SmsRules, sent: dict[str, int]) -> list[str]:
    return sorted({*(rules.countries or (settings().country,)), *sent})


def _country(country: str, sent: dict[str, int], rules: SmsRules) -> dict[str, Any]:
    """Return what went to a country, the most, and what a part costs as far as anybody told: null when nobody did."""
    price = prices.of(country)
    parts = sent.get(country, 0)
    return {
        "country": country,
        "parts": parts,
        "most": rules.daily_of.get(country),
        "price": price and {**price.model_dump(mode="json"), "estimate": True},
        "spent": str(price.usd * parts) if price else None,
    }


def _prices() -> dict[str, Any]:
    return {"currency": "USD", "estimate": True, "email": str(prices.EMAIL)}
