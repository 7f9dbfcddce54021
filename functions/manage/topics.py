"""Topics of comments: the organisation's own, trying them out, and reading answers again by them."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from escuta import i18n
from escuta.directory import segments
from escuta.errors import InvalidError
from escuta.feedback import comments, searching, surveys, tagging, vocabulary
from escuta.feedback.comments import Dictionary
from escuta.feedback.comments.topics import built_in
from escuta.feedback.metrics import rereading
from escuta.feedback.model import Rereading, Topics, TopicsDraft
from escuta.feedback.searching import Wanted
from manage.asking import Asked, Created, Day, Listing, Request, language_of

_MOST = 100  # comments that are tried at once
_MOST_DAYS = 731

_Text = Annotated[str, Field(max_length=2_000)]


class Trying(Asked):
    """Topics to try, those that hold where none are given, on comments: given ones, or the newest of a survey."""

    topics: TopicsDraft | None = None
    comments: tuple[_Text, ...] = Field(default=(), max_length=_MOST)
    language: str = Field(default="", max_length=20)  # of given ones; "" : their words tell it
    survey: str = ""


class NewRereading(Asked):
    """Which days of a survey are to be read again, both included."""

    survey: str
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")


def get(request: Request) -> dict[str, Any]:
    """Return the topics that comments are searched for: `topics` as they were saved, `all` as they come out."""
    request.query(Asked)
    return _shown(vocabulary.load())


def put(request: Request) -> dict[str, Any]:
    """Save topics in place of those that `If-Match` names. What is answered from two minutes on is read by them.

    Only what differs from what ships with the product has to be said: more `terms` of a topic, another name, or `"on":
    false`. A topic of one's own has a name in at least one language and a term; one that was saved once is turned
    off, not left out (422 `topic_gone`): it may have been counted.
    """
    request.everywhere()
    draft = request.body(TopicsDraft)
    holding = vocabulary.load()
    request.match(holding)
    return _shown(vocabulary.save(draft, rev=holding.rev, who=request.caller.id))


def _shown(found: Topics) -> dict[str, Any]:
    told = found.model_dump(mode="json", include={"rev", "version", "topics", "updated_at", "updated_by"})
    return {
        **told,
        "since": found.since[-1].at if found.since else None,
        "all": _all(vocabulary.dictionary(found)),
    }


def _all(found: Dictionary) -> list[dict[str, Any]]:
    shipped = {topic.code for topic in built_in().topics}
    names = {language: found.names(language) for language in i18n.LANGUAGES}
    return [
        {
            "code": topic.code,
            "name": {language: names[language][topic.code] for language in i18n.LANGUAGES},
            "terms": topic.terms,
            "excluding": topic.excluding,
            "on": topic.on,
            "own": topic.code not in shipped,
        }
        for topic in found.topics
    ]


def preview(request: Request) -> dict[str, Any]:
    """Return what topics find in comments beside what those that hold find, and the words that no topic knows.

    On `comments` that are sent, at most 100, or on the newest of a `survey`: one of both. Nothing is stored.
    """
    request.everywhere()
    asked, known = request.body(Trying), vocabulary.load()
    if bool(asked.comments) == bool(asked.survey):
        raise InvalidError("comments_or_survey", field="comments")
    draft = asked.topics or TopicsDraft(topics=known.topics)
    vocabulary.check(draft, known)
    language = language_of(request.event, request.caller)
    now, then = vocabulary.dictionary(known), vocabulary.dictionary(draft)
    found = tagging.tagged(_comments(asked), now, then)
    return {
        "comments": len(found),
        "with_topic": {"now": sum(bool(each.now) for each in found), "then": sum(bool(each.then) for each in found)},
        "topics": _counts(found, then.names(language)),
        "words": [{"word": comments.masked(each.word), "comments": each.comments} for each in tagging.unknown(found)],
        "items": [
            {
                "comment": comments.masked(each.text, language),
                "language": each.language,
                "now": each.now,
                "then": each.then,
            }
            for each in found
        ],
    }


def _comments(asked: Trying) -> list[tuple[str, str]]:
    if asked.comments:
        return [(text, asked.language) for text in asked.comments]
    survey = surveys.get(asked.survey)
    top = next((place.code for place in segments.all() if not place.parent), "")
    wanted = Wanted(survey=survey.id, segment=top, subtree=True, commented=True)
    return [(each.comment, each.language) for each in searching.page(wanted, limit=_MOST).items]


def _counts(found: tuple[tagging.Tagged, ...], names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    counts = {
        code: {
            "name": name,
            "now": sum(code in each.now for each in found),
            "then": sum(code in each.then for each in found),
        }
        for code, name in names.items()
    }
    return {code: told for code, told in counts.items() if told["now"] or told["then"]}


def rereadings(request: Request) -> dict[str, Any]:
    """Return what was asked to be read again, the newest first."""
    request.everywhere()
    asked = request.query(Listing)
    return request.page(rereading.listing(limit=asked.limit, cursor=request.cursor(asked)), _asked)


def reread(request: Request) -> Created:
    """Let the answers of a survey on some days be read by the topics that hold now, and counted again.

    At most 731 days, both ends included. It takes its time: `done` says whether it is through, `next_day` where.
    """
    request.everywhere()
    asked = request.body(NewRereading)
    if not 0 <= (asked.last - asked.first).days < _MOST_DAYS:
        raise InvalidError("period_invalid", field="from", most=_MOST_DAYS)
    found = vocabulary.reread(surveys.get(asked.survey).id, asked.first, asked.last, who=request.caller.id)
    return Created(_asked(found), "rereadings")


def _asked(found: Rereading) -> dict[str, Any]:
    told = found.model_dump(mode="json", exclude={"rev", "first", "last", "next"})
    return {**told, "from": found.first, "to": found.last, "done": found.next is None, "next_day": found.next}
