"""The organisation as it decided to be; what it left open is as the deployed stack says."""

from collections.abc import Mapping
from functools import lru_cache

from escuta import clock, i18n, table
from escuta.config import settings
from escuta.directory import lines
from escuta.directory.model import Label, Noun, Organisation, OrganisationDraft
from escuta.directory.segments import hierarchy
from escuta.errors import InvalidError

_FRESH_SECONDS = 60
_OPEN = ("name", "language", "country", "timezone")


def current() -> Organisation:
    """Return what holds now, with nothing left open. Up to 60 seconds old."""
    return filled(_kept(clock.epoch() // _FRESH_SECONDS))


def load() -> Organisation:
    """Return what was decided, as it is stored now: what is empty was left open. Revision 0: nobody decided."""
    return table.find(Organisation, Organisation.at(), consistent=True) or Organisation()


def filled(decided: Organisation) -> Organisation:
    """Return what was decided with the words of the stack in place of what was left open."""
    stack = settings()
    values = dict(zip(_OPEN, (stack.organisation, stack.language, stack.country, stack.timezone), strict=True))
    return decided.model_copy(update={name: value for name, value in values.items() if not getattr(decided, name)})


def save(draft: OrganisationDraft, *, rev: int, who: str) -> Organisation:
    """Store what holds from now on in place of revision `rev`; ConflictError when somebody else was faster."""
    wanted = Organisation(**dict(_checked(draft)), rev=rev, updated_at=clock.now(), updated_by=who)
    stored = table.save(wanted) if rev else table.create(wanted)
    _kept.cache_clear()
    return stored


def labels(decided: Organisation) -> Mapping[Noun, Mapping[str, Label]]:
    """Return how things are called in every language: as it was decided, else as we call them."""
    return {noun: {language: _label(decided, noun, language) for language in i18n.LANGUAGES} for noun in Noun}


def label(noun: Noun, language: str) -> Label:
    """Return how a thing is called in a language. Up to 60 seconds old."""
    return _label(current(), noun, language)


def _label(decided: Organisation, noun: Noun, language: str) -> Label:
    own = decided.labels.get(noun, {}).get(language)
    one, many = (i18n.say("escuta.directory", language, f"label.{noun}.{number}") for number in ("one", "many"))
    return own or Label(one=one, many=many)


@lru_cache(maxsize=1)
def _kept(_minute: int) -> Organisation:
    return load()


def _checked(draft: OrganisationDraft) -> OrganisationDraft:
    """Return what was decided as it is kept; InvalidError names what cannot be."""
    name = lines.one(draft.name)
    if any(sign in name for sign in '<>"\\'):  # it names the sender of mails and stands in pages
        raise InvalidError("organisation_name", field="name")
    if draft.language and draft.language not in i18n.LANGUAGES:
        raise InvalidError("value_not_allowed", field="language", allowed=", ".join(i18n.LANGUAGES))
    country = draft.country.upper()
    if country:
        _check_country(country)
    zone = hierarchy.zone(draft.timezone) if draft.timezone else ""
    return draft.changed(name=name, country=country, timezone=zone, labels=_called(draft))


def _check_country(country: str) -> None:
    import phonenumbers  # noqa: PLC0415 - heavy, and only a change of the settings needs it

    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidError("country_unknown", field="country", value=country)


def _called(draft: OrganisationDraft) -> dict[Noun, dict[str, Label]]:
    """Return the words on one line each, without what was left out altogether."""
    kept: dict[Noun, dict[str, Label]] = {}
    for noun, words in draft.labels.items():
        for language, said in words.items():
            place = f"labels.{noun}.{language[:16]}"
            if language not in i18n.LANGUAGES:
                raise InvalidError("value_not_allowed", field=place, allowed=", ".join(i18n.LANGUAGES))
            one, many = lines.one(said.one), lines.one(said.many)
            if not (one and many) or set("<>{}") & set(one + many):
                raise InvalidError("organisation_label", field=place)
            kept.setdefault(noun, {})[language] = Label(one=one, many=many)
    return kept
