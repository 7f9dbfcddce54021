"""The survey's page for one visitor: what the link hands over, where the person stands, what was typed already."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from chalice.app import Response
from markupsafe import Markup, escape

from escuta import clock, ids
from escuta.config import settings
from escuta.entity import Value
from escuta.errors import InvalidError
from escuta.feedback import answers, facts, limits, links, logic, piping, prefill, surveys, visitors
from escuta.feedback.answers import Problem
from escuta.feedback.links import Door, Opened, Source
from escuta.feedback.model import Facts, Kiosk, Layout, StoreToken, Survey, SurveyVersion
from escuta.feedback.submissions import Submission
from escuta.i18n import say
from respond import filling, forms, headers, offline, pages, sheets, signaling, wizard
from respond.visits import Visit
from respond.wizard import READY, WHO

LONGEST_HIDDEN = 200
TURNS = frozenset({"next", "back", "language"})  # what a button of the form may say instead of `send`


class Draft(Value):
    """The page as it should be shown: the form's fields, where the person stands, and what is wrong."""

    source: Source
    version: SurveyVersion
    language: str
    fields: dict[str, str]
    at: str = ""
    problems: tuple[Problem, ...] = ()
    kept: bool = False  # it was begun before
    together: tuple[str, ...] = ()  # these questions at once, whatever the layout


def survey(visit: Visit, opened: Opened) -> Response:
    """Show the questions: as the person left them, else with what the link hands over. Nothing of it is an answer."""
    version = opened.version
    kept = opened.draft if opened.draft and opened.draft.version == version.version else None
    number = str(opened.draft.number) if opened.draft else "0"
    resumed = kept if not visit.query("new") else None
    fields = {**_handed(visit, version), **(resumed.fields if resumed else {})}
    fields["submission_id"] = resumed.submission if resumed else ids.new()
    fields |= {**_chosen(version, signaling.score(visit)), "number": number}
    language = visit.language(opened.language or (resumed.language if resumed else ""), version.languages)
    at = fields.get("at", "") if resumed else ""
    state = Draft(
        source=opened.source, version=version, language=language, fields=fields, at=at, kept=resumed is not None
    )
    return show(visit, state)


def form(
    visit: Visit,
    source: Source,
    version: SurveyVersion,
    language: str,
    fields: dict[str, str],
    problems: tuple[Problem, ...] = (),
) -> Response:
    """Show the questions again that were not answered as they ask, with what was typed."""
    wrong = {_stands_at(problem) for problem in problems}
    order = (WHO, *(question.id for question in version.questions))
    together = tuple(name for name in order if name in wrong)
    whole = version.layout is Layout.PAGE and not sheets.branches(version)
    state = Draft(
        source=source,
        version=version,
        language=language,
        fields=fields,
        at=together[0],
        problems=problems,
        together=() if whole else together,
    )
    return show(visit, state)


def turn(visit: Visit) -> Response:
    """Show the step before or after, or the same one in another language, with all that was typed. Stores nothing.

    It serves those whose browser runs no script: the others walk by themselves.
    """
    sent, source = forms.submission(visit), links.find(visit.door, visit.token)
    with links.speaking(source):
        links.admit(source, clock.now())
        version = _rendered(links.still_taken(source.survey, clock.now()), sent.version)
        return step(visit, source, version, sent)


def step(visit: Visit, source: Source, version: SurveyVersion, sent: Submission) -> Response:
    """Show the step of a version that a press of a button leads to."""
    fields, known = visit.fields, facts.of(source, version, sent.hidden)
    problems = (*visitors.read(source, sent.asked)[1], *_problems(version, sent.answers, known))
    path = logic.walk(version, filling.answers_of(version, fields), known)
    here = wizard.stand(version, path, fields.get("at", ""), who=bool(_asks(source)))
    go = fields["go"]
    wrong = tuple(problem for problem in problems if _stands_at(problem) in here.shown) if go == "next" else ()
    goal = {"back": here.before or here.at, "next": here.at if wrong else here.after}.get(go, here.at)
    language = visit.language(source.language, version.languages)
    return show(visit, Draft(source=source, version=version, language=language, fields=fields, at=goal, problems=wrong))


def _rendered(head: Survey, number: int) -> SurveyVersion:
    if not 1 <= number <= head.version:
        raise InvalidError("version_unknown", field="version", newest=head.version)
    return surveys.version(head.id, number)


