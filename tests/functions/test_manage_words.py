"""Every code that the management API can answer with has its words, and the words get the details they name."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from escuta import i18n

ROOT = Path(__file__).parents[2]
NOUNS = ROOT / "layers" / "shared" / "python" / "escuta"
OTHERS = {"giving", "magic", "receiving"}  # of a page and of a mailbox: what they refuse reaches no program
RAISING = [
    *(ROOT / "functions" / "manage").glob("*.py"),
    *(NOUNS / "table").glob("*.py"),
    NOUNS / "queues.py",
    *(NOUNS / "directory" / "segments" / f"{name}.py" for name in ("hierarchy", "moving", "retiring")),
    NOUNS / "directory" / "contacts.py",
    NOUNS / "directory" / "correcting.py",
    NOUNS / "directory" / "custom_fields.py",
    NOUNS / "directory" / "describing.py",
    NOUNS / "directory" / "folders.py",
    NOUNS / "directory" / "uploads.py",
    NOUNS / "directory" / "shares.py",
    NOUNS / "directory" / "managers" / "accounts.py",
    NOUNS / "directory" / "products.py",
    *(NOUNS / "feedback" / "dashboards").glob("*.py"),
    *(NOUNS / "feedback" / "querying").glob("*.py"),
    NOUNS / "feedback" / "filtering.py",
    NOUNS / "feedback" / "surveys.py",
    NOUNS / "feedback" / "drafts.py",
    NOUNS / "feedback" / "flow.py",
    NOUNS / "feedback" / "looks.py",
    NOUNS / "feedback" / "prefill.py",
    NOUNS / "feedback" / "ways.py",
    NOUNS / "feedback" / "intercepts.py",
    *(each for each in (NOUNS / "feedback" / "tickets").glob("*.py") if each.stem not in OTHERS),
    NOUNS / "feedback" / "service_hours.py",
    NOUNS / "feedback" / "tokens.py",
    NOUNS / "feedback" / "access_codes.py",
    NOUNS / "outreach" / "amending.py",
    NOUNS / "outreach" / "brake.py",
    NOUNS / "outreach" / "deployments.py",
    NOUNS / "outreach" / "dryruns.py",
    NOUNS / "outreach" / "resending.py",
    NOUNS / "outreach" / "rulesets.py",
    NOUNS / "outreach" / "suppression.py",
    NOUNS / "outreach" / "times.py",
    *(NOUNS / "outreach" / "webhooks").glob("*.py"),
]
OURS = {
    "NotFoundError",
    "ConflictError",
    "GoneError",
    "InvalidError",
    "ForbiddenError",
    "TooManyError",
    "TooLargeError",
    "UnavailableError",
    "RejectedError",
    "RequestError",
}


def refusals() -> Iterator[tuple[str, set[str], str]]:
    """Yield code, names of the details, and place of every refusal written out in the modules."""
    for path in RAISING:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                literals = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                codes = [value for value in literals if isinstance(value, str)]
                if name in OURS and codes:
                    yield codes[0], {word.arg for word in node.keywords if word.arg}, f"{path.name}:{node.lineno}"


def words(language: str) -> dict[str, Any]:
    return dict(i18n.catalog("manage", language))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_refusal_has_words_and_the_details_that_they_name(language: str) -> None:
    known, found = words(language), list(refusals())

    assert len(found) > 50
    for code, details, place in found:
        assert code in known, f"{place}: no words for {code}"
        named = {name for _, name, _, _ in Formatter().parse(known[code]) if name}
        assert named <= details, f"{place}: {code} does not say {named - details}"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 429, 500, 503])
def test_every_status_has_its_title_in_every_language(status: int) -> None:
    assert len({words(language)[f"status_{status}"] for language in i18n.LANGUAGES}) == 3


def test_the_catalogs_say_the_same_things() -> None:
    pt, en, es = (json.loads((ROOT / f"functions/manage/texts/{code}.json").read_text()) for code in i18n.LANGUAGES)

    assert list(pt) == list(en) == list(es)
