"""What an answer becomes: the response that is stored, and what tells it from any other."""

import json
from typing import Any, cast

from escuta import clock, i18n, ids, secrets
from escuta.directory import segments
from escuta.feedback import facets, links, logic, surveys
from escuta.feedback.answers import Read
from escuta.feedback.links import Source
from escuta.feedback.model import Response, StoreToken, SurveyVersion
from escuta.feedback.submissions import Receipt, Submission
from escuta.outreach.model import Invitation


def response(source: Source, version: SurveyVersion, identity: str, read: Read, **more: Any) -> Response:
    """Return the response: what was answered, where and when it counts, and how the benchmark classifies it."""
    now = more.setdefault("received_at", clock.now())
    fields = {**_place(source), **more}
    score = read.given.get(version.benchmark.id) if version.benchmark else None
    return Response(
        id=identity,
        survey=version.survey,
        version=version.version,
        day=clock.local_day(fields.get("answered_at") or now, fields["timezone"]),
        link_key=links.key_of(source),
        answers=read.given,
        unreached=read.unreached,
        score=score if isinstance(score, int) else None,
        score_class=logic.classify(version, score) if isinstance(score, int) else None,
        facets=facets.of(source, version, fields.get("hidden", {})),
        comment=next((str(read.given[q.id]) for q in version.questions if q.voice and q.id in read.given), ""),
        **fields,
    )


def _place(source: Source) -> dict[str, Any]:
    """Return where an answer belongs: what the invitation says, or the segment of the store token."""
    if isinstance(source, Invitation):
        return {
            "segment": source.segment,
            "segment_path": source.segment_path,
            "timezone": source.timezone,
            "channel": str(source.channel),
            "product": source.product,
            "contact": source.contact,
            "contact_name": source.name or source.first_name,
            "invitation": source.id,
            "deployment": source.deployment,
            "sent_at": source.sent_at,
        }
    segment = segments.by_code().get(source.segment) or segments.get(source.segment)
    return {
        "segment": segment.code,
        "segment_path": segment.path,
        "timezone": segment.timezone,
        "channel": "store" if isinstance(source, StoreToken) else "web",
    }


def language(source: Source, submission: Submission, version: SurveyVersion) -> str:
    """Return the language in which somebody answered, of those that the survey has."""
    person = links.language_of(source)
    return i18n.negotiate(submission.language or person, person, version.languages)


def device(name: str) -> str:
    """Return what is kept in place of what a device calls itself."""
    return ids.keyed_hash(secrets.link_secret(), f"device:{name}")


def fingerprint(source: Source, version: int, read: Read, asked: dict[str, str] | None = None) -> str:
    """Return what tells this answer from any other under the same id: link, version and everything said.

    Which answers were reached is left out: it follows from them, and from a place that may move meanwhile.
    """
    said: dict[str, Any] = {**read.given, **read.unreached}
    for name, answer in said.items():
        if isinstance(answer, tuple):  # of several options, some may not have been offered: what was said are all
            said[name] = sorted({*answer, *cast("tuple[str, ...]", read.given.get(name, ()))})
    told = [json.dumps(asked, sort_keys=True)] if asked else []
    return ids.derive(links.key_of(source), version, json.dumps(said, sort_keys=True), *told)


def receipt(response: Response) -> Receipt:
    """Return what whoever answered gets for it."""
    return receipt_of(response, surveys.version(response.survey, response.version))


def receipt_of(response: Response, version: SurveyVersion) -> Receipt:
    """Return what whoever answered this version gets for it."""
    return Receipt(
        id=response.id,
        survey=response.survey,
        version=response.version,
        language=response.language,
        segment_path=response.segment_path,
        score=response.score,
        score_class=response.score_class,
        comment=response.comment,
        call=version.call,
        received_at=response.received_at,
    )
