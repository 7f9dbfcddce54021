from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from escuta import i18n
from escuta.directory.model import Scope
from escuta.feedback import prefill, surveys
from escuta.feedback.prefill import Prefill
from tests.functions.callers import Answer, ask, found_company, key
from tests.functions.respondents import DRAFT

CUT = "https://fala.aurora.example/t/AAAA"
UNKNOWN = "https://fala.aurora.example/t/AAAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    surveys.create("Visit", survey="visit")
    surveys.publish("visit", DRAFT.changed(hidden=("table",)))


def link(segment: str = "poa") -> str:
    return str(ask("POST", "/v1/tokens", key(), body={"survey": "visit", "segment": segment}).json["link"])


def handed(caller: str = "", **body: Any) -> Answer:
    return ask("POST", "/v1/prefills", caller or key(), body=body)


def test_a_link_hands_over_answers_and_hidden_fields() -> None:
    plain = link()

    answer = handed(link=plain, answers={"nps": 9, "reasons": ["staff", "price"]}, hidden={"table": "12"})

    assert answer.status == 200
    address = urlsplit(answer.json["link"])
    assert answer.json["link"].startswith(f"{plain}?p=")
    assert prefill.read(plain.rpartition("/")[2], parse_qs(address.query)["p"][0]) == Prefill(
        answers={"nps": 9, "reasons": ["price", "staff"]}, hidden={"table": "12"}
    )


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"answers": {"nps": 11}}, 422, "prefill_answer", "answers.nps"),
        ({"answers": {"nps": "9"}}, 422, "prefill_answer", "answers.nps"),
        ({"answers": {"colour": "red"}}, 422, "prefill_answer", "answers.colour"),
        ({"hidden": {"plan": "gold"}}, 422, "prefill_hidden", "hidden.plan"),
        ({"hidden": {"table": ""}}, 422, "prefill_hidden_long", "hidden.table"),
        ({"hidden": {"table": 12}}, 422, "value_invalid", "hidden.table"),
        ({"comment": "x"}, 422, "field_unknown", "comment"),
        ({"answers": {"comment": "x" * 1_500}}, 422, "prefill_long", None),
        ({"link": CUT}, 404, "link_cut", None),
        ({"link": UNKNOWN}, 404, "link_cut", None),
        ({"link": "https://fala.aurora.example/u/AAAA"}, 404, "link_unknown", None),
        ({"link": ""}, 404, "link_unknown", None),
    ],
)
def test_what_cannot_be_handed_over_is_refused_by_name(
    body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    answer = handed(**{"link": link(), **body})

    assert (answer.status, answer.code, answer.json.get("field")) == (status, code, field)
    assert answer.json["detail"] != i18n.say("manage", "en", f"status_{status}")


def test_the_links_of_other_stores_are_unknown_to_a_bound_key() -> None:
    bound = key(Scope.TOKENS_WRITE, segment="sul")

    assert handed(bound, link=link("poa")).status == 200
    assert (handed(bound, link=link("manaus")).status, handed(bound, link=link("manaus")).code) == (404, "link_unknown")
