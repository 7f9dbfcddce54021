"""Many things in one call: each is made or refused for itself."""

from datetime import datetime
from typing import Any

import pytest

from escuta.directory import contacts, replies, segments
from escuta.directory.model import Scope
from tests.functions.callers import Answer, ask, found_company, key, open_survey
from tests.kit.faults import failing, recording, throttled

UNHEARD = throttled("dynamodb", "TransactWriteItems")


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def batch(noun: str, *items: dict[str, Any], text: str = "", **headers: str) -> Answer:
    return ask("POST", f"/v1/{noun}/batch", text or key(), body={"items": items}, headers=headers)


def became(answer: Answer) -> list[tuple[str, str | None]]:
    """Return what became of each item, with the code of what stood against it."""
    return [(item["outcome"], (item["problem"] or {}).get("code")) for item in answer.json["items"]]


def test_people_are_taken_in_together_and_the_wrong_ones_are_told_why() -> None:
    contacts.take({"external_id": "C-1", "segment": "poa", "name": "Ana"}, None, "ERP")

    answer = batch(
        "contacts",
        {"external_id": "C-1", "name": "Ana Luz"},
        {"email": "bruno@example.com", "segment": "poa"},
        {"name": "Ninguém"},
        {"email": "clara@example.com", "segment": "nowhere"},
        {"email": "davi@example.com", "segment": "poa", "colour": "red"},
    )

    assert answer.status == 200
    assert became(answer) == [
        ("updated", None),
        ("created", None),
        ("refused", "no_identity"),
        ("refused", "segment_unknown"),
        ("refused", "field_unknown"),
    ]
    assert [item["contact"] and item["contact"]["name"] for item in answer.json["items"]] == [
        "Ana Luz",
        "",
        None,
        None,
        None,
    ]
    assert (answer.json["items"][2]["item"], answer.json["items"][4]["problem"]["field"]) == (2, "colour")


def test_a_hundred_people_are_not_read_one_by_one() -> None:
    text = key()
    batch("contacts", {"email": "ana@example.com", "segment": "poa"}, text=text)

    with recording() as calls:
        answer = batch("contacts", *({"email": f"p{n}@example.com", "segment": "poa"} for n in range(100)), text=text)

    assert became(answer) == [("created", None)] * 100
    assert len(calls) < 30


def test_a_caller_of_one_region_takes_in_nobody_elsewhere() -> None:
    contacts.take({"external_id": "C-1", "segment": "manaus", "name": "Ana"}, None, "ERP")

    answer = batch(
        "contacts",
        {"external_id": "C-1", "segment": "poa"},
        {"email": "bruno@example.com", "segment": "manaus"},
        {"email": "bruno@example.com", "segment": "poa"},
        text=key(Scope.CONTACTS_WRITE, segment="sul"),
    )

    assert became(answer) == [
        ("refused", "contact_not_found"),
        ("refused", "segment_not_found"),
        ("created", None),
    ]


def test_an_answer_is_kept_for_whom_it_speaks_of() -> None:
    answer = batch("contacts", {"email": "ana@example.com", "segment": "poa"}, **{"Idempotency-Key": "k-1"})

    (kept,) = replies.listing(limit=10).items
    assert kept.contacts == (answer.json["items"][0]["contact"]["id"],)


def test_a_segment_may_stand_below_one_of_the_same_call() -> None:
    answer = batch(
        "segments",
        {"code": "centro", "name": "Centro", "parent": "sul"},
        {"code": "centro-1", "name": "Centro 1", "parent": "centro"},
        {"code": "poa", "name": "Porto Alegre", "parent": "sul"},
    )

    assert became(answer) == [("created", None), ("created", None), ("refused", "segment_exists")]
    assert segments.get("centro-1").path == ("aurora", "sul", "centro", "centro-1")


def test_links_products_and_managers_are_made_together() -> None:
    open_survey()

    tokens = batch("tokens", {"survey": "visit", "segment": "poa"}, {"survey": "visit", "segment": "gone"})
    products = batch("products", {"code": "sofa", "name": "Sofá"}, {"code": "sofa", "name": "Sofá"})
    managers = batch(
        "managers",
        {"name": "Bia", "email": "bia@example.com", "segments": ["poa"]},
        {"name": "Bruno", "email": "bruno", "segments": ["poa"]},
    )

    assert became(tokens) == [("created", None), ("refused", "segment_not_found")]
    assert "/t/" in tokens.json["items"][0]["token"]["link"]
    assert became(products) == [("created", None), ("refused", "product_exists")]
    assert became(managers)[0] == ("created", None)
    assert became(managers)[1][0] == "refused"


@pytest.mark.parametrize("noun", ["contacts", "products", "segments", "tokens", "managers"])
def test_an_empty_batch_is_refused(noun: str) -> None:
    answer = batch(noun)

    assert (answer.status, answer.code, answer.json["field"]) == (422, "value_too_short", "items")


def test_a_batch_that_was_not_answered_is_taken_up_where_it_was() -> None:
    text, asked = (
        key(),
        [{"code": "bh", "name": "BH", "parent": "sul"}, {"code": "rio", "name": "Rio", "parent": "sul"}],
    )
    with failing("TransactWriteItems", lambda sent: UNHEARD if "reply_part" in str(sent) else None):
        assert batch("segments", *asked, text=text, **{"Idempotency-Key": "k-1"}).status == 503

    answer = batch("segments", *asked, text=text, **{"Idempotency-Key": "k-1"})

    assert became(answer) == [("created", None), ("created", None)]
