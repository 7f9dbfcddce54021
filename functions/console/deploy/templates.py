"""Templates: the words of invitations and reminders by channel and language, what they lack, and one to be edited."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.deploy import choices
from console.flash import Flash, Undo
from console.forms import Faults
from console.surveys import about, moving
from console.visit import Visit
from escuta.errors import EscutaError, InvalidError
from escuta.i18n import LANGUAGES
from escuta.outreach.model import MESSAGES

CHANNELS = tuple(str(each) for each in MESSAGES)
PARTS = {"email": ("subject", "html", "text"), "sms": ("text",)}
_KEPT = ("subject", "html", "text", "most_parts", "accents")
_CARRIED = 2_200  # characters that a note can carry along: what is longer cannot be put back
_NAME = 40


class Which(NamedTuple):
    """Which template of a survey."""

    channel: str
    language: str
    name: str
    reminder: bool

    @property
    def query(self) -> str:
        """Return it as the query of a link."""
        said = {"channel": self.channel, "language": self.language, "name": self.name}
        return urlencode({**{k: v for k, v in said.items() if v}, **({"reminder": "on"} if self.reminder else {})})

    @property
    def fields(self) -> dict[str, str]:
        """Return it as the fields of a form."""
        return {**self._asdict(), "reminder": "on" if self.reminder else ""}


class Row(NamedTuple):
    """A template in all its languages: of each what is kept, None where nothing is."""

    name: str
    channel: str
    reminder: bool
    words: dict[str, dict[str, Any] | None]

    @property
    def is_begun(self) -> bool:
        """Tell whether it has words in any language."""
        return any(self.words.values())

    def which(self, language: str) -> Which:
        """Return which template it is in a language."""
        return Which(self.channel, language, self.name, self.reminder)


def which(said: Mapping[str, str]) -> Which:
    """Return which template a query or a form names."""
    channel, language = said.get("channel") or CHANNELS[0], said.get("language") or LANGUAGES[0]
    if channel not in CHANNELS or language not in LANGUAGES:
        raise InvalidError("form_invalid")
    return Which(channel, language, said.get("name", "").strip()[: _NAME + 1], bool(said.get("reminder")))


def show_all(visit: Visit) -> Response[str]:
    """Show the templates of a survey: each in all its languages."""
    surveys = [each for each in choices.surveys(visit) if not each["deleted_at"]]
    wanted = visit.asked("survey")
    known = {each["id"] for each in surveys}
    live = next((each["id"] for each in surveys if each["status"] == "live"), "")
    chosen = wanted or live or next(iter(known), "")
    if chosen and chosen not in known:
        surveys = [visit.api.get(f"/surveys/{chosen}"), *surveys]
    kept = own(visit, chosen) if chosen else []
    spoken = languages(visit, chosen) if chosen else []
    return pages.framed(
        visit,
        "deploy/templates",
        surveys=surveys,
        chosen=chosen,
        languages=[*spoken, *(each for each in LANGUAGES if each not in spoken and _in(kept, each))],
        spoken=spoken,
        rows=rows(kept, spoken),
        channels=CHANNELS,
        edits=about.edits(visit),
    )


def edit(visit: Visit, survey: str) -> Response[str]:
    """Show one template with what it says to somebody."""
    asked = which(visit.event.query_string_parameters or {})
    kept = own(visit, survey)
    return page(visit, survey, asked, stored(visit, survey, asked, kept), kept)


def save(visit: Visit, survey: str) -> Response[str]:
    """Keep the words; what they were is carried by the note that can put them back."""

    def work(form: Mapping[str, str]) -> Response[str]:
        asked = which(form)
        before = _of(asked, own(visit, survey))
        after = visit.api.put(_path(survey, asked), body(asked, form), rev=form.get("rev", ""))
        fields = {**asked.fields, "rev": str(after["rev"]), "words": moving.packed(_words(before)) if before else ""}
        undo = Undo(path=f"deploy/templates/{survey}/restore", fields=fields)
        return pages.go(visit, f"deploy/templates/{survey}?{asked.query}", Flash(code="said.saved", undo=undo))

    return forms.act(visit, work, lambda form, faults: again(visit, survey, form, faults))


def delete(visit: Visit, survey: str) -> Response[str]:
    """Take a template back: the one without a name, or the product's own words, go out from then on."""

    def work(form: Mapping[str, str]) -> Response[str]:
        asked = which(form)
        gone = _delete(visit, survey, asked, form.get("rev", ""))
        fields = {**asked.fields, "rev": "0", "words": moving.packed(_words(gone))}
        undo = Undo(path=f"deploy/templates/{survey}/restore", fields=fields)
        said = Flash(code="deploy.template.said.deleted", undo=undo)
        return pages.go(visit, f"deploy/templates?{urlencode({'survey': survey})}", said)

    return forms.act(visit, work, lambda form, faults: again(visit, survey, form, faults))


def restore(visit: Visit, survey: str) -> Response[str]:
    """Put the words back that were there before, or take away what was not."""

    def work(form: Mapping[str, str]) -> Response[str]:
        asked, rev = which(form), form.get("rev", "")
        if form.get("words"):
            visit.api.put(_path(survey, asked), _said(asked, moving.unpacked(form["words"])), rev=rev)
        else:
            _delete(visit, survey, asked, rev)
        return pages.go(visit, f"deploy/templates/{survey}?{asked.query}", Flash(code="said.undone"))

    return forms.act(visit, work, lambda form, faults: again(visit, survey, form, faults))


