"""What the page of a kiosk carries so that it works for days without network."""

from functools import cache
from importlib import resources
from typing import Any

from markupsafe import Markup

from escuta import ids
from escuta.feedback import piping
from escuta.feedback.access_codes import ROUNDS
from escuta.feedback.links import Source
from escuta.feedback.model import Kiosk, ScoreClass, SurveyVersion
from escuta.i18n import say
from respond import sheets

EDITION = "Escuta-Edition"  # header of a kiosk's page: which edition it is of
_SAID = ("waiting", "aside", "unsafe", "full", "starts", "sends", "next", "wrong", "slow")
_WRONG = ("required", "name", "email", "phone")


def added(kiosk: Kiosk, source: Source, version: SurveyVersion, language: str, nonce: str) -> Markup:
    """Return what is added to the page of a survey on a kiosk, before the page's own script."""
    template = sheets.templates().get_template("kiosk.html")
    thanks = _thanks(source, version, language)
    known = {**_settings(kiosk, version, language), "thanks": thanks}
    content = template.render(**sheets.around(language), nonce=nonce, kiosk=known)
    return Markup(content)  # noqa: S704 - a template of ours, which escapes every name


def worker(languages: tuple[str, ...], edition: str) -> str:
    """Return the service worker's script."""
    return sheets.templates().get_template("sw.js").render(languages=languages, edition=edition, header=EDITION)


def edition(kiosk: Kiosk, version: SurveyVersion) -> str:
    """Return what changes when anything changes that a device keeps: the survey, the settings, the page itself."""
    return ids.derive(version.survey, version.version, kiosk.model_dump_json(), _sources())


def _settings(kiosk: Kiosk, version: SurveyVersion, language: str) -> dict[str, Any]:
    return {
        "idle_seconds": kiosk.idle_seconds,
        "on_idle": kiosk.on_idle,
        "exit": {"salt": kiosk.exit_salt, "hash": kiosk.exit_hash, "rounds": ROUNDS},
        "benchmark": version.benchmark.id if version.benchmark else "",
        "most": {"detractor": version.detractor_max, "passive": version.passive_max},
        "words": {name: say("respond", language, f"kiosk.{name}", n="{n}") for name in _SAID}
        | {name: say("respond", language, f"answer_{name}") for name in _WRONG},
    }


def _thanks(source: Source, version: SurveyVersion, language: str) -> dict[str, dict[str, str]]:
    """Return the thanks for each score class. What a text says of an answer is its fallback: the answer comes later."""
    texts: dict[str, str] = {}
    for kind in ("any", *ScoreClass):
        own = version.thanks.get(kind) or version.thanks.get("any") or {}
        texts[kind] = own.get(language) or say("respond", language, f"kiosk.thanks.{kind}")
    known = piping.known(texts.values(), source, version, language, {}, {})
    return {
        kind: {"title": say("respond", language, f"thanks.{kind}.title"), "text": piping.plain(text, known)}
        for kind, text in texts.items()
    }


@cache
def _sources() -> str:
    """Return a digest of everything that the page is made of."""
    folder = resources.files("respond")
    names = [part for place in ("templates", "texts") for part in folder.joinpath(place).iterdir()]
    return ids.derive(*(part.read_text(encoding="utf-8") for part in sorted(names, key=str)))