def _stands_at(problem: Problem) -> str:
    return WHO if problem.question.startswith("a.") else problem.question


def _problems(version: SurveyVersion, sent: Mapping[str, Any], known: Facts) -> tuple[Problem, ...]:
    try:
        answers.read(version, sent, known)
    except InvalidError as error:
        if error.code != "answers_invalid":
            raise
        return tuple(error.details["problems"])
    return ()


def _asks(source: Source) -> tuple[str, ...]:
    return source.asks if isinstance(source, StoreToken) else ()


def show(visit: Visit, state: Draft) -> Response:
    """Return the page."""
    version, language, fields = state.version, state.language, state.fields
    sheet = sheets.sheet(version, language)
    nonce = secrets.token_urlsafe(16)
    hidden = {name[2:]: value for name, value in fields.items() if name.startswith("h.")}
    known = facts.of(state.source, version, hidden) if sheet.moving else {}
    path = _path(state, sheet, known)
    asks = _asks(state.source)
    step = wizard.stand(version, path, state.at, who=bool(asks), together=state.together)
    wrong = _words(state.problems, language)
    values: dict[str, str] = {
        **filling.typed(fields),
        **filling.wrong(state.problems, wrong),
        **filling.fitting(version, path.facts, path.required),
        **_piped(state, sheet, hidden, path.facts),
        "nonce": nonce,
        "token": visit.token,
        "title": escape(pages.title(version, language)),
        "device": _device(visit, state),
        "facts": escape(json.dumps(known, ensure_ascii=False)) if known else "{}",
        "submission_id": escape(fields.get("submission_id", "")),
        "number": escape(fields.get("number", "0")),
        "at": escape(step.at),
    }
    who = _who(asks, fields, wrong, language) if asks else ""
    texts = {WHO: who, **{name: sheets.fill(pieces, values) for name, pieces in sheet.questions.items()}}
    values |= {
        "shown": "".join(texts[name] for name in step.shown),
        "rest": "".join(text for name, text in texts.items() if name not in step.shown),
        "carried": _hidden(fields, step.shown, asks),
        "progress": _progress(version, step, language),
        "errors": _errors(version, texts, wrong, language),
        "kept": _noted(visit, state, language),
        "go": "send" if step.last else "next",
        "go words": say("respond", language, "survey.send" if step.last else "survey.next"),
        "no way back": "" if step.before else " hidden",
        "unready": "" if step.at == READY else " hidden",
        "again": sheets.again(visit.token, language) if visit.in_store else "",
        "scripts": _scripts(visit, state, nonce),
    }
    status = 422 if state.problems else 200
    kiosk = _kiosk(state.source)
    policy = headers.policy(nonce, installable=kiosk is not None)
    more = {offline.EDITION: offline.edition(kiosk, version)} if kiosk else None
    html = sheets.fill(sheet.frame, values)
    return pages.html_page(html, language, nonce, status=status, policy=policy, more=more)


def _piped(state: Draft, sheet: sheets.Sheet, hidden: Mapping[str, str], known: Facts) -> dict[str, str]:
    """Return the texts that speak of the person or of what was answered."""
    if not sheet.piped:
        return {}
    said = piping.known(sheet.piped.values(), state.source, state.version, state.language, hidden, known)
    return {slot: piping.html(text, said) for slot, text in sheet.piped.items()}


def _path(state: Draft, sheet: sheets.Sheet, known: Facts) -> logic.Path:
    """Return the way through the survey so far; where nothing depends on the visitor, everything is asked."""
    if sheet.moving:
        return logic.walk(state.version, filling.answers_of(state.version, state.fields), known)
    return logic.Path(asked=tuple(sheet.questions))


def _words(problems: tuple[Problem, ...], language: str) -> dict[str, str]:
    """Return what is wrong with each question; of a contact that may be several things."""
    said: dict[str, list[str]] = {}
    for problem in problems:
        said.setdefault(problem.question, []).append(pages.problem_words(problem, language))
    return {question: " ".join(dict.fromkeys(words)) for question, words in said.items()}


