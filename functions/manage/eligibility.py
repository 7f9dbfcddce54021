"""Whether a person would be asked now, and if not, why and from when on."""

from typing import Any

from escuta import clock, i18n
from escuta.directory import contacts
from escuta.errors import NotFoundError
from escuta.feedback import surveys
from escuta.outreach import planning
from escuta.outreach.eligibility import Send
from escuta.outreach.model import MESSAGES, AudienceKind, Deployment, Strategy
from escuta.outreach.planning import Facts, Subject
from manage import people
from manage.asking import Asked, Request, language_of


class Wanted(Asked):
    """What the person would be asked, and how."""

    survey: str
    strategy: Strategy = Strategy.PREFER_EMAIL


def get(request: Request, contact: str) -> dict[str, Any]:
    """Say what would happen with a person who is asked now, and over each channel alone. Nothing is written or sent.

    `at` is when the message would go out, `next_eligible_at` when somebody who rests could be asked again; null where
    time alone changes nothing.
    """
    asked = request.query(Wanted)
    person = contacts.many([contact], consistent=True).get(contact)
    if person is None or not people.may_see(request, person):
        raise NotFoundError("contact_not_found")
    surveys.get(asked.survey)
    subject, deployment = Subject(person), _would_be(asked.survey, asked.strategy)
    facts = planning.facts_of(deployment, [subject])
    return {
        "contact": person.id,
        "survey": asked.survey,
        "strategy": asked.strategy,
        **_decided(request, deployment, subject, facts),
        "channels": [
            {
                "channel": channel,
                **_decided(request, _would_be(asked.survey, Strategy(channel.value)), subject, facts),
            }
            for channel in MESSAGES
        ],
    }


def _would_be(survey: str, strategy: Strategy) -> Deployment:
    audience = AudienceKind.CONTACTS
    return Deployment(id="", name="", survey=survey, strategy=strategy, audience=audience, created_at=clock.now())


def _decided(request: Request, deployment: Deployment, subject: Subject, facts: Facts) -> dict[str, Any]:
    at = subject.when(deployment)
    decision = planning.decide(deployment, subject, facts, at)
    outcome = type(decision).__name__.lower()
    if isinstance(decision, Send):
        told: dict[str, Any] = {"reason": "", "detail": "", "evidence": {}, "next_eligible_at": None}
        return {"outcome": outcome, "over": decision.channels, "at": at, **told}
    words = i18n.say("escuta.outreach", language_of(request.event, request.caller), f"reason.{decision.reason}")
    return {
        "outcome": outcome,
        "over": (),
        "at": None,
        "reason": decision.reason,
        "detail": words,
        "evidence": decision.evidence,
        "next_eligible_at": decision.until,
    }
