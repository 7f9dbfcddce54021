"""Which questions to the figures have an answer. Pure."""

from collections.abc import Iterable, Mapping

from escuta.errors import InvalidError
from escuta.feedback.comments import Tone
from escuta.feedback.model import (
    Filter,
    FilterBy,
    Grouping,
    Hierarchy,
    Metric,
    Origin,
    Query,
    Question,
    QuestionKind,
    ScoreClass,
    SurveyDraft,
)
from escuta.i18n import LANGUAGES
from escuta.outreach.model import Channel

CHANNELS = (*map(str, Channel), "store", "web")  # by which answers come
_SCALES = frozenset({QuestionKind.NPS, QuestionKind.CSAT, QuestionKind.CES, QuestionKind.RATING, QuestionKind.THUMBS})
_COUNTED = _SCALES | {QuestionKind.CHOICE, QuestionKind.CHOICES}  # kinds whose answers are counted
READS: Mapping[Metric, frozenset[QuestionKind]] = {
    Metric.NPS: frozenset({QuestionKind.NPS}),
    Metric.CSAT: frozenset({QuestionKind.CSAT}),
    Metric.CES: frozenset({QuestionKind.CES}),
    Metric.THUMBS: frozenset({QuestionKind.THUMBS}),
    Metric.MEAN: _SCALES,
    Metric.TOP_BOX: _SCALES - {QuestionKind.THUMBS},
    Metric.SHARES: _COUNTED,
}
_WITHIN = (  # what a second grouping may be put into
    Grouping.SEGMENT,
    Grouping.PRODUCT,
    Grouping.PRODUCT_GROUP,
    Grouping.CHANNEL,
    Grouping.LANGUAGE,
    Grouping.DIMENSION,
)
_VALUES: Mapping[FilterBy, Iterable[str]] = {  # of what is filtered by where these are all that there can be
    FilterBy.CHANNEL: CHANNELS,
    FilterBy.LANGUAGE: LANGUAGES,
    FilterBy.CLASS: ScoreClass,
    FilterBy.TONE: Tone,
    FilterBy.ORIGIN: Origin,
}
OF_TICKETS = frozenset(
    {
        Metric.TICKETS,
        Metric.FIRST_RESPONSE,
        Metric.CLOSING,
        Metric.IN_TIME,
        Metric.TIME_IN_STATE,
        Metric.REOPENED,
        Metric.RECOVERY,
        Metric.CAUSES,
        Metric.CAUSED_AGAIN,
    }
)
_IDLE = {name: str(Query.model_fields[name].default) for name in ("boxes", "levels")}  # where they mean nothing
_TIME = tuple(grouping for grouping in Grouping if grouping.unit)
_OF_THE_FUNNEL = (Grouping.NONE, *_TIME, Grouping.SEGMENT, Grouping.CHANNEL)
_OF_PLACES = (Grouping.NONE, *_TIME, Grouping.SEGMENT)
_OF_EVERYTHING = tuple(grouping for grouping in Grouping if grouping is not Grouping.QUESTION)


def check(query: Query, version: SurveyDraft | None) -> None:
    """Refuse what has no answer: InvalidError `value_not_allowed` with the field and what it allows.

    `version` is what the survey asks now; None: nothing yet.
    """
    questions = version.questions if version else ()
    _check_question(query, questions)
    _check_grouping(query, questions, version.dimensions if version else ())
    _check_funnel(query)
    _check_tickets(query)
    _check_idle(query, questions)
    check_filters(query.filters, version)


def check_filters(filters: Iterable[Filter], version: SurveyDraft | None, field: str = "filters") -> None:
    """Refuse filters by what the survey does not ask or count, and by values that there cannot be.

    So nobody looks for what somebody wrote, either: only for what was chosen.
    """
    for each in filters:
        if each.field is FilterBy.DIMENSION:
            _allow(field, each.of, version.dimensions if version else ())
        if each.field is FilterBy.ANSWER:
            _allow(field, each.of, _named(version.questions if version else (), _COUNTED))
        for value in each.values if each.field in _VALUES else ():
            _allow(field, value, _VALUES[each.field])


