"""W1, W3, W4, R12: whatever is sent to whichever page of the console, it stays text, and nobody meets a fault.

With ESCUTA_FUZZ, as `make fuzz` has it, every form is sent in every way; else each is sent in some, in turn.
"""

import base64
import io
import json
import logging
import os
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import NamedTuple
from unittest.mock import patch
from urllib.parse import urlencode

import pytest

from console import flash
from console.routes import PAGES
from escuta import config, observe
from tests import conftest
from tests.browser.house import asking, filling
from tests.browser.house.serving import House
from tests.browser.house.standing import standing
from tests.functions import console_hostile as hostile
from tests.functions.console_hostile import HOST, Form, Got, Hostile, Reading
from tests.functions.test_naughty_strings import EVERY
from tests.kit.store import Store

SERVER_ERROR, UNAVAILABLE = 500, 503
WHOLE = "ESCUTA_FUZZ" in os.environ
XSS = (
    "\"'><x-evil onx=1>",
    "</textarea></title></option></script><x-evil onx=1>",
    "' autofocus onfocus=alert(1) x='",
    '" style="position:fixed" onmouseover="alert(1)" x="',
    "javascript:alert(document.domain)",
    "java\tscript:alert(1)",
    " data:text/html,<script>alert(1)</script>",
    "</style><style>*{background:url(//evil.example)}",
    "{{7*7}}{% include '_ui.html' %}${7*7}",
    "<svg/onload=alert(1)><x-evil>",
    "//evil.example/%2e%2e/<x-evil>",
    "-->]]><x-evil onx=1><!--",
)
QUERIES = (  # further states of pages, in which they have other forms
    "surveys/satisfacao?part=start",
    "surveys/satisfacao?part=thanks",
    "surveys/satisfacao?part=settings",
    "surveys/satisfacao?question=nps",
    "surveys/satisfacao/change/rename",
    "surveys/satisfacao/change/copy",
    "admin/products/edit?code=sofa-lua",
)
GENERIC = "call at days kind name text owner whole filter parent consent theme until rate turn words segment size type"
ASKED = (  # noqa: SIM905 - many
    "cursor survey segment state kind lang strategy language folder version template standing retired q group foresee"
    " file year type try status run rhythm recount question part outcome of list hours from contact code begin as"
    " address commented compare days filter hierarchy include score subtree to without words channel class topic tone"
    " product priority owner actor day noun limit form"
).split()
TRIED = {"/deploy/templates/<survey>/look", "/deploy/templates/<survey>/mail"}  # previews, of which nothing is kept
LET = {  # what goes through of the admin's forms: a manager's own links, and a private copy
    "bruno": TRIED
    | {f"/deploy/tokens/<token>/{act}" for act in ("edit", "rotate", "revoke")}
    | {"/admin/mobile/<token>"},
    "davi": TRIED | {"/analyze/dashboards/<dashboard>/copies"},
}
NAMED = {"where": "0", "part": "assign.new"}


class Stage(NamedTuple):
    """A house that stands for all tests here, and the forms that its admin finds."""

    house: House
    store: Store
    environment: dict[str, str]
    forms: dict[str, Form]
    shapes: set[tuple[str, str]]
    cookies: dict[str, dict[str, str]]

    def enter(self, name: str) -> Hostile:
        """Return somebody with the session that they have had since the beginning."""
        return Hostile(self.house, self.cookies[name])


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Build the house once."""
    with standing(HOST) as store, asking.working(store) as works, hostile.unhurried():
        house = House(store, works, filling.filled())
        house.named.update(NAMED)
        ours = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", config.PREFIX))}
        people = {name: Hostile.signing_in(house, name) for name in ("helena", "davi", "bruno")}
        cookies = {name: dict(each.cookies) for name, each in people.items()}
        me, found, shapes = people["helena"], list[Form](), hostile.shapes_of_templates()
        for each in (*PATHS, *QUERIES):
            got = me.get(where(house, each))
            if got.is_page:
                read = got.read()
                found += read.forms
                shapes |= read.shapes
        yield Stage(house, store, ours, hostile.posted(found), shapes, cookies)


@pytest.fixture(autouse=True)
def inside(stage: Stage, settings: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - before ours
    """Let a test find the house's own environment."""
    for name, value in stage.environment.items():
        monkeypatch.setenv(name, value)
    conftest.forget()


@pytest.fixture(autouse=True)
def failures() -> Iterator[list[str]]:
    """Hear what the console logs of its own failures."""
    heard: list[str] = []

    class Ear(io.StringIO):
        def write(self, line: str) -> int:
            if line.strip():
                heard.append(str(json.loads(line).get("exception", line))[-600:])
            return len(line)

    handler = observe.logger().registered_handler
    assert isinstance(handler, logging.StreamHandler)
    level = observe.logger().log_level
    observe.logger().setLevel("ERROR")
    with patch.object(handler, "stream", Ear()):
        yield heard
    observe.logger().setLevel(level)


PATHS = tuple(page.path for page in PAGES if page.method == "GET")
POSTS = tuple(page.path for page in PAGES if page.method == "POST")


