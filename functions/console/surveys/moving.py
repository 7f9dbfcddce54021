"""What is done to questions as a whole: put in, moved, copied, taken out and put back; and the draft thrown away."""

import base64
import binascii
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import from_json, to_json

from console import forms, pages
from console.flash import Flash, Undo
from console.surveys import editor, questions
from console.surveys.typed import Definition
from console.visit import Visit
from escuta.errors import InvalidError

_LARGEST = 300_000  # bytes of a question that is put back

Done = Callable[[Mapping[str, str], editor.Draft], Response[Any]]


def add(visit: Visit, survey: str) -> Response[Any]:
    """Put in a new question, and open it."""

    def done(form: Mapping[str, str], draft: editor.Draft) -> Response[Any]:
        kind = form.get("kind", "")
        if kind not in editor.KINDS:
            raise InvalidError("value_not_allowed", field="kind", allowed=", ".join(editor.KINDS))
        count = len(draft.definition["questions"])
        at = forms.counted(form.get("at", ""), count)
        made = questions.added(draft.definition, kind, at)
        editor.keep(visit, survey, made, form)
        name = made["questions"][min(at, count)]["id"]
        return pages.go(visit, editor.way(survey, "question", name, draft.language))

    return _act(visit, survey, done)


def move(visit: Visit, survey: str, where: str) -> Response[Any]:
    """Move a question to another place; `to` counts from one."""

    def done(form: Mapping[str, str], draft: editor.Draft) -> Response[Any]:
        count = len(draft.definition["questions"])
        place, to = questions.at(draft.definition, where), form.get("to", "")
        at = min(max(forms.counted(to, place + 1), 1), count) - 1
        kept = editor.keep(visit, survey, questions.moved(draft.definition, place, at), form)
        after = editor.drafted(visit, kept, draft.language)
        name = questions.names(after.definition)[at]
        text = after.teller.text(after.definition["questions"][at]["text"]) or name
        words = {"text": text, "to": str(at + 1)}
        if visit.is_part:
            moved = visit.reader().say("surveys.said.moved", **words)
            return editor.page(visit, survey, after, form.get("open", ""), form.get("open_part", ""), moved=moved)
        undo = Undo(path=f"surveys/{survey}/edit/{at + 1}/move", fields={"to": where, "rev": str(kept["rev"])})
        way = editor.way(survey, language=draft.language)
        return pages.go(visit, way, Flash(code="surveys.said.moved", details=words, undo=undo))

    return _act(visit, survey, done)


def copy(visit: Visit, survey: str, where: str) -> Response[Any]:
    """Put a copy of a question behind it, and open the copy."""

    def done(form: Mapping[str, str], draft: editor.Draft) -> Response[Any]:
        place = questions.at(draft.definition, where)
        made = questions.copied(draft.definition, place)
        editor.keep(visit, survey, made, form)
        name = made["questions"][place + 1]["id"]
        way = editor.way(survey, "question", name, draft.language)
        return pages.go(visit, way, Flash(code="surveys.said.copied"))

    return _act(visit, survey, done)


def delete(visit: Visit, survey: str, where: str) -> Response[Any]:
    """Take a question out; what was said of it is carried by the note that can put it back."""

    def done(form: Mapping[str, str], draft: editor.Draft) -> Response[Any]:
        place = questions.at(draft.definition, where)
        gone = draft.definition["questions"][place]
        kept = editor.keep(visit, survey, questions.without(draft.definition, place), form)
        fields = {"at": str(place), "question": packed(gone), "rev": str(kept["rev"])}
        words = {"text": draft.teller.text(gone["text"]) or gone["id"]}
        undo = Undo(path=f"surveys/{survey}/questions/restore", fields=fields)
        way = editor.way(survey, language=draft.language)
        return pages.go(visit, way, Flash(code="surveys.said.removed", details=words, undo=undo))

    return _act(visit, survey, done)


def restore(visit: Visit, survey: str) -> Response[Any]:
    """Put a question back."""

    def done(form: Mapping[str, str], draft: editor.Draft) -> Response[Any]:
        question = unpacked(form.get("question", ""))
        at = forms.counted(form.get("at", ""), len(draft.definition["questions"]))
        editor.keep(visit, survey, questions.put(draft.definition, question, at), form)
        return pages.go(visit, editor.way(survey, "question", str(question.get("id", ""))), Flash(code="said.undone"))

    return _act(visit, survey, done)


def discard(visit: Visit, survey: str) -> Response[Any]:
    """Throw the draft away: what is published is edited from now on."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        gone = visit.api.delete(f"/surveys/{survey}/draft", rev=form.get("rev", ""))
        undo = Undo(
            path=f"surveys/{survey}/draft/restore", fields={"definition": packed(gone["definition"]), "rev": "0"}
        )
        return pages.go(visit, f"surveys/{survey}", Flash(code="surveys.said.discarded", undo=undo))

    return forms.act(visit, work, lambda _, faults: _shown(visit, survey, faults))


def recover(visit: Visit, survey: str) -> Response[Any]:
    """Keep a draft again that was thrown away."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        editor.keep(visit, survey, unpacked(form.get("definition", "")), form)
        to = "/texts" if form.get("to") == "texts" else ""
        return pages.go(visit, f"surveys/{survey}{to}", Flash(code="said.undone"))

    return forms.act(visit, work, lambda _, faults: _shown(visit, survey, faults))


def _act(visit: Visit, survey: str, done: Done) -> Response[Any]:
    def work(form: Mapping[str, str]) -> Response[Any]:
        return done(form, editor.read(visit, survey, form.get("lang", "")))

    return forms.act(visit, work, lambda _, faults: _shown(visit, survey, faults))


def _shown(visit: Visit, survey: str, faults: forms.Faults) -> Response[Any]:
    return editor.page(visit, survey, editor.read(visit, survey), faults=faults)


def packed(value: Definition) -> str:
    """Return a part of a definition as small as it gets: it travels in a cookie."""
    return base64.urlsafe_b64encode(zlib.compress(to_json(_said(value)), 9)).decode()


def _said(value: Any) -> Any:
    """Return a part of a definition without what it says nothing by."""
    if isinstance(value, dict):
        return {name: _said(each) for name, each in value.items() if name == "text" or each not in (None, [], {})}
    return [_said(each) for each in value] if isinstance(value, list) else value


def unpacked(text: str) -> Definition:
    """Return what was packed; the API checks it like anything that is typed."""
    try:
        unpacking = zlib.decompressobj()
        value = from_json(unpacking.decompress(base64.urlsafe_b64decode(text), _LARGEST))
    except (ValueError, zlib.error, binascii.Error) as error:
        raise InvalidError("form_invalid") from error
    if not isinstance(value, dict):
        raise InvalidError("form_invalid")
    return value