def question_of(query: Query, version: SurveyDraft | None) -> Question | None:
    """Return the question that the metric reads; None for the benchmark and where there is none to read."""
    found = (each for each in (version.questions if version else ()) if each.id == query.question)
    return next(found, None)


def counted(version: SurveyDraft | None) -> tuple[Question, ...]:
    """Return the questions whose answers are counted, in the order of the survey."""
    return tuple(each for each in (version.questions if version else ()) if each.kind in _COUNTED)


def _check_question(query: Query, questions: Iterable[Question]) -> None:
    kinds = READS.get(query.metric)
    if kinds is None:
        _allow("question", query.question, ("",))
    else:
        benchmark = ("",) if query.metric is Metric.NPS else ()
        _allow("question", query.question, (*benchmark, *_named(questions, kinds)))


def _check_grouping(query: Query, questions: Iterable[Question], dimensions: Iterable[str]) -> None:
    if query.metric is Metric.FUNNEL:
        _allow("group_by", query.group_by, _OF_THE_FUNNEL)
    elif query.metric in OF_TICKETS:
        _allow("group_by", query.group_by, _OF_PLACES)
    elif query.metric not in {*READS, Metric.RESPONSES}:
        _allow("group_by", query.group_by, _OF_EVERYTHING)
    within = query.group_by in _WITHIN and query.metric in {*READS, Metric.RESPONSES}
    _allow("then_by", query.then_by, (Grouping.NONE, Grouping.QUESTION) if within else (Grouping.NONE,))
    by_dimension, by_answer = query.group_by is Grouping.DIMENSION, query.group_by is Grouping.ANSWER
    _allow("dimension", query.dimension, dimensions if by_dimension else ("",))
    _allow("by", query.by, _named(questions, _COUNTED) if by_answer else ("",))


def _check_tickets(query: Query) -> None:
    """Refuse what tickets are not counted by: what people answered, above all."""
    if query.metric in OF_TICKETS:
        _check_plain(query)
        for each in query.filters:
            _allow("filters", each.field, ())


def _check_plain(query: Query) -> None:
    """Refuse what holds for answers alone."""
    _allow("hierarchy", query.hierarchy, (Hierarchy.WAS,))
    _allow("subtree", str(query.subtree).lower(), ("true",))
    _allow("tapped", str(query.tapped).lower(), ("true",))
    for standing in query.include:
        _allow("include", standing, ())


def _check_funnel(query: Query) -> None:
    if query.metric is Metric.FUNNEL:
        _check_plain(query)
        for each in query.filters:
            _allow("filters", each.field, (FilterBy.CHANNEL,))
        if query.filters and query.group_by is Grouping.SEGMENT:
            _allow("filters", query.filters[0].field, ())


def _check_idle(query: Query, questions: Iterable[Question]) -> None:
    """Refuse what would change nothing, or leave nothing to tell."""
    if query.metric is Metric.TOP_BOX:
        low, high = next((each.scale for each in questions if each.id == query.question), None) or (0, 0)
        _allow("boxes", str(query.boxes), map(str, range(1, high - low + 1)))
    else:
        _allow("boxes", str(query.boxes), (_IDLE["boxes"],))
    if query.group_by is Grouping.SEGMENT:
        _allow("subtree", str(query.subtree).lower(), ("true",))
    else:
        _allow("levels", str(query.levels), (_IDLE["levels"],))


def _named(questions: Iterable[Question], kinds: frozenset[QuestionKind]) -> tuple[str, ...]:
    return tuple(each.id for each in questions if each.kind in kinds)


def _allow(field: str, value: str, allowed: Iterable[str]) -> None:
    named = tuple(map(str, allowed))
    if value not in named:
        shown = ", ".join(filter(None, named)) or "-"
        raise InvalidError("value_not_allowed", field=field, value=value[:80], allowed=shown)