def where(house: House, path: str) -> str:
    """Return an example of a page's path."""
    return hostile.example(path, house.named) if path.startswith("/") else f"/console/{path}"


def aim(stage: Stage, path: str) -> tuple[str, list[tuple[str, str]]]:
    """Return where a page takes its form, and what stands in it; what forms often hold where none was found."""
    form = stage.forms.get(path)
    if form is None:
        return where(stage.house, path), [(name, "1") for name in ("csrf", *GENERIC.split(), "rev", "was")]
    said = [(control.name, control.value) for control in form.controls]
    return form.path + (f"?{form.query}" if form.query else ""), said


def judged(stage: Stage, got: Got, failures: list[str]) -> list[str]:
    """Return what is wrong with an answer."""
    if got.status >= SERVER_ERROR and got.status != UNAVAILABLE:
        return [f"{got.status} at {got.place[:200]}: {' | '.join(failures[-1:])}"]
    if (
        not got.is_page
        or not got.place.startswith("/console")
        or "sandbox" in got.headers.get("content-security-policy", "")
    ):
        return []
    read: Reading = got.read()
    found = [f"{got.place[:200]}: {each}" for each in read.wrong]
    return found + [f"{got.place[:200]}: <{tag} {name}>" for tag, name in sorted(read.shapes - stage.shapes)]


def test_w1_whatever_is_typed_into_whichever_form_stays_text(stage: Stage, failures: list[str]) -> None:
    strings, evil = cycle(EVERY), cycle(XSS)
    me, used, wrong = stage.enter("helena"), Counter[str](), list[str]()
    token = me.token()
    for turn in range(2):
        for number, path in enumerate(POSTS):
            if not WHOLE and number % 2 != turn:
                continue
            place, said = aim(stage, path)
            form = stage.forms.get(path)
            written = {each.name for each in form.controls if each.is_written} if form else set(GENERIC.split())
            sent = []
            for name, value in said:
                typed = value if name not in written else next(evil) if turn else _next(strings, used)
                sent.append((name, token if name == "csrf" else typed))
            with hostile.untouched(stage.store):
                got = me.post(place, sent)
                wrong += judged(stage, got, failures)
                after = me.follow(got) or (me.get(form.stands) if form else None)
                wrong += judged(stage, after, failures) if after else []

    assert not wrong, "\n".join(dict.fromkeys(wrong))
    assert not WHOLE or len(used) == len(EVERY)


def _next(strings: Iterator[str], used: Counter[str]) -> str:
    found = next(strings)
    used[found] += 1
    return found


def test_no_page_fails_at_a_form_that_leaves_things_out_or_says_them_twice_or_wrongly(
    stage: Stage, failures: list[str]
) -> None:
    me, wrong = stage.enter("helena"), list[str]()
    token = me.token()
    for number, path in enumerate(POSTS):
        place, said = aim(stage, path)
        said = [(name, token if name == "csrf" else value) for name, value in said]
        odd = "²\x00[]٣" if number % 2 else "9" * 5000
        ways: dict[str, list[tuple[str, str]]] = {
            "nothing": [("csrf", token)],
            "wrong": [(name, value if name == "csrf" else odd) for name, value in said],
        }
        if number % 4 == 0:
            ways["twice"] = said + said
        for name in sorted({"rev", "was"} & {name for name, _ in said}):
            ways[f"no {name}"] = [each for each in said if each[0] != name]
        for way, sent in ways.items() if WHOLE else list(ways.items())[number % 2 :: 2]:
            with hostile.untouched(stage.store):
                wrong += [f"{way}: {each}" for each in judged(stage, me.post(place, sent), failures)]

    assert not wrong, "\n".join(dict.fromkeys(wrong))


@pytest.mark.parametrize("body", [b"\xff\xfe\xfa=\xc3(&csrf=%ff", b"&&&===", b"csrf=%00%zz", b"a=1&" * 3000])
def test_no_page_takes_what_is_no_form(body: bytes, stage: Stage, failures: list[str]) -> None:
    me = stage.enter("helena")
    for path in POSTS[::9]:
        got = me.post(where(stage.house, path), body)
        assert got.status in {400, 403}, (path, got.status, failures[-1:])


def test_w3_no_page_takes_a_form_without_the_token_or_from_another_site(stage: Stage) -> None:
    me, other = stage.enter("helena"), stage.enter("davi")
    token, foreign = me.token(), other.token()
    for path in POSTS:
        place, said = aim(stage, path)
        rest = [each for each in said if each[0] != "csrf"]
        with hostile.writing(stage.store) as written:
            answers = [
                me.post(place, rest),
                me.post(place, [*rest, ("csrf", foreign)]),
                me.post(place, [*rest, ("csrf", token)], Sec_Fetch_Site="cross-site"),
                me.post(place, [*rest, ("csrf", token)], Sec_Fetch_Site="same-site"),
            ]
        assert [got.status for got in answers] == [403] * 4, (path, [got.status for got in answers])
        assert not [each for each in written if "audit#" not in each], (path, written)


