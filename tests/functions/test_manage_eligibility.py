"""Why somebody would, or would not, be asked now: as planning decides."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import table
from escuta.outreach import sending_rules, suppression
from escuta.outreach.model import Asking, Channel, LastAsked, RestRule, RestScope, RestThen, SendingDraft
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, open_survey
from tests.kit import factories, world

ANA = factories.contact("Ana", segment="poa", phone="+5511988880000")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()
    table.put(ANA)


def eligible(language: str = "pt-BR", **query: Any) -> Any:
    asked = {"survey": "visit", **query}
    own = key()
    before = world.snapshot()
    answer = ask("GET", f"/v1/contacts/{ANA.id}/eligibility", own, query=asked, headers={"Accept-Language": language})
    assert answer.status == 200, answer.json
    assert world.snapshot() == before
    return answer.json


def over(found: Any) -> dict[str, tuple[str, str]]:
    return {one["channel"]: (one["outcome"], one["reason"]) for one in found["channels"]}


def test_who_may_be_asked_is_told_over_which_channel_and_when() -> None:
    found = eligible()

    assert (found["outcome"], found["over"], found["at"][:19]) == ("send", ["email"], "2026-03-10T15:00:00")
    assert over(found) == {"email": ("send", ""), "sms": ("send", "")}
    assert eligible(strategy="both")["over"] == ["email", "sms"]


def test_who_rests_is_told_by_which_rule_since_when_and_until_when_in_the_callers_language() -> None:
    asking = Asking(at=NOON - 10 * DAY, survey="visit", channels=(Channel.EMAIL,), owner="x")
    table.put(LastAsked(contact=ANA.id, askings=(asking,)))
    found = eligible("en")

    assert (found["outcome"], found["reason"]) == ("skip", "resting")
    assert found["detail"] == "The person was invited recently and is resting."
    assert found["evidence"] == {
        "rule": "30 dias",
        "last_asked": "2026-02-28T15:00:00+00:00",
        "until": "2026-03-30T15:00:00+00:00",
    }
    assert found["next_eligible_at"] == "2026-03-30T15:00:00Z"


def test_each_channel_is_told_apart() -> None:  # M4, M6
    rule = RestRule(name="e-mails", days=30, scope=RestScope.CHANNEL, then=RestThen.DEFER)
    sending_rules.save(SendingDraft(rest=(rule,)), rev=0, who="tests")
    asking = Asking(at=NOON - 10 * DAY, survey="visit", channels=(Channel.EMAIL,), owner="x")
    table.put(LastAsked(contact=ANA.id, askings=(asking,)))
    suppression.add(Channel.SMS, ANA.phone, "stop")
    found = eligible()

    assert over(found) == {"email": ("defer", "resting"), "sms": ("skip", "stop")}
    assert (found["outcome"], found["next_eligible_at"]) == ("defer", "2026-03-30T15:00:00Z")
    assert found["channels"][1]["detail"] == "O número pediu para não receber mensagens."
    assert found["channels"][1]["next_eligible_at"] is None


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 422, "field_missing"),
        ({"survey": "nothing"}, 404, "survey_not_found"),
        ({"survey": "visit", "strategy": "pigeon"}, 422, "value_not_allowed"),
    ],
)
def test_a_question_that_means_nothing_is_refused(query: dict[str, str], status: int, code: str) -> None:
    answer = ask("GET", f"/v1/contacts/{ANA.id}/eligibility", key(), query=query)

    assert (answer.status, answer.code) == (status, code)


def test_a_caller_sees_the_people_of_its_own_segments_alone() -> None:
    query = {"survey": "visit"}

    assert ask("GET", f"/v1/contacts/{ANA.id}/eligibility", key(segment="sul"), query=query).status == 200
    away = ask("GET", f"/v1/contacts/{ANA.id}/eligibility", key(segment="manaus"), query=query)
    assert (away.status, away.code) == (404, "contact_not_found")
    assert ask("GET", "/v1/contacts/nobody/eligibility", key(), query=query).code == "contact_not_found"
