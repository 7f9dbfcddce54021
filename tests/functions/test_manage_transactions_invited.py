"""Visits that a program tells and has asked about: each once, now or later, and what came of each."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock
from escuta.directory import contacts, replies
from escuta.directory.model import Scope
from escuta.feedback import surveys
from escuta.feedback.model import SurveyStatus
from escuta.outreach import deployments, invitations, planning, rulesets, sending_rules, suppression
from escuta.outreach.model import (
    Channel,
    Condition,
    Exclude,
    Invitation,
    Op,
    Route,
    RulesDraft,
    SendingDraft,
    Strategy,
)
from tests.conftest import NOON
from tests.functions.browsing import get
from tests.functions.callers import Answer, ask, found_company, key, open_survey
from tests.functions.respondents import DRAFT
from tests.functions.senders import READS, Line
from tests.kit import outbox
from tests.kit.faults import recording

PATH = "/v1/transactions"
ANA, BRUNO = (contacts.identity("", f"{name}@example.com", "") for name in ("ana", "bruno"))
INVITE = {"survey": "visit"}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


@pytest.fixture
def erp() -> str:
    return key(Scope.CONTACTS_WRITE, Scope.DEPLOYMENTS_WRITE, Scope.DEPLOYMENTS_READ)


def visit(number: int = 1, name: str = "ana", **fields: Any) -> dict[str, Any]:
    who = {"email": f"{name}@example.com", "name": name.title()}
    return {"contact": who, "segment": "poa", "reference": f"NF-{number}", **fields}


def tell(text: str, *items: dict[str, Any], again: str = "", **body: Any) -> Answer:
    headers = {"Accept-Language": "en", **({"Idempotency-Key": again} if again else {})}
    return ask("POST", PATH, text, body={"items": list(items), **body}, headers=headers)


def told(text: str, *items: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    answer = tell(text, *items, **options)
    assert answer.status == 200, answer.json
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def asked(contact: str = ANA) -> tuple[Invitation, ...]:
    return invitations.of_contact(contact).items


def test_who_was_there_is_asked_at_once(erp: str) -> None:
    (item,) = told(erp, visit(invite=INVITE))

    (invited,) = item["invitations"]
    assert (item["outcome"], item["contact"], item["problem"]) == ("created", ANA, None)
    assert invited == {
        "id": invited["id"],
        "channel": "email",
        "state": "queued",
        "reason": "",
        "send_at": None,
    }
    Line().run()
    assert [mail["To"].addresses[0].addr_spec for mail in outbox.mails()] == ["ana@example.com"]
    (stored,) = asked()
    assert (stored.id, stored.transaction, stored.apart) == (invited["id"], item["transaction"], True)


def test_the_same_visit_told_again_invites_nobody_again(erp: str) -> None:
    (first,) = told(erp, visit(invite=INVITE))
    (again,) = told(erp, visit(invite=INVITE))
    Line().run()
    with clock.at(NOON + timedelta(days=90)):
        (much_later,) = told(erp, visit(invite=INVITE))
        Line().run(start=NOON + timedelta(days=90))

    assert (again["outcome"], again["invitations"]) == ("unchanged", first["invitations"])
    assert [one["id"] for one in much_later["invitations"]] == [one["id"] for one in first["invitations"]]
    assert len(outbox.mails()) == len(asked()) == 1


def test_a_second_visit_is_another_invitation_that_waits_for_the_rest_of_the_first(erp: str) -> None:
    first, second = told(erp, visit(1), visit(2), invite=INVITE)

    (one,), (other,) = first["invitations"], second["invitations"]
    assert (one["state"], other["state"] in {"deferred", "suppressed"}) == ("queued", True)
    assert one["id"] != other["id"]
    assert other["next_eligible_at"] > "2026-03-11T15:00"
    with clock.at(NOON + timedelta(days=90)):
        (third,) = told(erp, visit(3), invite=INVITE)
    assert [each["state"] for each in third["invitations"]] == ["queued"]


@pytest.mark.parametrize(("after", "minutes"), [("PT2H", 120), (90, 90), ("P30D", 43_200), (0, None)])
def test_somebody_is_asked_after_a_while(erp: str, after: Any, minutes: int | None) -> None:
    (item,) = told(erp, visit(invite={**INVITE, "after": after}))

    later = (NOON + timedelta(minutes=minutes)).isoformat()[:16] if minutes else None
    assert [one["send_at"] and one["send_at"][:16] for one in item["invitations"]] == [later]


@pytest.mark.parametrize("after", ["P31D", "tomorrow", -5, 43_201, True, 1.5, "-PT2H", 10**30])
def test_a_delay_that_is_none_is_refused_with_its_field(erp: str, after: Any) -> None:
    (item,) = told(erp, visit(invite={**INVITE, "after": after}))

    assert (item["outcome"], item["problem"]["field"]) == ("refused", "invite.after")
    assert asked() == ()


def test_the_language_that_is_said_goes_before_that_of_the_person(erp: str) -> None:
    told(erp, visit(1, "ana", invite={**INVITE, "language": "ES"}), visit(2, "bruno", invite=INVITE))

    assert [one.language for one in (*asked(ANA), *asked(BRUNO))] == ["es", "pt-BR"]


def test_what_an_item_says_goes_before_what_is_said_of_all(erp: str) -> None:
    surveys.create("Delivery", survey="delivery")
    surveys.publish("delivery", DRAFT)

    told(erp, visit(1, "ana", invite={"survey": "delivery"}), visit(2, "bruno"), invite=INVITE)

    assert [one.survey for one in (*asked(ANA), *asked(BRUNO))] == ["delivery", "visit"]


def test_a_link_is_handed_out_and_nobody_is_written_to(erp: str) -> None:
    (item,) = told(erp, {**visit(), "contact": {"external_id": "C-1"}}, invite={**INVITE, "strategy": "link"})
    Line().run()

    (invited,) = item["invitations"]
    assert (invited["channel"], invited["state"], outbox.mails()) == ("link", "exported", [])
    assert "Você nos recomendaria?" in get("/s/" + invited["link"].rpartition("/s/")[2]).body.decode()


RULES = RulesDraft(
    exclude=(Exclude(name="staff", when=(Condition(field="visit.reference", op=Op.IS, value="NF-1"),)),),
    assign=(
        Route(
            name="south",
            when=(Condition(field="segment", op=Op.IS, value="sul"),),
            survey="visit",
            strategy=Strategy.EMAIL,
        ),
    ),
)


@pytest.mark.parametrize("since", ["said no", "is over"])
def test_a_link_that_was_handed_out_is_not_handed_out_again_of_who_has_said_no_since(erp: str, since: str) -> None:
    handed = visit(invite={**INVITE, "strategy": "link"})
    ((first,), (again,)) = (told(erp, handed)[0]["invitations"] for _ in range(2))
    assert first["link"] == again["link"]

    if since == "said no":
        suppression.add(Channel.EMAIL, "ana@example.com", "unsubscribe")
    with clock.at(NOON + timedelta(days=0 if since == "said no" else 31, minutes=1)):
        ((later,),) = (told(erp, handed)[0]["invitations"] for _ in range(1))

    assert ("link" in later, later["reason"]) == (False, "unsubscribe" if since == "said no" else "")


def test_rules_decide_who_is_asked_what(erp: str) -> None:
    rulesets.create("After a visit", RULES, ruleset="after-visit")

    excluded, routed, nobody = told(
        erp, visit(1, "ana"), visit(2, "bruno"), visit(3, "carla", segment="manaus"), rules="after-visit"
    )

    assert (excluded["excluded"], excluded["invitations"]) == ("staff", [])
    assert (routed["route"], [one["state"] for one in routed["invitations"]]) == ("south", ["queued"])
    assert (nobody["outcome"], nobody["invitations"], "route" in nobody) == ("created", [], False)
    (invited,) = asked(BRUNO)
    assert invited.rules == "after-visit@1#south"


def test_a_new_version_that_leaves_a_route_as_it_is_asks_nobody_twice(erp: str) -> None:
    rulesets.create("After a visit", RULES, ruleset="after-visit")
    (first,) = told(erp, visit(2), rules="after-visit")
    rulesets.publish("after-visit", RULES.changed(exclude=()))

    again, other = told(erp, visit(2), visit(3, "bruno"), rules="after-visit")

    assert again["invitations"] == first["invitations"]
    assert again["deployment"] == first["deployment"]
    assert [one.rules for one in (*asked(ANA), *asked(BRUNO))] == ["after-visit@1#south", "after-visit@2#south"]
    assert other["outcome"] == "created"


def test_a_route_to_a_survey_that_is_paused_takes_the_visit_in_and_says_why_nobody_was_asked(erp: str) -> None:
    rulesets.create("After a visit", RULES, ruleset="after-visit")
    surveys.move("visit", SurveyStatus.PAUSED)

    (item,) = told(erp, visit(2), rules="after-visit")

    assert (item["outcome"], item["problem"]["code"], asked()) == ("created", "survey_paused", ())


@pytest.mark.parametrize(
    ("how", "code", "field"),
    [
        ({"invite": {"survey": "nowhere"}}, "survey_not_found", None),
        ({"invite": {"survey": "visit", "template": "gold"}}, "rules_template_unknown", "invite.template"),
        ({"invite": {"survey": "visit", "language": "tlh"}}, "language_unknown", "invite.language"),
        ({"invite": {"survey": "visit", "strategy": "pigeon"}}, "value_not_allowed", "invite.strategy"),
        ({"invite": {"survey": "visit", "send": "now"}}, "field_unknown", "invite.send"),
        ({"rules": "nowhere"}, "ruleset_not_found", None),
        ({"invite": INVITE, "rules": "nowhere"}, "invite_or_rules", "rules"),
    ],
)
def test_who_cannot_be_asked_so_is_not_taken_in_either(erp: str, how: Any, code: str, field: str) -> None:
    (item,) = told(erp, visit(**how))

    assert (item["outcome"], item["problem"]["code"], item["problem"].get("field")) == ("refused", code, field)
    assert contacts.many([ANA]) == {}


def test_one_that_is_wrong_stops_none_of_the_others(erp: str) -> None:
    items = told(erp, visit(1, segment="nowhere"), visit(2, "bruno"), {"segment": "poa"}, invite=INVITE)

    assert [item["problem"]["code"] if item["problem"] else item["outcome"] for item in items] == [
        "segment_unknown",
        "created",
        "transaction_whose",
    ]
    assert len(asked(BRUNO)) == 1


def test_a_language_that_was_said_stays_when_somebody_is_decided_on_anew(erp: str) -> None:
    sending_rules.save(SendingDraft(rest=()), rev=0, who="Ana")  # the floor of a day puts off, and leaves nobody out
    _, second = told(erp, visit(1), visit(2, invite={**INVITE, "language": "en"}), invite=INVITE)
    (waiting,) = [one for one in asked() if one.id == second["invitations"][0]["id"]]
    assert (waiting.state, waiting.language) == ("deferred", "en")

    with clock.at(waiting.send_at or NOON):
        planning.again(waiting, deployments.get(waiting.deployment))

    assert {one.language for one in asked() if one.id == waiting.id} == {"en"}


def test_asking_takes_the_right_to_send() -> None:
    text = key(Scope.CONTACTS_WRITE)

    assert tell(text, visit(invite=INVITE)).code == tell(text, visit(), rules="any").code == "scope_missing"
    assert tell(text, visit()).status == 200


def test_all_who_are_asked_alike_are_in_one_deployment_that_never_ends(erp: str) -> None:
    (first,) = told(erp, visit(1), invite=INVITE)
    (other,) = told(erp, visit(2, "bruno"), invite=INVITE)
    (link,) = told(erp, visit(3, "carla"), invite={**INVITE, "strategy": "link"})
    Line().run()

    assert first["deployment"] == other["deployment"] != link["deployment"]
    listed = ask("GET", "/v1/deployments", erp).json["items"]
    assert {one["id"] for one in listed} == {first["deployment"], link["deployment"]}
    shown = ask("GET", f"/v1/deployments/{first['deployment']}", erp).json
    assert (shown["audience"], shown["state"], shown["progress"], shown["finished"]) == (
        "told",
        "running",
        {"sent": 2},
        False,
    )


def test_a_pause_holds_back_and_a_cancelled_one_refuses_until_it_is_resumed(erp: str) -> None:
    (first,) = told(erp, visit(1), invite=INVITE)
    deployments.pause(first["deployment"])
    (held,) = told(erp, visit(2, "bruno"), invite=INVITE)
    Line().run(steps=3)
    assert ([one["state"] for one in held["invitations"]], outbox.mails()) == (["queued"], [])

    deployments.cancel(first["deployment"])
    (refused,) = told(erp, visit(3, "carla"), invite=INVITE)
    assert (refused["outcome"], refused["problem"]["code"]) == ("refused", "deployment_cancelled")
    assert first["deployment"] in refused["problem"]["detail"]

    resumed = ask("PATCH", f"/v1/deployments/{first['deployment']}", erp, body={"state": "running"})
    assert resumed.status == 200
    assert [item["outcome"] for item in told(erp, visit(3, "carla"), invite=INVITE)] == ["created"]


def test_the_same_key_is_answered_the_same_and_another_body_is_refused(erp: str) -> None:
    first = tell(erp, visit(invite=INVITE), again="k-1")
    again = tell(erp, visit(invite=INVITE), again="k-1")
    other = tell(erp, visit(invite=INVITE, amount=5), again="k-1")

    assert (again.status, again.body) == (200, first.body)
    assert [item["outcome"] for item in again.json["items"]] == ["created"]
    assert (other.status, other.code) == (422, "idempotency_key_reused")


def test_a_reply_that_is_kept_names_nobody(erp: str) -> None:
    tell(erp, visit(invite=INVITE), again="k-1")
    answer = tell(erp, visit(invite=INVITE), again="k-1")

    assert not [word for word in (b"Ana", b"ana@example.com", b"example.com") if word in answer.body]


def test_two_calls_at_once_with_one_visit_ask_once(erp: str, monkeypatch: pytest.MonkeyPatch) -> None:
    decide = planning.decide
    other: list[Any] = []

    def raced(*args: Any, **options: Any) -> Any:
        if not other:
            other.append(None)
            other[0] = told(erp, visit(invite=INVITE))
        return decide(*args, **options)

    monkeypatch.setattr(planning, "decide", raced)
    items = told(erp, visit(invite=INVITE))
    Line().run()

    assert items[0]["invitations"] == other[0][0]["invitations"]
    assert len(outbox.mails()) == len(asked()) == 1


def test_a_call_under_a_key_that_is_running_is_told_when_to_come_again(
    erp: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = planning.decide
    other: list[Answer] = []

    def raced(*args: Any, **options: Any) -> Any:
        other.append(tell(erp, visit(invite=INVITE), again="k-1"))
        return decide(*args, **options)

    monkeypatch.setattr(planning, "decide", raced)
    told(erp, visit(invite=INVITE), again="k-1")

    (busy,) = other
    assert (busy.status, busy.code, busy.headers["Retry-After"]) == (409, "idempotency_key_busy", "2")


def test_a_bound_key_asks_about_visits_to_its_own_stores_alone() -> None:
    bound = key(segment="sul")

    items = told(bound, visit(1, segment="manaus"), visit(2, "bruno"), invite=INVITE)

    assert [item["outcome"] for item in items] == ["refused", "created"]
    assert (len(asked(ANA)), len(asked(BRUNO))) == (0, 1)


def test_two_hundred_at_once_are_all_asked_without_a_read_for_each(erp: str) -> None:
    with recording() as calls:
        items = told(erp, *(visit(number, f"p{number:03}") for number in range(200)), invite=INVITE, again="k-1")

    assert {(item["outcome"], len(item["invitations"])) for item in items} == {("created", 1)}
    assert deployments.progress(items[0]["deployment"]) == {"queued": 200}
    assert sum(call.operation in READS for call in calls) < 50
    assert sum(call.operation == "TransactWriteItems" for call in calls) < 20


def test_each_may_wait_for_a_time_of_its_own_and_all_are_asked_together(erp: str) -> None:
    waiting = [visit(number, f"p{number:02}", invite={**INVITE, "after": number + 1}) for number in range(40)]

    with recording() as calls:
        items = told(erp, *waiting)

    assert [item["invitations"][0]["send_at"][11:16] for item in items] == [
        f"15:{minute:02}" for minute in range(1, 41)
    ]
    assert len(calls) < 40


def test_a_reply_stays_small_however_much_is_wrong(erp: str) -> None:
    faulty = {**visit(), **{f"x{number}" * 50: 1 for number in range(300)}}

    answer = tell(erp, *[faulty] * 10, again="k-1")

    assert {len(item["problem"]["errors"]) for item in answer.json["items"]} == {10}
    assert len(json.dumps(answer.json)) < 10 * 6_000  # a thousand of these stay below the 6 MB of a function


def test_what_is_no_id_of_a_person_is_not_kept_with_the_reply(erp: str) -> None:
    tell(erp, {"contact_id": "ana@example.com" + "é" * 100, "segment": "poa", "reference": "1"}, again="k-1")

    (kept,) = replies.listing(limit=10).items
    assert kept.contacts == (replies.SOMEBODY,)
