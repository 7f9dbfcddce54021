"""The dashboard that every survey has from its first publishing on: made of what the survey asks.

It is written in the transaction that publishes, so that there is no moment without it, and follows the survey from
version to version until somebody edits or deletes it.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest

from escuta import i18n, table
from escuta.directory.model import Role
from escuta.feedback.model import (
    Comparison,
    Dashboard,
    Grouping,
    Metric,
    Options,
    Position,
    Question,
    QuestionKind,
    Span,
    SurveyDraft,
    SurveyVersion,
    Widget,
    WidgetKind,
    WidgetQuery,
)
from escuta.feedback.model.dashboard import COLUMNS
from escuta.feedback.periods import Unit

_PREFIX = "default."  # no id of a dashboard that somebody made has a dot
_SCORED = {
    QuestionKind.NPS: Metric.NPS,
    QuestionKind.CSAT: Metric.CSAT,
    QuestionKind.CES: Metric.CES,
    QuestionKind.RATING: Metric.MEAN,
    QuestionKind.THUMBS: Metric.THUMBS,
}
_CHOSEN = frozenset({QuestionKind.CHOICE, QuestionKind.CHOICES})
_MONTH, _QUARTER, _YEAR = Span(count=30), Span(count=90), Span(count=12, unit=Unit.MONTH)
_HEAT_FROM = 2  # scored questions: with fewer a heat map is a ranking


def identity(survey: str) -> str:
    """Return the id of a survey's own dashboard."""
    return _PREFIX + survey


def survey_of(dashboard: str) -> str:
    """Return the survey whose own dashboard has this id; "" for any other id."""
    return dashboard.removeprefix(_PREFIX) if dashboard.startswith(_PREFIX) else ""


def fresh(published: SurveyVersion, name: str, now: datetime) -> Dashboard:
    """Return the dashboard of a survey as it is first made, for everybody to see."""
    return Dashboard(
        id=identity(published.survey),
        name=name,
        survey=published.survey,
        shared=frozenset(Role),
        widgets=widgets(published),
        follows=published.version,
        created_at=now,
        updated_at=now,
    )


def beside(published: SurveyVersion, name: str, now: datetime) -> tuple[table.Action, ...]:
    """Return what the publishing of a version makes of the survey's own dashboard: nothing once it was edited."""
    stored = table.find(Dashboard, Dashboard.at(identity(published.survey)), consistent=True)
    if stored is None:
        return (table.Create(fresh(published, name, now)),)
    if not stored.follows:
        return ()
    followed = stored.changed(name=name, widgets=widgets(published), follows=published.version, updated_at=now)
    return (table.Save(followed),)


def renamed(survey: str, name: str, now: datetime) -> tuple[table.Action, ...]:
    """Return what another name of the survey makes of its own dashboard: nothing once it was edited."""
    stored = table.find(Dashboard, Dashboard.at(identity(survey)), consistent=True)
    if stored is None or not stored.follows:
        return ()
    return (table.Save(stored.changed(name=name, updated_at=now)),)


def widgets(draft: SurveyDraft) -> tuple[Widget, ...]:
    """Return the widgets that suit a survey: its score, how many answer, where, and what they say."""
    scored = [question for question in draft.questions if question.kind in _SCORED]
    main = draft.benchmark or next(iter(scored), None)
    talks = any(question.voice for question in draft.questions)
    return tuple(_stacked([*_figures(main), *_answers(draft, main), *_places(main, scored), *_words(talks=talks)]))


def main_score(draft: SurveyDraft) -> tuple[Metric, str] | None:
    """Return the figure that a survey is read by, and the question it is of; "" is whatever classified the people."""
    main = draft.benchmark or next((question for question in draft.questions if question.kind in _SCORED), None)
    if main is None:
        return None
    query = _score(main)
    return query.metric, query.question


