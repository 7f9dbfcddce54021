"""Intercepts: surveys that open on websites. What a page must know of one is public, and opens nothing else."""

import re
from functools import lru_cache
from typing import Any

from pydantic import Field

from escuta import clock, ids, table
from escuta.directory import segments
from escuta.entity import Moment, Value
from escuta.errors import ForbiddenError, GoneError, InvalidError, NotFoundError
from escuta.feedback import links, surveys
from escuta.feedback.links import Door
from escuta.feedback.model import Intercept, Place, SurveyVersion, Trigger

MOST_ORIGINS = 10
MOST_RULES = 10
LONGEST_RULE = 100
_LONGEST_NAME = 200
_FRESH_SECONDS = 60

# An origin as browsers write it: they compare it letter by letter. Numbers as hosts are left out, since a frame's
# ancestors can be named by number for 127.0.0.1 only (CSP 3, 6.7.2.7).
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?!\d+(?::|$))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(rf"(?:https://{_HOST}|https?://(?:localhost|127\.0\.0\.1))(?::[1-9][0-9]{{0,4}})?")
_LONGEST_ORIGIN = 120
_USUAL_PORTS = {"https": ":443", "http": ":80"}
_LARGEST_PORT = 65_535
_EVENT = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,63}")
_OWN_EVENTS = frozenset({"set"})  # what a page says to hand over hidden fields


class InterceptDraft(Value):
    """What somebody decides about an intercept."""

    name: str
    survey: str
    segment: str
    origins: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    language: str = ""
    place: Place = Place.MODAL
    trigger: Trigger = Field(default_factory=Trigger)
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class Shown(Value):
    """What the script in a page needs to know of an intercept that is on: all of it is public."""

    intercept: Intercept
    languages: tuple[str, ...]


def create(draft: InterceptDraft, identity: str = "") -> Intercept:
    """Put a survey on a website. NotFoundError without its survey or segment; InvalidError names the wrong place.

    Its id follows from `identity`, where that is given.
    """
    now = clock.now()
    name = ids.with_check(identity[: ids.TOKEN_LENGTH - 1]) if identity else ids.new_token()
    intercept = Intercept(id=name, created_at=now, **dict(draft))
    segments.live(intercept.segment)
    surveys.standing(intercept.survey)
    return table.create(_checked(intercept))


def get(intercept: str) -> Intercept:
    """Return an intercept, revoked and ended ones too; NotFoundError when there is none."""
    return table.load(Intercept, Intercept.at(intercept), consistent=True)


def listing(segment: str = "", *, limit: int = 50, cursor: str | None = None) -> table.Page[Intercept]:
    """Return the intercepts of a segment (not of its subtree), the oldest first; of all segments when none is named."""
    prefix = f"{segment}#" if segment else ""
    return table.query(Intercept, "intercepts", prefix=prefix, index="g1", limit=limit, cursor=cursor)


def change(current: Intercept, **fields: Any) -> Intercept:
    """Replace some fields of an intercept that is not revoked. Pages follow within minutes."""
    if current.revoked_at is not None:
        raise GoneError("intercept_revoked")
    changed = _checked(current.changed(**fields))
    return changed if changed == current else _saved(changed)


def revoke(intercept: str) -> Intercept:
    """Take an intercept off its website for good. Revoking twice changes nothing."""
    stored = get(intercept)
    return stored if stored.revoked_at is not None else _saved(stored.changed(revoked_at=clock.now()))


def recent(intercept: str) -> Intercept:
    """Return the intercept of a public id as it was at most a minute ago. NotFoundError as for every link."""
    return _kept(intercept, clock.epoch() // _FRESH_SECONDS)


def shown(intercept: str) -> Shown | None:
    """Return what the script of this id shows now; None when it is over, early, paused or unknown."""
    try:
        found = recent(intercept)
        links.admit(found, clock.now())
        version = surveys.live(found.survey)
    except (NotFoundError, GoneError, ForbiddenError):  # a website is never told why: it stays as it is
        return None
    return Shown(intercept=found, languages=version.languages)


@lru_cache(maxsize=256)
def _kept(intercept: str, minute: int) -> Intercept:  # noqa: ARG001 - the minute is the age of what is kept
    found = links.find(Door.INTERCEPT, intercept)
    if not isinstance(found, Intercept):
        raise NotFoundError("intercept_not_found")
    return found


def _saved(intercept: Intercept) -> Intercept:
    stored = table.save(intercept)
    _kept.cache_clear()
    return stored


def _checked(intercept: Intercept) -> Intercept:
    """Return the intercept as it may be stored, or refuse it by place."""
    name = intercept.name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InvalidError("intercept_name", field="name", most=_LONGEST_NAME)
    origins = tuple(dict.fromkeys(intercept.origins))
    _check_origins(origins)
    _check_survey(intercept, _newest(intercept.survey))
    if intercept.starts_at and intercept.ends_at and intercept.ends_at <= intercept.starts_at:
        raise InvalidError("intercept_period", field="ends_at")
    _check_trigger(intercept.trigger)
    return intercept.changed(name=name, origins=origins, hidden=tuple(dict.fromkeys(intercept.hidden)))


def _newest(survey: str) -> SurveyVersion:
    """Return the version that pages show, or will show when the survey goes on."""
    number = surveys.get(survey).version
    if number == 0:
        raise InvalidError("survey_not_published", field="survey")
    return surveys.version(survey, number)


def _check_origins(origins: tuple[str, ...]) -> None:
    if not 0 < len(origins) <= MOST_ORIGINS:
        raise InvalidError("intercept_origins", field="origins", most=MOST_ORIGINS)
    for number, origin in enumerate(origins):
        if not _is_origin(origin):
            raise InvalidError("intercept_origin", field=f"origins[{number}]", value=origin[:_LONGEST_ORIGIN])


def _is_origin(text: str) -> bool:
    """Tell whether this is scheme, host and perhaps port, exactly as a browser says it: nothing more, no wildcard."""
    if len(text) > _LONGEST_ORIGIN or not _ORIGIN.fullmatch(text):
        return False
    scheme, _, rest = text.partition("://")
    port = rest.partition(":")[2]
    return not rest.endswith(_USUAL_PORTS[scheme]) and int(port or "1") <= _LARGEST_PORT


def _check_survey(intercept: Intercept, version: SurveyVersion) -> None:
    """Demand that the survey knows the language and the hidden fields."""
    if intercept.language and intercept.language not in version.languages:
        raise InvalidError("intercept_language", field="language", allowed=list(version.languages))
    for number, name in enumerate(intercept.hidden):
        if name not in version.hidden:
            raise InvalidError(
                "intercept_hidden", field=f"hidden[{number}]", value=name[:64], allowed=list(version.hidden)
            )


def _check_trigger(trigger: Trigger) -> None:
    """Demand a moment at which it can open, and rules that a small script can hold."""
    moments = (trigger.delay_seconds is not None, trigger.scroll_percent is not None, trigger.exit_intent)
    if not any((*moments, trigger.event)):
        raise InvalidError("intercept_trigger", field="trigger")
    if trigger.event and (not _EVENT.fullmatch(trigger.event) or trigger.event in _OWN_EVENTS):
        raise InvalidError("intercept_event", field="trigger.event", pattern=_EVENT.pattern)
    for field, rules in (("url_includes", trigger.url_includes), ("url_excludes", trigger.url_excludes)):
        if len(rules) > MOST_RULES or any(not 0 < len(rule.strip()) <= LONGEST_RULE for rule in rules):
            raise InvalidError("intercept_rules", field=f"trigger.{field}", most=MOST_RULES, longest=LONGEST_RULE)
