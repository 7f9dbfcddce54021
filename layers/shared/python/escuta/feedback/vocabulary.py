"""The topics that comments are searched for, in versions: by which one a comment is read hangs on no moment of asking.

What is answered is read by the version that was in force when it was received; what somebody asks to be read again, by
the version of then. Both begin two minutes after they were decided, when no process knows less than all of it any more:
so everybody who reads a comment finds the same, and a recount finds no difference because of a dictionary.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache

from escuta import clock, i18n, ids, table
from escuta.errors import InvalidError
from escuta.feedback.comments import Dictionary, topics, words
from escuta.feedback.model import (
    Reread,
    Rereading,
    Response,
    ScoreClass,
    Since,
    Topic,
    Topics,
    TopicsDraft,
    TopicsVersion,
)

FRESH_SECONDS = 60
MOST_WORDS = 6  # of a term
MOST_VERSIONS = 1000
MOST_REREADS = 200
LARGEST = 200_000  # bytes of a dictionary: with all that is said beside it, it is one row of at most 400 KB
AHEAD = timedelta(minutes=2)  # more than twice as long as any process keeps what it has read


def current() -> Topics:
    """Return the dictionary as this process knows it, up to a minute old."""
    return _kept(clock.epoch() // FRESH_SECONDS)


@lru_cache(maxsize=1)
def _kept(tick: int) -> Topics:  # noqa: ARG001 - the tick is the age of what is kept
    return load()


def load() -> Topics:
    """Return the dictionary as it is stored now; where nobody has saved any, the one that ships."""
    return table.find(Topics, Topics.at(), consistent=True) or Topics()


def number(response: Response) -> int:
    """Return by which version the comment of a response is read. It rises, and never falls."""
    known = current()
    if not known.version:
        return 0
    now = clock.now()
    since = (each.version for each in known.since if each.at <= response.received_at)
    again = (
        each.version
        for each in known.rereads
        if each.survey == response.survey and each.first <= response.day <= each.last and each.at <= now
    )
    return max((0, *since, *again))


def of(response: Response) -> Dictionary:
    """Return the dictionary by which the comment of a response is read."""
    return version(number(response))


@lru_cache(maxsize=16)
def version(wanted: int) -> Dictionary:
    """Return a version of the dictionary; 0 is the one that ships."""
    if not wanted:
        return topics.built_in()
    return dictionary(table.load(TopicsVersion, TopicsVersion.at(wanted), consistent=True))


def dictionary(draft: TopicsDraft) -> Dictionary:
    """Return what a draft makes of the topics that ship."""
    return topics.extended(map(_topic, draft.topics))


def _topic(told: Topic) -> topics.Topic:
    return topics.Topic(told.code, told.name, told.terms, told.excluding, told.on)


def names(language: str) -> dict[str, str]:
    """Return what each topic is called now, those that are off included."""
    known = current()
    return version(known.version).names(language)


def check(draft: TopicsDraft, known: Topics) -> None:
    """Refuse a dictionary that could not be counted by, or that forgets what was: InvalidError, each with its place."""
    if len(draft.model_dump_json().encode()) > LARGEST:
        raise InvalidError("topics_large", field="topics", most=LARGEST)
    shipped = {topic.code for topic in topics.built_in().topics}
    codes = [topic.code for topic in draft.topics]
    for number, topic in enumerate(draft.topics):
        place = f"topics[{number}]"
        if topic.code in codes[:number]:
            raise InvalidError("topic_twice", field=f"{place}.code", what=topic.code)
        if topic.code in set(ScoreClass):
            raise InvalidError("topic_code_taken", field=f"{place}.code", what=topic.code)
        if topic.code not in shipped and not topic.name:
            raise InvalidError("topic_without_name", field=f"{place}.name")
        if topic.code not in shipped and topic.on and not any(topic.terms.values()):
            raise InvalidError("topic_without_terms", field=f"{place}.terms")
        _check_words(topic, place)
    for topic in known.topics:
        if topic.code not in {*codes, *shipped}:
            raise InvalidError("topic_gone", field="topics", what=topic.code)


def _check_words(topic: Topic, place: str) -> None:
    for field, told in (("name", topic.name), ("terms", topic.terms), ("excluding", topic.excluding)):
        for language in told:
            if language not in i18n.LANGUAGES:
                allowed = ", ".join(i18n.LANGUAGES)
                raise InvalidError("value_not_allowed", field=f"{place}.{field}", allowed=allowed)
    for field, texts in (("terms", topic.terms), ("excluding", topic.excluding)):
        for language, some in texts.items():
            for number, term in enumerate(some):
                if not 1 <= len(words.stems(term, language)) <= MOST_WORDS:
                    where = f"{place}.{field}.{language}[{number}]"
                    raise InvalidError("topic_term_words", field=where, most=MOST_WORDS)


def save(draft: TopicsDraft, *, rev: int, who: str) -> Topics:
    """Store a dictionary in place of revision `rev` (0: of none) as a version; ConflictError when others were faster.

    What is answered from two minutes on is read by it.
    """
    before, now = load(), clock.now()
    check(draft, before)
    held = tuple(each for each in before.since if each.at <= now)  # nothing was read by what has not begun
    if len(held) >= MOST_VERSIONS:
        raise InvalidError("topics_versions_many", field="topics", most=MOST_VERSIONS)
    number = before.version + 1
    after = before.changed(
        rev=rev,
        topics=draft.topics,
        version=number,
        since=(*held, Since(version=number, at=now + AHEAD)),
        updated_at=now,
        updated_by=who,
    )
    saved = TopicsVersion(version=number, saved_at=now, saved_by=who, topics=draft.topics)
    table.transact(table.Save(after) if rev else table.Create(after), table.Create(saved))
    _kept.cache_clear()
    return load()


def reread(survey: str, first: date, last: date, *, who: str) -> Rereading:
    """Let the answers of a survey on these days be read by the version of now; the sweep counts them again.

    InvalidError `topics_unchanged` where there is no version but the one that ships, `rereads_many` when as many wait
    as are kept.
    """
    now = clock.now()

    def also(known: Topics) -> Topics:
        if not known.version:
            raise InvalidError("topics_unchanged", field="survey")
        begin, end = first.isoformat(), last.isoformat()
        new = Reread(survey=survey, first=begin, last=end, version=known.version, at=now + AHEAD)
        kept = _needed((*known.rereads, new), now)[:-1]
        if len(kept) >= MOST_REREADS:
            raise InvalidError("rereads_many", field="survey", most=MOST_REREADS)
        return known.changed(rereads=(*kept, new))

    after = table.change(load(), also, beside=lambda _, after: [table.Create(_asked(after.rereads[-1], now, who))])
    _kept.cache_clear()
    return table.load(Rereading, _asked(after.rereads[-1], now, who).key(), consistent=True)


def _needed(some: tuple[Reread, ...], now: datetime) -> tuple[Reread, ...]:
    """Return those that decide something. One gives way to a later one when that holds, or when it never held itself.

    Until then both stand: an answer that is read by it would else be read by an older dictionary for two minutes.
    """
    return tuple(
        each
        for place, each in enumerate(some)
        if not any(_covers(later, each) and (later.at <= now or each.at > now) for later in some[place + 1 :])
    )


def _covers(new: Reread, old: Reread) -> bool:
    return new.survey == old.survey and new.first <= old.first and old.last <= new.last


def _asked(new: Reread, now: datetime, who: str) -> Rereading:
    return Rereading(
        id=ids.derive("rereading", new.survey, new.first, new.last, str(new.version), now.isoformat()),
        survey=new.survey,
        first=date.fromisoformat(new.first),
        last=date.fromisoformat(new.last),
        version=new.version,
        asked_at=now,
        asked_by=who,
        next=date.fromisoformat(new.last),
    )