def _figures(main: Question | None) -> Iterator[Widget]:
    """Yield the first line: the score, how many answered, how many of those asked, who waits, who is won back."""
    if main is not None:
        score = _score(main, span=_MONTH, compare=Comparison.BEFORE)
        yield _widget("score", WidgetKind.TILE, 2, 3, score, about=f"score.{main.kind}")
    counted = WidgetQuery(metric=Metric.RESPONSES, span=_MONTH, compare=Comparison.BEFORE)
    yield _widget("responses", WidgetKind.TILE, 2, 3, counted)
    yield _widget("rate", WidgetKind.FUNNEL, 3, 3, WidgetQuery(metric=Metric.FUNNEL, span=_MONTH))
    yield _widget("tickets", WidgetKind.TICKETS, 3, 3, WidgetQuery(span=_QUARTER))
    won_back = WidgetQuery(metric=Metric.RECOVERY, span=_QUARTER, compare=Comparison.BEFORE)
    yield _widget("recovery", WidgetKind.TILE, 2, 3, won_back)


def _answers(draft: SurveyDraft, main: Question | None) -> Iterator[Widget]:
    """Yield how it went over a year, and how many gave which answer."""
    asked = _score(main, span=_YEAR) if main else WidgetQuery(metric=Metric.RESPONSES, span=_YEAR)
    yield _widget("trend", WidgetKind.TREND, 8, 5, asked.changed(group_by=Grouping.MONTH))
    told = main or next((question for question in draft.questions if question.kind in _CHOSEN), None)
    if told is not None:
        shares = WidgetQuery(metric=Metric.SHARES, question=told.id, span=_QUARTER)
        yield _widget("answers", WidgetKind.DISTRIBUTION, 4, 5, shares)


def _places(main: Question | None, scored: list[Question]) -> Iterator[Widget]:
    """Yield which places stand out, as a whole and question by question."""
    if main is None:
        return
    by_place = _score(main, span=_QUARTER, group_by=Grouping.SEGMENT)
    yield _widget("ranking", WidgetKind.RANKING, 6, 6, by_place)
    if len(scored) >= _HEAT_FROM:
        heat = by_place.changed(then_by=Grouping.QUESTION)
        yield _widget("heatmap", WidgetKind.HEATMAP, 6, 6, heat, options=Options(most=20))


def _words(*, talks: bool) -> Iterator[Widget]:
    """Yield what people say, where they are asked to say something."""
    if talks:
        spoken = WidgetQuery(metric=Metric.TOPICS, span=_QUARTER, compare=Comparison.BEFORE)
        yield _widget("topics", WidgetKind.TOPICS, 6, 6, spoken)
        yield _widget("comments", WidgetKind.COMMENTS, 6, 6, WidgetQuery(span=_QUARTER))


def _score(main: Question, **fields: object) -> WidgetQuery:
    """Return the query for the figure that a question is read by; NPS of the benchmark follows its cut-offs."""
    metric = _SCORED[main.kind]
    question = "" if metric is Metric.NPS and main.benchmark else main.id
    return WidgetQuery(metric=metric, question=question).changed(**fields)


def _widget(
    name: str, kind: WidgetKind, w: int, h: int, query: WidgetQuery, *, about: str = "", options: Options | None = None
) -> Widget:
    title = {language: i18n.say("escuta.feedback", language, f"widget.{about or name}") for language in i18n.LANGUAGES}
    at = Position(x=0, y=0, w=w, h=h)
    return Widget(id=name, kind=kind, title=title, position=at, query=query, options=options or Options())


def _stacked(found: list[Widget]) -> Iterator[Widget]:
    """Yield the widgets from left to right and line by line; the last one of each line reaches to the edge."""
    x = y = tallest = 0
    for widget, following in zip_longest(found, found[1:]):
        at = widget.position.changed(x=x, y=y)
        tallest = max(tallest, at.h)
        x += at.w
        if following is None or x + following.position.w > COLUMNS:
            at = at.changed(w=COLUMNS - at.x)
            x, y, tallest = 0, y + tallest, 0
        yield widget.changed(position=at)
