"""Exports of what people answered: a column for every question that the survey ever asked."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any

from escuta import clock, table
from escuta.directory import contacts, segments
from escuta.directory.model import Contact
from escuta.feedback import comments, facets, filtering, hearing, keeping, surveys, vocabulary
from escuta.feedback.exported import walking
from escuta.feedback.exported.columns import Column, Get, Type, plain, times
from escuta.feedback.exported.invited import name_of
from escuta.feedback.metrics.contributions import group_of
from escuta.feedback.model import (
    Answer,
    Contribution,
    Export,
    Heard,
    Question,
    QuestionKind,
    Response,
    ResponseState,
    SurveyVersion,
)
from escuta.feedback.submissions import LONGEST_WAIT

_NO_ANSWER = frozenset({QuestionKind.CONTACT, QuestionKind.STATEMENT})
_DAY = timedelta(days=1)
_WEST, _EAST = timedelta(hours=12), timedelta(hours=14)  # how far from UTC places are
_PLACES_A_DAY = 10  # partitions of places are read rather than those of days, as long as there are no more of them


class Told:
    """A response as it is told: what people wrote is masked, unless all of it was asked for."""

    def __init__(self, export: Export, response: Response, contact: Contact | None) -> None:
        """Keep what is told, to whom, and whose it is as known now."""
        self.export = export
        self.response = response
        self.contact = contact

    @cached_property
    def comment(self) -> str:
        """Return the comment."""
        return self.words(self.response.comment)

    def words(self, text: str) -> str:
        """Return what somebody wrote."""
        return text if self.export.personal else comments.masked(text, self.response.language)

    @cached_property
    def heard(self) -> Heard | None:
        """Return what the comment says."""
        return hearing.of(self.response)

    @property
    def topics(self) -> tuple[str, ...]:
        """Return what the comment speaks of."""
        return self.heard.topics if self.heard else ()

    @property
    def topic_names(self) -> tuple[str, ...]:
        """Return what the comment speaks of, as it is called now in the language of the export."""
        called = vocabulary.names(self.export.language) if self.topics else {}
        return tuple(called.get(topic, topic) for topic in self.topics)

    @property
    def external_id(self) -> str:
        """Return under which number the company knows who answered."""
        return self.contact.external_id if self.contact else ""

    def answer(self, question: str) -> Answer | None:
        """Return what was answered there, as it may be told. Who somebody says they are has columns of its own."""
        found = self.response.answers.get(question)
        if isinstance(found, dict):
            return None
        if not isinstance(found, str):
            return found
        return self.comment if found == self.response.comment else self.words(found)

    def worded(self, question: str) -> Answer | None:
        """Return what was answered there, choices by their words as they were in the language of the export."""
        found = self.answer(question)
        if not isinstance(found, str | tuple):
            return found
        words = _choices(self.response.survey, self.response.version, self.export.language).get(question, {})
        return words.get(found, found) if isinstance(found, str) else tuple(words.get(one, one) for one in found)


_FIRST = (
    *plain("id", "survey", of="response"),
    *plain("version", kind=Type.INT, of="response"),
    *plain("day", kind=Type.DAY, of="response"),
    Column("answered_at", attrgetter("response.moment"), Type.TIME),
    *times("received_at", "sent_at", of="response"),
    *plain("segment", of="response"),
    Column("segment_name", lambda told: name_of(told.response.segment)),
    *plain("segment_path", kind=Type.TEXTS, of="response"),
    *plain("product", "channel", "language", of="response"),
    *plain("score", kind=Type.INT, of="response"),
    *plain("score_class", of="response"),
)
_SAID = (
    *plain("comment"),
    Column("tone", lambda told: told.heard and told.heard.tone),
    Column("topics", attrgetter("topics"), Type.TEXTS, shown=attrgetter("topic_names")),
)
_AROUND = (
    *plain("standing", of="response"),
    *plain("evidence", kind=Type.TEXTS, of="response"),
    *plain("origin", "deployment", "invitation", "contact", of="response"),
    *plain("external_id"),
    Column("call_asked", lambda told: told.response.call is not None, Type.BOOL),
)
_PERSONAL = (
    Column("name", attrgetter("response.contact_name")),
    Column("call_phone", lambda told: told.response.call and told.response.call.phone),
)


def columns(export: Export) -> Iterator[Column]:
    """Yield the columns of a survey's responses: those of every version of it."""
    versions = _versions(export.survey)
    yield from _FIRST
    yield from _questions(export, versions)
    yield from _SAID
    yield from _brought(versions)
    yield from _AROUND
    if export.personal:
        yield from _PERSONAL


def _versions(survey: str) -> tuple[SurveyVersion, ...]:
    """Return every version of a survey, the newest first."""
    newest = surveys.get(survey).version
    return tuple(surveys.version(survey, number) for number in range(newest, 0, -1))


def _questions(export: Export, versions: Iterable[SurveyVersion]) -> Iterator[Column]:
    """Yield the columns of all questions, in the order of the newest version that asks them.

    One that changed from a scale to words is text; one that became another kind of thing has the columns of both. Who
    somebody says they are is personal.
    """
    asked: dict[str, list[tuple[Question, str]]] = {}
    for version in versions:
        for question in version.questions:
            asked.setdefault(question.id, []).append((question, _text(question.text, export.language, version)))
    for name, found in asked.items():
        said = [each for each in found if each[0].kind not in _NO_ANSWER]
        who = [each for each in found if each[0].kind is QuestionKind.CONTACT] if export.personal else []
        if said:
            kinds = {_type(question) for question, _ in said}
            kind = kinds.pop() if len(kinds) == 1 else Type.TEXT
            get, shown = _answer(name), _worded(name)
            yield Column(f"{name}: {said[0][1]}", get, kind, worded=False, name=f"answer_{name}", shown=shown)
        if who:
            fields = dict.fromkeys(field for question, _ in who for field in question.fields)
            yield from _who(name, fields, who[0][1])


