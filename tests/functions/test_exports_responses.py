"""Answers, written out: a column for every question there ever was, masked, of who may see them, and none lost."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as some

from escuta import clock, table
from escuta.directory import segments
from escuta.directory.model import Product, Scope
from escuta.feedback import exports, filtering, surveys
from escuta.feedback.exported import answered as exported
from escuta.feedback.model import (
    Call,
    ContactField,
    Emptied,
    Export,
    ExportFormat,
    ExportKind,
    Filter,
    FilterBy,
    Question,
    QuestionKind,
    Response,
    ResponseState,
    Wanted,
)
from tests.conftest import NOON
from tests.functions.callers import answered, ask, found_company, key, open_survey
from tests.functions.exporting import ENGLISH, packed, read, records, rows, told, work
from tests.functions.respondents import DRAFT
from tests.kit import factories, world

COMMENT = "Fui mal atendida, meu CPF é 529.982.247-25"
WORDS = dict.fromkeys(DRAFT.languages, "?")
WHO = Question(id="who", kind=QuestionKind.CONTACT, text=WORDS, fields=tuple(ContactField))


@pytest.fixture(autouse=True)
def company(aws: None, noon: object) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def unhappy(name: str = "first", **fields: Any) -> Response:
    answers = {"nps": 3, "reasons": ("price", "staff"), "comment": COMMENT}
    return answered("poa", name, 3, answers=answers, comment=COMMENT, **fields)


def test_an_answer_has_a_column_for_each_question_and_choices_by_their_words() -> None:
    table.put(factories.contact("Ana", segment="poa", external_id="C-1"))
    unhappy(contact=factories.contact("Ana").id, product="sofa", sent_at=NOON - timedelta(days=1))

    (line,) = read("responses", survey="visit")

    assert line["nps: Would you recommend us?"] == "3"
    assert line["reasons: What mattered?"] == "Price, Service"
    assert line["comment: Tell us more"] == line["comment"] == "Fui mal atendida, meu CPF é [CPF]"
    assert (line["store code"], line["store name"], line["hierarchy"]) == ("poa", "Poa", "aurora, sul, poa")
    assert (line["score"], line["class"], line["tone"]) == ("3", "detractor", "negative")
    assert line["topics"] == "Service"
    assert (line["customer ID"], line["product code"], line["day"]) == ("C-1", "sofa", "2026-03-10")
    assert line["sent at"] == "2026-03-09T15:00:00+00:00"


def test_programs_read_codes_and_types_under_names_that_stay() -> None:
    unhappy(answered_at=NOON - timedelta(hours=2))

    (line,) = told("responses", survey="visit")

    expected = {
        "id": "first",
        "version": 1,
        "day": "2026-03-10",
        "answered_at": "2026-03-10T13:00:00.000+00:00",
        "received_at": "2026-03-10T15:00:00.000+00:00",
        "sent_at": None,
        "segment_path": ["aurora", "sul", "poa"],
        "score": 3,
        "answer_nps": 3,
        "answer_reasons": ["price", "staff"],
        "product": None,
        "call_asked": False,
    }
    assert {name: line[name] for name in expected} == expected
    assert "name" not in line


def test_a_parquet_file_has_the_types_that_a_warehouse_wants() -> None:
    unhappy()
    ordered = ask("POST", "/v1/exports", key(), body={"what": "responses", "survey": "visit", "format": "parquet"}).json
    assert work() == []

    found = packed(ordered["id"])

    names = ("id", "answer_nps", "answer_reasons", "day", "received_at", "call_asked")
    kinds = {name: str(found.schema.field(name).type) for name in names}
    assert kinds == {
        "id": "string",
        "answer_nps": "int64",
        "answer_reasons": "list<element: string>",
        "day": "date32[day]",
        "received_at": "timestamp[ms, tz=UTC]",
        "call_asked": "bool",
    }
    (line,) = found.to_pylist()
    assert (line["answer_reasons"], line["day"], line["received_at"]) == (["price", "staff"], date(2026, 3, 10), NOON)


def test_the_questions_of_every_version_have_columns_and_one_that_changed_its_kind_is_text() -> None:
    answered("poa", "old", 9, answers={"nps": 9, "reasons": ("price",)})
    asked = [question for question in DRAFT.questions if question.id != "reasons"]
    again = Question(id="reasons", kind=QuestionKind.CSAT, text=WORDS)
    surveys.publish("visit", DRAFT.changed(questions=(*asked, again)))
    answered("poa", "young", 9, version=2, answers={"nps": 9, "reasons": 4})

    lines = {line["id"]: line for line in told("responses", survey="visit")}

    assert {name: line["answer_reasons"] for name, line in lines.items()} == {"old": "price", "young": "4"}


def test_what_was_answered_before_a_question_became_a_text_or_asked_who_somebody_is_stays() -> None:
    asked = [question for question in DRAFT.questions if question.id not in {"reasons", "comment"}]
    statement = Question(id="reasons", kind=QuestionKind.STATEMENT, text=WORDS)
    who = WHO.model_copy(update={"id": "comment", "fields": (ContactField.NAME, ContactField.PHONE)})
    only_name = who.model_copy(update={"fields": (ContactField.NAME,)})
    answered("poa", "first", 9, answers={"nps": 9, "reasons": ("price",), "comment": "Bom"})
    surveys.publish("visit", DRAFT.changed(questions=(*asked, statement, who)))
    answered("poa", "second", 9, version=2, answers={"nps": 9, "comment": {"name": "Ana", "phone": "+5511988880000"}})
    surveys.publish("visit", DRAFT.changed(questions=(*asked, statement, only_name)))

    lines = {line["id"]: line for line in told("responses", survey="visit", personal=True)}

    names = ("answer_reasons", "answer_comment", "answer_comment_name", "answer_comment_phone")
    assert [lines["first"][name] for name in names] == [["price"], "Bom", None, None]
    assert [lines["second"][name] for name in names] == [[], None, "Ana", "+5511988880000"]
    assert [name for name in told("responses", survey="visit")[0] if name.startswith("answer_comment")] == [names[1]]


def test_what_a_device_says_it_kept_since_before_the_survey_was_made_is_in_every_export() -> None:
    before = NOON - timedelta(days=20)
    answered("poa", "kept", answered_at=before, day="2026-02-18")

    assert [len(told("responses", survey="visit", segment=segment)) for segment in ("", "poa")] == [1, 1]


def test_a_question_that_changes_its_kind_while_an_export_runs_is_packed_as_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", 1)
    rated = Question(id="wait", kind=QuestionKind.CSAT, text=WORDS)
    surveys.publish("visit", DRAFT.changed(questions=(*DRAFT.questions, rated)))
    for number in range(2):
        answered("poa", f"r{number}", 9, version=2, answers={"nps": 9, "wait": 4, "reasons": ("price", "staff")})
    wanted = Wanted(what=ExportKind.RESPONSES, format=ExportFormat.PARQUET, language="en", survey="visit")
    ordered = exports.create(wanted, who="ERP")
    exports.run(ordered.id, lambda: False)

    asked = [question for question in DRAFT.questions if question.id != "reasons"]
    said = [Question(id=name, kind=QuestionKind.TEXT, text=WORDS) for name in ("wait", "reasons")]
    surveys.publish("visit", DRAFT.changed(questions=(*asked, *said)))
    assert work() == []

    found = packed(ordered.id).select(["answer_wait", "answer_reasons"]).to_pylist()
    assert found == [{"answer_wait": "4", "answer_reasons": "price, staff"}] * 2


def test_a_question_that_is_published_while_an_export_runs_moves_no_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", 1)
    answered("poa", "one", 9)
    answered("poa", "two", 9)
    wanted = Wanted(what=ExportKind.RESPONSES, format=ExportFormat.CSV, language="en", survey="visit")
    ordered = exports.create(wanted, who="ERP")
    exports.run(ordered.id, lambda: False)
    more = Question(id="age", kind=QuestionKind.CSAT, text=WORDS)
    surveys.publish("visit", DRAFT.changed(questions=(*DRAFT.questions, more)))
    work()

    titles, *lines = rows(ordered.id)

    assert [len(line) for line in lines] == [len(titles), len(titles)]
    assert not [title for title in titles if title.startswith("age")]


def test_words_and_names_as_they_were_written_take_a_right_of_their_own() -> None:
    surveys.publish("visit", DRAFT.changed(questions=(*DRAFT.questions, WHO)))
    said = {"name": "Ana", "phone": "+5511988880000"}
    answers = {"nps": 3, "comment": COMMENT, "who": said}
    call = Call(at=NOON, phone="+5511988880000")
    answered("poa", answers=answers, comment=COMMENT, contact_name="Ana", version=2, call=call)
    body = {"what": "responses", "survey": "visit", "personal": True, "format": "jsonl"}
    usual = {Scope.EXPORTS_READ, Scope.EXPORTS_WRITE, Scope.RESPONSES_READ}

    refused = ask("POST", "/v1/exports", key(*usual), body=body)
    allowed = key(*usual, Scope.RESPONSES_PERSONAL)
    ordered = ask("POST", "/v1/exports", allowed, body=body).json
    work()

    assert (refused.status, refused.code) == (403, "scope_missing")
    assert ask("GET", f"/v1/exports/{ordered['id']}", key(*usual)).status == 404
    (line,) = records(ordered["id"])
    shown = ("comment", "name", "call_phone", "answer_who_name", "answer_who_phone", "answer_who_email")
    assert [line[name] for name in shown] == [COMMENT, "Ana", "+5511988880000", "Ana", "+5511988880000", None]
    (masked,) = told("responses", survey="visit")
    assert not [name for name in masked if name.startswith("answer_who")]
    assert "529.982" not in str(masked)
    assert "Ana" not in str(masked)


def test_what_is_deleted_or_no_longer_kept_is_in_no_export() -> None:
    answered("poa", "kept")
    answered("poa", "deleted", state=ResponseState.DELETED)
    answered("poa", "over", emptied=Emptied.EXPIRED)
    answered("poa", "blank", emptied=Emptied.ERASED)

    assert sorted(line["id"] for line in told("responses", survey="visit")) == ["blank", "kept"]


@pytest.mark.parametrize("places", [True, False])
def test_a_bound_key_gets_what_was_answered_in_its_subtree_then(
    monkeypatch: pytest.MonkeyPatch, *, places: bool
) -> None:
    monkeypatch.setattr(exported, "_PLACES_A_DAY", 100 if places else 0)
    for place in ("poa", "curitiba", "manaus"):
        answered(place, place)
    segments.move(segments.get("curitiba"), "norte")  # what it was told before stays where it was told
    bound = key(segment="sul")
    body = {"what": "responses", "survey": "visit", "format": "jsonl"}

    ordered = ask("POST", "/v1/exports", bound, body=body, headers=ENGLISH).json
    work()

    assert sorted(line["id"] for line in records(ordered["id"])) == ["curitiba", "poa"]
    elsewhere = ask("POST", "/v1/exports", bound, body={**body, "segment": "norte"})
    assert (elsewhere.status, elsewhere.code) == (404, "segment_not_found")


def test_days_are_those_of_the_place() -> None:
    late = NOON.replace(day=9, hour=2, minute=30)  # still the 8th in São Paulo
    answered("poa", "eighth", received_at=late, day="2026-03-08")
    answered("poa", "ninth", received_at=late + timedelta(hours=1), day="2026-03-09")

    for segment in ("", "poa"):
        body = {"survey": "visit", "from": "2026-03-09", "to": "2026-03-09", "segment": segment}
        assert [line["id"] for line in told("responses", **body)] == ["ninth"]


CHOICES = {
    FilterBy.CHANNEL: ("email", "sms"),
    FilterBy.PRODUCT: ("sofa", "tv"),
    FilterBy.LANGUAGE: ("pt-BR", "es"),
    FilterBy.CLASS: ("promoter", "detractor"),
    FilterBy.TONE: ("negative",),
}
filters = some.lists(
    some.sampled_from(sorted(CHOICES)).flatmap(
        lambda field: some.lists(some.sampled_from(CHOICES[field]), min_size=1, unique=True).map(
            lambda values: Filter(field=field, values=tuple(values))
        )
    ),
    max_size=2,
)
days = some.integers(0, 3).map(lambda back: date(2026, 3, 10) - timedelta(days=back))


@trying(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters, span=some.tuples(days, days).map(sorted), root=some.sampled_from(["", "sul", "poa"]))
def test_an_export_has_the_rows_that_the_filters_find_each_once(
    wanted: list[Filter], span: list[date], root: str
) -> None:
    if not table.query(Response, "responses#visit#2026-03-10", index="g2").items:
        _many()
    order = Wanted(
        what=ExportKind.RESPONSES,
        format=ExportFormat.JSONL,
        language="en",
        survey="visit",
        segments=(root,) if root else (),
        first=span[0],
        last=span[1],
        filters=tuple(wanted),
    )
    export = exports.create(order, who="ERP")
    work()

    everything = [each for day in range(4) for each in _of(date(2026, 3, 10) - timedelta(days=day))]
    expected = [
        each.id
        for each in everything
        if span[0].isoformat() <= each.day <= span[1].isoformat()
        and (not root or root in each.segment_path)
        and filtering.fits(each, wanted)
    ]
    assert sorted(line["id"] for line in records(export.id)) == sorted(expected)
    assert table.load(Export, Export.at(export.id)).rows == len(expected)


def test_the_group_of_a_product_is_the_one_under_which_the_answer_was_counted() -> None:
    table.put_many([Product(code="sofa", name="Sofá", group="Sala"), Product(code="bed", name="Cama", group="Quarto")])
    for product in ("sofa", "bed", ""):
        answered("poa", product or "none", product=product)

    filters = [{"field": "product_group", "values": ["Sala"]}]
    assert [line["id"] for line in told("responses", survey="visit", filters=filters)] == ["sofa"]


def _many() -> None:
    for number in range(24):
        moment = NOON - timedelta(days=number % 4)
        place = ("poa", "curitiba", "manaus")[number % 3]
        comment = COMMENT if number % 5 == 0 else ""
        factories_own = {
            "channel": ("email", "sms")[number % 2],
            "product": ("sofa", "tv", "")[number // 2 % 3],
            "language": ("pt-BR", "es")[number // 3 % 2],
            "comment": comment,
        }
        with clock.at(moment):
            answered(place, f"r{number:02}", number % 11, received_at=moment, **factories_own)


def _of(day: date) -> tuple[Response, ...]:
    return table.query(Response, f"responses#visit#{day}", index="g2").items


def test_nothing_of_a_person_stands_in_the_row_of_an_export() -> None:
    unhappy(contact_name="Ana")
    told("responses", survey="visit")

    kept = [row for row in world.scan(Export.table) if row["kind"]["S"] == "export"]
    assert "529.982" not in str(kept)
    assert "Ana" not in str(kept)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"what": "responses"}, "field_missing", "survey"),
        ({"what": "responses", "survey": "none"}, "survey_not_found", None),
        ({"what": "responses", "survey": "visit", "states": ["new"]}, "export_field_unasked", "states"),
        ({"what": "contacts", "from": "2026-03-01"}, "export_field_unasked", "from"),
        ({"what": "contacts", "survey": "visit"}, "export_field_unasked", "survey"),
        ({"what": "links", "deployment": "first", "personal": True}, "export_field_unasked", "personal"),
        ({"what": "tickets", "states": ["gone"]}, "value_not_allowed", "states"),
        ({"what": "invitations"}, "field_missing", "survey"),
        ({"what": "tickets", "from": "2026-03-02", "to": "2026-03-01"}, "export_period", "to"),
        ({"what": "tickets", "format": "pdf"}, "value_not_allowed", "format"),
        (
            {"what": "responses", "survey": "visit", "filters": [{"field": "age", "values": ["1"]}]},
            "value_not_allowed",
            None,
        ),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(body: dict[str, Any], code: str, field: str | None) -> None:
    answer = ask("POST", "/v1/exports", key(), body=body)

    assert answer.status in {404, 422}
    assert answer.code == code
    assert field in {None, answer.json.get("field")}


def test_an_order_says_what_it_was_and_not_how_it_is_done() -> None:
    body = {"what": "responses", "survey": "visit", "from": "2026-03-01", "to": "2026-03-09", "segment": "sul"}
    answer = ask("POST", "/v1/exports", key(), body=body)

    told_of = {name: answer.json[name] for name in ("from", "to", "survey", "segments", "personal", "schedule")}
    assert told_of == {
        "from": "2026-03-01",
        "to": "2026-03-09",
        "survey": "visit",
        "segments": ["sul"],
        "personal": False,
        "schedule": "",
    }
    assert not {"upload", "parts", "held", "columns", "cursor", "object_key", "destination"} & set(answer.json)
