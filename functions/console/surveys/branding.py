"""How the pages of a survey look: colors that are told apart before they are kept, a logo, light and dark."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash, Undo
from console.forms import Faults
from console.surveys import about, editor, moving, typed
from console.surveys.typed import Definition
from console.visit import Visit
from escuta.feedback import drafts, looks
from escuta.feedback.model import SurveyDraft, Theme

PALETTES = {"light": looks.LIGHT, "dark": looks.DARK}
COLORS = ("accent", "ground", "card", "ink")
_THEMES = tuple(str(each) for each in Theme)
_LONGEST_LOGO = 4_000  # characters of an address; the API says what is too large


class Contrast(NamedTuple):
    """Two colors that must be told apart, and how well they are."""

    theme: str
    one: str
    other: str
    found: float
    least: float

    @property
    def is_enough(self) -> bool:
        """Tell whether everybody can tell them apart."""
        return self.found >= self.least


def show(visit: Visit, survey: str) -> Response[str]:
    """Show the colors and the logo beside a preview."""
    draft = editor.read(visit, survey)
    return _page(visit, survey, draft, draft.definition, forms.NONE)


def look(visit: Visit, survey: str) -> Response[str]:
    """Return how well the colors that are being chosen are told apart, and where they are previewed."""
    form = visit.signed_form()
    draft = editor.read(visit, survey, form.get("lang", ""))
    made = _typed(draft.definition, visit.fields)
    asked = {"definition": made, "language": draft.language, "theme": form.get("theme") or None}
    if asked["theme"] not in editor.THEMES:
        asked["theme"] = None
    shown = visit.api.post(f"/surveys/{survey}/previews", asked)
    return _page(visit, survey, draft, made, forms.NONE, shown["url"])


def save(visit: Visit, survey: str) -> Response[str]:
    """Keep the look in the draft."""

    def work(form: Mapping[str, str]) -> Response[str]:
        draft = editor.read(visit, survey)
        made = _typed(draft.definition, visit.fields)
        kept = editor.keep(visit, survey, made, form)
        fields = {"definition": moving.packed(draft.definition), "rev": str(kept["rev"])}
        undo = Undo(path=f"surveys/{survey}/draft/restore", fields=fields)
        return pages.go(visit, f"surveys/{survey}/branding", Flash(code="said.saved", undo=undo))

    def again(_: Mapping[str, str], faults: Faults) -> Response[str]:
        draft = editor.read(visit, survey)
        return _page(visit, survey, draft, _typed(draft.definition, visit.fields), faults)

    return forms.act(visit, work, again)


def contrasts(definition: Definition) -> list[Contrast]:
    """Return how well the colors are told apart, those that are none left out."""
    own = definition["branding"]
    draft = SurveyDraft.model_validate(
        {
            **definition,
            "color": _color(definition["color"]) or "#000000",
            "branding": {**own, **{theme: _valid(own[theme]) for theme in PALETTES}},
        }
    )
    return [
        Contrast(pair.place.rpartition(".")[2], pair.one, pair.other, int(pair.found * 10) / 10, pair.least)
        for pair in looks.pairs(draft)
    ]


def _valid(palette: Mapping[str, str]) -> dict[str, str]:
    return {name: _color(color) for name, color in palette.items()}


def _color(text: str) -> str:
    return text if drafts.COLOR.fullmatch(text) else ""


def _typed(definition: Definition, fields: Mapping[str, list[str]]) -> Definition:
    """Return a definition that looks as a form says."""
    own = definition["branding"]
    theme = typed.said(fields, "theme_of_page", own["theme"])
    alt = {each: words for each in definition["languages"] if (words := typed.said(fields, f"logo_alt.{each}"))}
    logo = typed.said(fields, "logo", own["logo"])[:_LONGEST_LOGO]
    branding = {
        "logo": logo,
        "logo_alt": alt if logo else {},
        "theme": theme if theme in _THEMES else own["theme"],
        **{name: {color: _said(fields, f"{name}.{color}") for color in COLORS} for name in PALETTES},
    }
    return {**definition, "color": _said(fields, "color") or definition["color"], "branding": branding}


def _said(fields: Mapping[str, list[str]], name: str) -> str:
    """Return a color as it is kept: `#rrggbb`, whichever way it was typed."""
    text = typed.said(fields, name).lower().removeprefix("#")
    if len(text) == 3:  # noqa: PLR2004 - the short form of CSS
        text = "".join(each * 2 for each in text)
    return f"#{text}"[:32] if text else ""


def _page(
    visit: Visit, survey: str, draft: editor.Draft, definition: Definition, faults: Faults, url: str = ""
) -> Response[str]:
    return pages.framed(
        visit,
        "surveys/branding",
        part="contrasts",
        **about.values(visit, survey, "branding"),
        draft=draft,
        definition=definition,
        language=draft.language,
        branding=definition["branding"],
        palettes=PALETTES,
        colors=COLORS,
        pairs=contrasts(definition),
        wrong=_wrong(definition),
        largest=looks.LARGEST_LOGO,
        themes=_THEMES,
        url=url,
        faults=faults,
    )


def _wrong(definition: Definition) -> dict[str, Any]:
    """Return which fields lack words, hold no color, or one that white cannot be read on: the field -> a code."""
    own = definition["branding"]
    found = {
        f"{theme}.{name}": "color"
        for theme in PALETTES
        for name, color in own[theme].items()
        if color and not _color(color)
    }
    if own["logo"]:
        found |= {f"logo_alt.{each}": "alt" for each in definition["languages"] if not own["logo_alt"].get(each)}
    if not _color(definition["color"]):
        found["color"] = "color"
    elif looks.contrast(definition["color"], "#ffffff") < drafts.LEAST_CONTRAST:
        found["color"] = "white"
    return found