def again(visit: Visit, survey: str, form: Mapping[str, str], faults: Faults, **more: Any) -> Response[str]:
    """Return the page once more with what was typed."""
    asked, kept = which(form), own(visit, survey)
    words = {**stored(visit, survey, asked, kept), **{name: form[name] for name in _KEPT if name in form}}
    return page(visit, survey, asked, words, kept, faults=faults, rev=form.get("rev", ""), **more)


def page(
    visit: Visit,
    survey: str,
    asked: Which,
    words: Mapping[str, Any],
    kept: list[dict[str, Any]],
    *,
    faults: Faults = forms.NONE,
    rev: str = "",
    **more: Any,
) -> Response[str]:
    """Return the page of a template, with these words in its fields."""
    spoken = languages(visit, survey)
    values: dict[str, Any] = {
        "survey": visit.api.get(f"/surveys/{survey}"),
        "which": asked,
        "words": words,
        "rev": rev or words["rev"],
        "own": _of(asked, kept),
        "others": {each: _of(asked._replace(language=each), kept) for each in LANGUAGES},
        "spoken": spoken,
        "parts": PARTS[asked.channel],
        "merge": visit.api.get("/merge-fields")["items"],
        "shown": look(visit, survey, asked, words),
        "edits": about.edits(visit),
        "sent": None,
        "to": "",
        "puts_back": len(moving.packed(_words(words))) < _CARRIED,
        "faults": faults,
    }
    return pages.framed(visit, "deploy/template", part="look", **{**values, **more})


def look(visit: Visit, survey: str, asked: Which, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return what words say to somebody who is made up; `refused` where they are not even looked at."""
    said = {**asked._asdict(), **body(asked, words)}
    try:
        shown: dict[str, Any] = visit.api.post(f"/surveys/{survey}/templates/preview", said)
    except EscutaError as error:
        refused = forms.faults(error, visit.language)
        nothing = dict.fromkeys(("problems", "warnings", "blank", "fallback"), ())
        return {**nothing, "subject": "", "text": "", "sms": None, "refused": refused}
    return {**shown, "refused": None}


def body(asked: Which, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return the words as the API takes them: of an SMS the text and its limits, of a mail its parts."""
    if asked.channel == "sms":
        parts = str(words.get("most_parts", 2))
        limits = {"most_parts": forms.counted(parts, 0), "accents": words.get("accents", "save")}
        own_parts: dict[str, Any] = limits
    else:
        own_parts = {name: _lines(words.get(name, "")) for name in ("subject", "html")}
    return {"name": asked.name, "reminder": asked.reminder, "text": _lines(words.get("text", "")), **own_parts}


def stored(visit: Visit, survey: str, asked: Which, kept: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the words of a template; those that go out in its place, of revision 0, where it has none."""
    if found := _of(asked, kept):
        return found
    instead = _of(asked._replace(name=""), kept)
    path = _path(survey, asked)
    words = instead or visit.api.get(path, reminder=asked.reminder or None)
    return {**words, "rev": 0, "name": asked.name}


def own(visit: Visit, survey: str) -> list[dict[str, Any]]:
    """Return the survey's own templates."""
    found: list[dict[str, Any]] = visit.api.get(f"/surveys/{survey}/templates")["items"]
    return found


def languages(visit: Visit, survey: str) -> list[str]:
    """Return the languages in which a survey asks, the first one first."""
    found: list[str] = visit.api.get(f"/surveys/{survey}/draft")["definition"]["languages"]
    return found


def rows(kept: list[dict[str, Any]], spoken: list[str]) -> list[Row]:
    """Return the templates without a name, whether there are any or not, and after them those with one."""
    usual = [("", channel, reminder) for channel in CHANNELS for reminder in (False, True)]
    named = sorted({(each["name"], each["channel"], each["reminder"]) for each in kept if each["name"]})
    found = {(each["name"], each["channel"], each["reminder"], each["language"]): each for each in kept}
    every = [*spoken, *(each for each in LANGUAGES if each not in spoken)]
    return [Row(*key, {language: found.get((*key, language)) for language in every}) for key in (*usual, *named)]


def _in(kept: list[dict[str, Any]], language: str) -> bool:
    return any(each["language"] == language for each in kept)


def _of(asked: Which, kept: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((each for each in kept if Which(*(each[name] for name in Which._fields)) == asked), None)


def _path(survey: str, asked: Which) -> str:
    return f"/surveys/{survey}/templates/{asked.channel}/{asked.language}"


def _words(words: Mapping[str, Any]) -> dict[str, Any]:
    return {name: words[name] for name in _KEPT}


def _said(asked: Which, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return words that a note carried; what says nothing was left out of it."""
    return body(asked, {"subject": "", "html": "", "text": "", **words})


def _delete(visit: Visit, survey: str, asked: Which, rev: str) -> dict[str, Any]:
    named = {"name": asked.name, "reminder": asked.reminder or None}
    gone: dict[str, Any] = visit.api.delete(_path(survey, asked), rev=rev, **named)
    return gone


def _lines(text: Any) -> str:
    return str(text).replace("\r\n", "\n")