def _scripts(visit: Visit, state: Draft, nonce: str) -> str:
    """Return what stands before the page's own script: of a kiosk, and of a page opened with a score."""
    kiosk = _kiosk(state.source)
    device = offline.added(kiosk, state.source, state.version, state.language, nonce) if kiosk else ""
    return device + signaling.script(visit, state.source, state.version, nonce)


def _kiosk(source: Source) -> Kiosk | None:
    return source.kiosk if isinstance(source, StoreToken) else None


def _handed(visit: Visit, version: SurveyVersion) -> dict[str, str]:
    """Return the fields that the address hands over: signed answers, and hidden ones from the survey's list."""
    given = {name: value for name in version.hidden if 0 < len(value := visit.query(name)) <= LONGEST_HIDDEN}
    signed = visit.query("p")
    proposed = prefill.read(visit.token, signed) if signed else None
    if proposed is None:
        return {f"h.{name}": value for name, value in given.items()}
    hidden = {**given, **{name: value for name, value in proposed.hidden.items() if name in version.hidden}}
    fields = filling.fields_of(version, proposed.answers)
    return {**fields, **{f"h.{name}": value for name, value in hidden.items()}, "prefill": signed}


def _chosen(version: SurveyVersion, score: str) -> dict[str, str]:
    """Return the field that a score in the URL chooses; none when it is not a score of the scale."""
    question = version.benchmark
    if question is None or question.scale is None:
        return {}
    low, high = question.scale
    return {f"n.{question.id}": score} if score in {str(step) for step in range(low, high + 1)} else {}


def _hidden(fields: Mapping[str, str], shown: tuple[str, ...], asks: tuple[str, ...]) -> str:
    """Return what the page carries without showing it: hidden fields of the survey, and the steps not shown."""
    always = [(name, value) for name, value in fields.items() if name.startswith("h.") or name in {"prefill", "device"}]
    who = [(f"a.{name}", fields.get(f"a.{name}", "")) for name in asks if WHO not in shown]
    return Markup("").join(filling.hidden(*pair) for pair in always) + filling.carried(fields, shown, who)


def _who(asks: tuple[str, ...], fields: Mapping[str, str], wrong: Mapping[str, str], language: str) -> str:
    words = " ".join(dict.fromkeys(words for name, words in wrong.items() if name.startswith("a.")))
    ask = sheets.templates().get_template("who.html")
    return ask.render(**sheets.around(language), asks=asks, fields=fields, wrong=words)


def _progress(version: SurveyVersion, step: wizard.Step, language: str) -> str:
    if version.layout is not Layout.STEPS or not step.total:
        return ""
    code = "survey.about" if sheets.branches(version) else "survey.progress"
    words = say("respond", language, code, number=step.number, total=step.total) if not step.silent else ""
    bar = Markup(
        '<p class="progress" id="progress"><span>{}</span>'
        '<progress max="{}" value="{}" aria-hidden="true"></progress></p>\n'
    )
    return bar.format(words, step.total, step.number)


def _errors(version: SurveyVersion, texts: Mapping[str, str], wrong: Mapping[str, str], language: str) -> str:
    """Return the list of what is wrong, with links to the questions."""
    if not wrong:
        return ""
    nobody = piping.Known(values={"organisation": settings().organisation})
    told = [
        {"id": question.id, "text": piping.plain(question.text[language], nobody), "words": wrong[question.id]}
        for question in version.questions
        if question.id in wrong
    ]
    if WHO in texts and (own := [words for name, words in wrong.items() if name.startswith("a.")]):
        told = [{"id": "who", "text": say("respond", language, "who.title"), "words": " ".join(own)}, *told]
    return sheets.templates().get_template("errors.html").render(**sheets.around(language), problems=told)


def _device(visit: Visit, state: Draft) -> str:
    """Return what the page's script does beyond asking: count devices; where it only shows, keep nothing."""
    if visit.door is Door.PREVIEW:
        return " data-preview"
    return " data-device" if limits.of_device(state.source, state.version) else ""


def _noted(visit: Visit, state: Draft, language: str) -> str:
    """Return what stands above the questions that were begun before. Where they are only shown, nothing was."""
    return _kept(visit, language) if state.kept else ""


def _kept(visit: Visit, language: str) -> str:
    line = Markup('<p class="kept" id="kept">{} <a href="{}?new=1">{}</a></p>\n')
    return line.format(
        say("respond", language, "survey.resumed"), visit.token, say("respond", language, "survey.again")
    )