def _type(question: Question) -> Type:
    if question.kind is QuestionKind.CHOICES:
        return Type.TEXTS
    return Type.INT if question.scale else Type.TEXT


def _text(texts: dict[str, str], language: str, version: SurveyVersion) -> str:
    return " ".join((texts.get(language) or texts.get(version.languages[0], "")).split())


def _answer(question: str) -> Get:
    return lambda told: told.answer(question)


def _worded(question: str) -> Get:
    return lambda told: told.worded(question)


def _who(question: str, fields: Iterable[str], text: str) -> Iterator[Column]:
    for field in fields:
        title, name = f"{question}.{field}: {text}", f"answer_{question}_{field}"
        yield Column(title, _part(question, field), worded=False, name=name)


def _part(question: str, field: str) -> Get:
    def get(told: Told) -> Any:
        answer = told.response.answers.get(question)
        return answer.get(field) if isinstance(answer, dict) else None

    return get


@lru_cache(maxsize=64)
def _choices(survey: str, number: int, language: str) -> dict[str, dict[str, str]]:
    """Return the words of the choices of every question of a version that has any. They never change."""
    version = surveys.version(survey, number)
    return {
        question.id: {each.id: _text(each.text, language, version) or each.id for each in question.choices}
        for question in version.questions
        if question.choices
    }


def _brought(versions: Iterable[SurveyVersion]) -> Iterator[Column]:
    """Yield what links and people bring along: the dimensions of the survey, and its other hidden fields."""
    found = tuple(versions)
    dimensions = dict.fromkeys(name for version in found for name in version.dimensions)
    hidden = dict.fromkeys(f"hidden.{name}" for version in found for name in version.hidden)
    for name in dimensions:
        yield Column(name, _facet(name), worded=False, name=_of(name))
    for name in hidden:
        if name not in dimensions:
            yield Column(name, _hidden(name.removeprefix("hidden.")), worded=False, name=_of(name))


def _of(name: str) -> str:
    return name.replace(".", "_").replace("-", "_").lower()


def _facet(name: str) -> Get:
    def get(told: Told) -> str:
        value = told.response.facets.get(name, "")
        return facets.settled(told.response.survey, name, value) if value else ""

    return get


def _hidden(name: str) -> Get:
    return lambda told: told.words(told.response.hidden.get(name, ""))


def page(export: Export) -> table.Page[Told]:
    """Return the responses that follow the export's cursor, those that are deleted or no longer kept left out.

    They are found by place where that looks into fewer partitions than by day. The cursor says which it is.
    """
    days = _days(export)
    mode = export.cursor.partition(":")[0] or ("place" if _few(export, len(days)) else "day")
    names, read = (_places(export), _of_place) if mode == "place" else (days, _of_day)
    stops = [f"{mode}:{name}" for name in names]
    found = walking.through(stops, export, lambda stop, cursor: read(export, stop.partition(":")[2], cursor))
    kept = _kept(export, found.items)
    people = contacts.many({each.contact for each in kept if each.contact})
    return table.Page(tuple(Told(export, each, people.get(each.contact)) for each in kept), found.next)


def _days(export: Export) -> list[str]:
    """Return the days in question: without a first one, from the making of the survey on.

    A device without network may say of an answer that it has waited longer than the survey is old.
    """
    head = surveys.head(export.survey)
    first = export.first or ((head or export).created_at - LONGEST_WAIT - _WEST).date()
    last = min(export.last or date.max, (export.created_at + _EAST).date())
    return [(first + number * _DAY).isoformat() for number in range((last - first).days + 1)]


def _few(export: Export, days: int) -> bool:
    return bool(export.segments) and len(_places(export)) <= _PLACES_A_DAY * days


def _places(export: Export) -> list[str]:
    """Return what stands under the roots of an export, or ever stood there: an answer stays where it was given."""
    return sorted({code for root in export.segments for code in segments.ever_under(root)})


def _of_day(export: Export, name: str, cursor: str | None) -> table.Page[Response]:
    return table.query(Response, f"responses#{export.survey}#{name}", index="g2", limit=walking.PAGE, cursor=cursor)


def _of_place(export: Export, name: str, cursor: str | None) -> table.Page[Response]:
    days = _days(export)
    first, last = (datetime.combine(date.fromisoformat(day), time(), clock.now().tzinfo) for day in (days[0], days[-1]))
    span = ((first - _EAST).isoformat(), (last + _DAY + _WEST).isoformat())
    pk = f"responses#{export.survey}#{name}"
    return table.query(Response, pk, between=span, index="g1", limit=walking.PAGE, cursor=cursor)


def _kept(export: Export, found: Iterable[Response]) -> list[Response]:
    """Return the responses that an export is about."""
    days, roots = _days(export), set(export.segments)
    some = [
        each
        for each in found
        if each.state is ResponseState.FINAL
        and days[0] <= each.day <= days[-1]
        and (not roots or not roots.isdisjoint(each.segment_path))
        and not keeping.is_over(each)
    ]
    groups = _groups(some) if filtering.by_group(export.filters) else {}
    return [each for each in some if filtering.fits(each, export.filters, group=groups.get(each.id, ""))]


def _groups(some: Iterable[Response]) -> dict[str, str]:
    """Return the product group in which each response was counted."""
    keys = {each.id: Contribution.at(each.survey, each.id) for each in some}
    known = table.find_many(Contribution, keys.values())
    return {each.id: group_of(each, known.get(keys[each.id])) for each in some}
