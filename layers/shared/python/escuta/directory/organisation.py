"""What the organisation decided about itself. Its name, language, country and zone are those of the deployment."""

from collections.abc import Mapping
from functools import lru_cache

from escuta import clock, i18n, table
from escuta.directory import lines
from escuta.directory.model import Label, Noun, Organisation, OrganisationDraft
from escuta.errors import InvalidError

_FRESH_SECONDS = 60


def current() -> Organisation:
    """Return what holds now. Up to 60 seconds old."""
    return _kept(clock.epoch() // _FRESH_SECONDS)


def load() -> Organisation:
    """Return what was decided, as it is stored now. Revision 0: nobody decided."""
    return table.find(Organisation, Organisation.at(), consistent=True) or Organisation()


def save(draft: OrganisationDraft, *, rev: int, who: str) -> Organisation:
    """Store what holds from now on in place of revision `rev`; ConflictError when somebody else was faster."""
    decided = draft.changed(labels=_called(draft))
    wanted = Organisation(**dict(decided), rev=rev, updated_at=clock.now(), updated_by=who)
    stored = table.save(wanted) if rev else table.create(wanted)
    _kept.cache_clear()
    return stored


def labels(decided: Organisation) -> Mapping[Noun, Mapping[str, Label]]:
    """Return how things are called in every language: as it was decided, else as we call them."""
    return {noun: {language: _label(decided, noun, language) for language in i18n.LANGUAGES} for noun in Noun}


def own(noun: Noun, language: str) -> Label | None:
    """Return how the organisation itself calls a thing in a language, if it decided so. Up to 60 seconds old."""
    return current().labels.get(noun, {}).get(language)


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
