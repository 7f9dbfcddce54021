"""Half-filled surveys: kept while somebody answers, so that nothing typed is lost and the person can go on.

They are no answers: nothing counts before it is sent. What says who somebody is is not kept before they send it.
"""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import ConfigDict, Field, StrictInt, StringConstraints

from escuta import clock, ids, table
from escuta.entity import Value
from escuta.errors import ConflictError, NotFoundError, UnavailableError
from escuta.feedback import links
from escuta.feedback.answers import LONGEST_TEXT
from escuta.feedback.links import Door, Source
from escuta.feedback.model import Draft, Intercept, Question, QuestionKind, SurveyVersion
from escuta.feedback.submissions import Language, SubmissionId
from escuta.outreach import funnels, invitations, lookouts
from escuta.outreach.model import Invitation, Step

LONGEST = timedelta(days=90)
_SHARED = timedelta(days=7)  # of links whose devices many people use: nobody comes back to them
_TRIES = 5
_LETTERS = {QuestionKind.TEXT: "t", QuestionKind.CHOICE: "o"}


class Partial(Value):
    """What a page holds at this moment, under the names of its form. `number` rises with every saving of the page."""

    model_config = ConfigDict(extra="forbid")

    submission_id: SubmissionId
    version: StrictInt
    number: Annotated[StrictInt, Field(ge=0, lt=10**9)]
    language: Language = ""
    fields: dict[str, Annotated[str, StringConstraints(strict=True)]]


def keep(door: Door, token: str, partial: Partial) -> Draft:
    """Keep a half-filled survey, and return what is kept now: an older saving that comes late changes nothing.

    Refused as an answer would be, so that nothing is kept of a survey that is over or of a person who is erased.
    """
    source = links.find(door, token)
    with links.speaking(source):
        now = clock.now()
        links.admit(source, now)
        version = links.shown(links.still_taken(source.survey, now), partial.version)
        return _kept(source, version, partial, now)


def of(source: Source) -> Draft | None:
    """Return what an invited person had half answered. Other links belong to nobody: they go on nowhere."""
    if not isinstance(source, Invitation):
        return None
    draft = table.find(Draft, Draft.at(source.link_key), consistent=True)
    return draft if draft is not None and draft.expires_at > clock.now() else None


def place_of(source: Source, submission: str) -> str:
    """Return under what a draft is kept: bound to its link, so that nobody reaches the draft of another one."""
    return source.link_key if isinstance(source, Invitation) else place(links.key_of(source), submission)


def place(link_key: str, submission: str) -> str:
    """Return under what the draft of one page of a shared link is kept."""
    return ids.derive("draft", link_key, submission)


def _kept(source: Source, version: SurveyVersion, partial: Partial, now: datetime) -> Draft:
    """Write what is newer than what is kept. Of two pages at once the one in which something was typed last stays."""
    where = place_of(source, partial.submission_id)
    for _ in range(_TRIES):
        found = table.find(Draft, Draft.at(where), consistent=True)
        if found is not None and found.submission == partial.submission_id and found.number >= partial.number:
            return found
        draft = Draft(
            rev=found.rev if found else 0,
            place=where,
            submission=partial.submission_id,
            survey=version.survey,
            version=version.version,
            segment=source.segment,
            number=partial.number,
            fields=_known(source, version, partial.fields),
            language=partial.language if partial.language in version.languages else "",
            started_at=found.started_at if found else now,
            saved_at=now,
            expires_at=_end(source, now),
        )
        try:
            source = _begun(source)
            return table.save(draft) if draft.rev else table.create(draft)
        except ConflictError:
            source = _now(source, now)
    raise UnavailableError("store_unavailable", retry_after=1)


def _begun(source: Source) -> Source:
    """Say of an invitation that the person has begun, once, before the first draft of it is kept."""
    if not isinstance(source, Invitation):
        return source
    begun = source.risen(Step.STARTED)
    if begun is source:
        return source
    lookouts.note(source.link_key, begun=True)
    stored = table.save(funnels.later(source, begun))
    links.remember(stored)
    return stored


def _now(source: Source, now: datetime) -> Source:
    """Return an invitation as it is by now, if it may still be answered."""
    if not isinstance(source, Invitation):
        return source
    found = invitations.find(source.link_key)
    if found is None:
        raise NotFoundError("link_unknown")
    links.admit(found, now)
    return found


def _known(source: Source, version: SurveyVersion, fields: dict[str, str]) -> dict[str, str]:
    """Return the fields that this version asks, where the page stands, and nothing else that somebody sends."""
    questions = {question.id for question in version.questions}
    hidden = {f"h.{name}" for name in version.hidden if not isinstance(source, Intercept) or name in source.hidden}
    names = hidden | {name for question in version.questions for name in _names(question)}
    known = {name: value[:LONGEST_TEXT] for name, value in fields.items() if name in names and value}
    return known | ({"at": fields["at"]} if fields.get("at") in questions else {})


def _names(question: Question) -> tuple[str, ...]:
    """Return the names of a question's fields. Those of a contact are not kept, and a statement has none."""
    if question.kind in {QuestionKind.CONTACT, QuestionKind.STATEMENT}:
        return ()
    if question.kind is QuestionKind.CHOICES:
        return tuple(f"c.{question.id}.{choice.id}" for choice in question.choices)
    return (f"{_LETTERS.get(question.kind, 'n')}.{question.id}",)


def _end(source: Source, now: datetime) -> datetime:
    if isinstance(source, Invitation):
        return min(source.expires_at, now + LONGEST)
    return min(source.ends_at or now + _SHARED, now + _SHARED)