def test_w3_looking_at_a_page_changes_nothing_but_notes_who_fetched_whose_data(stage: Stage) -> None:
    me = stage.enter("helena")
    for path in PATHS:
        with hostile.writing(stage.store) as written:
            me.get(where(stage.house, path))
        assert not [each for each in written if "audit#" not in each], (path, written)


@pytest.mark.parametrize("name", ["bruno", "davi"])
def test_whoever_may_less_meets_no_fault_and_changes_nothing_that_is_not_theirs(
    name: str, stage: Stage, failures: list[str]
) -> None:
    me, wrong, done = stage.enter(name), list[str](), list[str]()
    token = me.token()
    for path in POSTS:
        place, said = aim(stage, path)
        with hostile.untouched(stage.store):
            got = me.post(place, [(field, token if field == "csrf" else value) for field, value in said])
        wrong += judged(stage, got, failures)
        done += [path] * (got.status in {200, 303})
    for path in PATHS:
        wrong += judged(stage, me.get(where(stage.house, path)), failures)

    assert not wrong, "\n".join(dict.fromkeys(wrong))
    assert set(done) == LET[name]


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "a/../../..//evil.example", "a\r\nX: 1"]
)
def test_no_form_leads_elsewhere(back: str, stage: Stage) -> None:
    me = stage.enter("helena")
    token = me.token()
    for path, form in stage.forms.items():
        if any(each.name == "back" for each in form.controls) or path == "/theme":
            place, said = aim(stage, path)
            kept = [(name, token if name == "csrf" else value) for name, value in said if name != "back"]
            with hostile.untouched(stage.store):
                got = me.post(place, [*kept, ("back", back)])
            assert "evil" not in got.headers.get("location", ""), path
            assert "\n" not in got.headers.get("location", "")


def test_w4_every_page_and_refusal_forbids_frames_and_foreign_scripts(stage: Stage) -> None:
    me = stage.enter("helena")
    for path in (*PATHS[::5], "surveys/nothing", "nothing"):
        got = me.get(where(stage.house, path))
        policy = got.headers["content-security-policy"]
        framed = "sandbox" in policy  # a preview, which our own page shows
        assert "frame-ancestors 'none'" in policy or framed, path
        assert "unsafe" not in policy or framed, path
        assert got.headers["x-content-type-options"] == "nosniff"


def test_what_was_done_is_told_by_nobody_but_us_and_in_nobody_else_s_session(stage: Stage) -> None:
    me, other = stage.enter("helena"), stage.enter("davi")
    with hostile.untouched(stage.store):
        me.post("/console/admin/segments/poa-01", _renaming(stage, me))
    note = me.cookies[flash.NAME]
    body = base64.urlsafe_b64encode(b'{"code": "said.saved", "details": {}, "undo": null}').decode()
    seal = note.partition(".")[2]
    for forged in (f"{body}.{seal}", f"{body}.", body, "é.é", note[:-1] + "x", "." + seal, "x" * 5000, note + "0"):
        me.cookies[flash.NAME] = forged
        page = me.get("/console/account")
        assert page.status == 200, forged
        assert 'class="toast">' not in page.text, forged
    other.cookies[flash.NAME] = note
    assert 'class="toast">' not in other.get("/console/account").text
    me.cookies[flash.NAME] = note
    assert 'class="toast">' in me.get("/console/account").text


def test_what_was_taken_back_is_not_taken_back_twice(stage: Stage) -> None:
    me = stage.enter("helena")
    with hostile.untouched(stage.store):
        done = me.follow(me.post("/console/admin/segments/poa-01", _renaming(stage, me)))
        assert done is not None
        ours = [each for each in done.read().forms if each.path.endswith("/segments/poa-01")]
        (undo,) = [each for each in ours if ("name", "hidden") in {(one.name, one.kind) for one in each.controls}]
        sent = [(each.name, each.value) for each in undo.controls]
        assert me.post(undo.path, sent).status == 303
        with hostile.writing(stage.store) as written:
            again = me.post(undo.path, sent)
        assert again.status == 412
        assert not [each for each in written if "audit#" not in each]


def _renaming(stage: Stage, me: Hostile) -> list[tuple[str, str]]:
    found = me.get("/console/admin/segments/poa-01").read().forms
    (form,) = [each for each in found if each.path.endswith("/segments/poa-01") and each.method == "post"]
    assert stage.house.named["segment"] == "poa-01"
    return [(each.name, "Outro nome" if each.name == "name" else each.value) for each in form.controls]


@pytest.mark.parametrize("value", ["9" * 900, "\"'><x-evil onx=1>", "2026-99-99", "\x00²"])
def test_whatever_stands_in_an_address_stays_text(value: str, stage: Stage, failures: list[str]) -> None:
    me, wrong = stage.enter("helena"), list[str]()
    asked = urlencode(dict.fromkeys(ASKED, value))
    for path in PATHS:
        wrong += judged(stage, me.get(f"{where(stage.house, path)}?{asked}"), failures)

    assert not wrong, "\n".join(dict.fromkeys(wrong))
