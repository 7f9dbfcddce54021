"""Answers that try a survey out: read as every answer is, thanked for, and counted nowhere.

They are rows of a kind of their own, which wakes nobody, stands in no list of responses, and is gone after a month.
"""

from typing import NamedTuple

from escuta import clock, table
from escuta.errors import ConflictError, InvalidError
from escuta.feedback import answers, facts, making, showing
from escuta.feedback.model import Response, SurveyPreview, SurveyVersion, TrialAnswer
from escuta.feedback.showing import Shown
from escuta.feedback.submissions import Receipt, Submission

_TOGETHER = 100
MOST_CLEARED = 1_000  # answers of one call


class Rehearsed(NamedTuple):
    """What somebody gets who tried a survey: the thanks are made of it, and nothing else."""

    receipt: Receipt
    response: Response  # stored nowhere


def take(shown: Shown, submission: Submission) -> Rehearsed:
    """Read an answer as if it counted, and keep it where the link says so. Safe to call again.

    Refused as `responses.submit` refuses what was answered. The same id with other answers is InvalidError
    `answers_differ`.
    """
    version, source = shown.opened.version, shown.opened.source
    if submission.version != version.version:
        raise InvalidError("version_unknown", field="version", newest=version.version)
    hidden = {name: value for name, value in submission.hidden.items() if name in version.hidden and value}
    read = answers.read(version, submission.answers, facts.of(source, version, hidden))
    response = making.response(
        source,
        version,
        submission.submission_id,
        read,
        language=making.language(source, submission, version),
        hidden=hidden,
        body_hash=making.fingerprint(source, version.version, read),
    )
    receipt = making.receipt_of(response, version)
    if shown.preview is None or not shown.preview.keeps:
        return Rehearsed(receipt, response)
    return Rehearsed(receipt.changed(replayed=_kept(shown.preview, response)), response)


def listing(survey: str, *, limit: int, cursor: str | None = None) -> table.Page[TrialAnswer]:
    """Return what was answered to try a survey, the newest first."""
    page = table.query(TrialAnswer, f"test_answers#{survey}", index="g1", limit=limit, newest_first=True, cursor=cursor)
    return table.Page(tuple(each for each in page.items if each.expires > clock.epoch()), page.next)


def asked(found: tuple[TrialAnswer, ...]) -> dict[str, SurveyVersion]:
    """Return what was asked of those who gave these answers, by the name of the preview."""
    previews = table.find_many(SurveyPreview, (SurveyPreview.at(each.preview) for each in found))
    return {each.id: showing.version_of(each) for each in previews.values()}


def clear(survey: str) -> tuple[int, bool]:
    """Remove what was answered to try a survey; return how many, and whether there may be more than one call takes."""
    removed = 0
    while removed < MOST_CLEARED:
        page = table.query(TrialAnswer, f"test_answers#{survey}", limit=_TOGETHER, consistent=True)
        if page.items:
            table.transact(*(table.Remove(TrialAnswer, each.key()) for each in page.items))
        removed += len(page.items)
        if page.next is None:
            return removed, False
    return removed, True


def _kept(preview: SurveyPreview, response: Response) -> bool:
    """Store an answer; tell whether it was there already."""
    kept = TrialAnswer(
        id=response.id,
        survey=response.survey,
        preview=preview.id,
        language=response.language,
        answers=response.answers,
        hidden=response.hidden,
        score=response.score,
        score_class=response.score_class,
        received_at=response.received_at,
        body_hash=response.body_hash,
        expires=int((response.received_at + showing.KEPT).timestamp()),
    )
    try:
        table.create(kept)
    except ConflictError:
        stored = table.load(TrialAnswer, kept.key(), consistent=True)
        if stored.body_hash != kept.body_hash or stored.preview != kept.preview:
            raise InvalidError("answers_differ") from None
        return True
    return False
