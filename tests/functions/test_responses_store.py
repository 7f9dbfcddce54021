"""Answers through links that stand somewhere: quotas, people who say who they are, websites, offline devices."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from escuta import clock, ids, table
from escuta.directory import contacts
from escuta.directory.model import Contact, Product
from escuta.errors import GoneError, InvalidError
from escuta.feedback import prefill, responses, surveys
from escuta.feedback.links import Door
from escuta.feedback.model import Intercept, Kiosk, Parked, Response, StoreToken, SurveyStatus, TokenKind
from escuta.feedback.responses import Receipt
from tests.conftest import NOON
from tests.functions.respondents import DRAFT, OTHER_ID, SUBMISSION_ID, meanwhile, open_survey, stand, submission
from tests.kit import answers

ASKS = ("name", "email", "phone", "product", "custom.table")
ANA = {"name": "Ana Souza", "email": "Ana@Mail.Example", "product": "lamp", "custom.table": "12"}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    open_survey()
    surveys.publish("visit", DRAFT.changed(hidden=("order", "till")))
    table.create(Product(code="lamp", name="Lamp"))


def counter(**changes: Any) -> str:
    """Put a link on the counter; returns its token."""
    token, stored = stand()
    table.save(stored.changed(**changes))
    return token


def reception() -> str:
    """Put a link on the counter that asks who answers."""
    return counter(type=TokenKind.TRANSACTIONAL, asks=ASKS)


def website(**changes: Any) -> str:
    """Open the survey on a website; returns the public id."""
    identity = ids.new_token()
    shop = Intercept(
        id=identity, name="Shop", survey="visit", segment="sp-01", origins=("https://shop.example",), created_at=NOON
    )
    table.create(shop.changed(**changes))
    return identity


def answer(token: str, number: int = 1, door: Door = Door.STORE, **more: Any) -> Receipt:
    """Answer with a nine, or with `answers`."""
    sent = submission(f"AnaAnaAnaAnaAnaAnaAn{number:02}", 2, **more.pop("answers", {}))
    return responses.submit(door, token, sent.changed(**more))


def stored(number: int = 1) -> Response:
    return responses.get(f"AnaAnaAnaAnaAnaAnaAn{number:02}")


def parked() -> list[str]:
    return [payload.reason for payload in table.query(Parked, "parked", index="g1").items]


def test_an_answer_in_a_store_belongs_to_its_segment_and_to_nobody() -> None:
    answer(counter())

    assert (stored().segment, stored().channel, stored().contact) == ("sp-01", "store", "")


def test_a_link_with_a_quota_takes_so_many_answers_and_says_that_it_is_full() -> None:
    token = counter(quota=2)

    answer(token, 1)
    answer(token, 2)
    with pytest.raises(GoneError, match="link_full"):
        answer(token, 3)

    assert len(answers.given()) == 2


def test_an_answer_that_is_sent_again_uses_the_quota_once() -> None:
    token = counter(quota=2)

    for _ in range(3):
        answer(token, 1)

    assert answer(token, 2).replayed is False


def test_the_last_answer_of_a_quota_still_gets_its_receipt_again() -> None:
    token = counter(quota=1)
    first = answer(token, 1)

    assert answer(token, 1) == first.changed(replayed=True)


def test_of_many_at_once_a_quota_takes_exactly_so_many() -> None:
    token = counter(quota=3)
    refused: list[int] = []

    def one(number: int) -> None:
        try:
            answer(token, number)
        except GoneError:
            refused.append(number)

    def after(number: int) -> None:
        if number < 6:
            with meanwhile(lambda: after(number + 1)):
                one(number)
        else:
            one(number)

    after(1)

    assert len(answers.given()) == 3
    assert len(refused) == 3


def test_a_link_without_a_quota_counts_nothing() -> None:
    _, plain = stand()
    answer(counter())

    assert table.numbers_of(plain.table, [StoreToken.used_at(plain.id)]) == {}


def test_whoever_says_who_they_are_becomes_a_contact_with_the_answer() -> None:
    answer(reception(), asked=ANA)

    contact = contacts.get(contacts.identity("", "ana@mail.example", ""))
    assert (contact.name, contact.email, contact.product) == ("Ana Souza", "Ana@mail.example", "lamp")
    assert (contact.segment, contact.language, contact.custom) == ("sp-01", "pt-BR", {"table": "12"})
    assert (contact.consent, contact.created_by) == ("", SUBMISSION_ID[:20] + "01")
    assert (stored().contact, stored().contact_name, stored().product) == (contact.id, "Ana Souza", "lamp")


def test_a_known_contact_gets_what_is_new_and_keeps_the_rest() -> None:
    known = Contact(
        id=contacts.identity("", "ana@mail.example", ""),
        name="Ana",
        email="ana@mail.example",
        phone="+5511912345678",
        language="es",
        segment="sp-02",
        consent="contract",
        custom={"size": "M"},
        created_at=NOON,
        updated_at=NOON,
    )
    table.create(known)

    answer(reception(), asked=ANA)

    contact = contacts.get(known.id)
    assert (contact.name, contact.phone, contact.language) == ("Ana Souza", "+5511912345678", "es")
    assert (contact.segment, contact.consent) == ("sp-01", "contract")
    assert contact.custom == {"size": "M", "table": "12"}


def test_nobody_puts_another_number_on_a_contact_by_typing_its_address() -> None:
    token = reception()
    answer(token, 1, asked=ANA | {"phone": "(11) 91234-5678"})

    answer(token, 2, asked=ANA | {"phone": "(11) 98765-4321"})

    assert contacts.get(stored(2).contact).phone == "+5511912345678"


def test_a_contact_that_a_file_changes_at_the_same_moment_keeps_both_changes() -> None:
    token = reception()
    answer(token, 1, asked=ANA)
    identity = stored().contact

    def changed() -> None:
        table.save(contacts.get(identity).changed(consent="contract"))

    with meanwhile(changed):
        answer(token, 2, asked=ANA | {"custom.table": "14"})

    contact = contacts.get(identity)
    assert (contact.consent, contact.custom) == ("contract", {"table": "14"})


def test_a_contact_that_two_make_at_once_is_one() -> None:
    token = reception()

    def earlier() -> None:
        with clock.at(NOON - timedelta(seconds=1)):
            answer(token, 2, asked=ANA)

    with meanwhile(earlier):
        answer(token, 1, asked=ANA | {"name": "Ana S."})

    assert stored(1).contact == stored(2).contact
    assert contacts.get(stored(1).contact).name == "Ana S."


def test_what_a_transactional_link_asks_must_be_said_and_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidError, match="answers_invalid") as refused:
        answer(reception(), asked={"email": "ana@", "product": "sofa"}, answers={"nps": 11})

    problems = [(problem.question, problem.code) for problem in refused.value.details["problems"]]
    assert problems == [
        ("a.email", "answer_email"),
        ("a.product", "answer_product"),
        ("a.name", "answer_name"),
        ("a.phone", "answer_phone"),
        ("a.custom.table", "answer_required"),
        ("nps", "answer_scale"),
    ]
    assert answers.given() == ()


def test_one_of_two_addresses_is_enough() -> None:
    asked = {name: value for name, value in ANA.items() if name != "email"} | {"phone": "(11) 91234-5678"}

    answer(reception(), asked=asked)

    assert contacts.get(contacts.identity("", "", "+5511912345678")).phone == "+5511912345678"


def test_an_anonymous_link_keeps_nothing_of_who_answers() -> None:
    answer(counter(), asked=ANA)

    assert (stored().contact, stored().contact_name) == ("", "")


def test_the_same_answer_of_somebody_else_is_another_answer() -> None:
    token = reception()
    answer(token, asked=ANA)

    with pytest.raises(InvalidError, match="answers_differ"):
        answer(token, asked=ANA | {"email": "bruno@mail.example"})


def test_hidden_fields_that_the_survey_knows_are_kept_and_others_are_not() -> None:
    answer(counter(), hidden={"order": "77", "salary": "1"})

    assert stored().hidden == {"order": "77"}


def test_a_signed_link_has_the_last_word_on_hidden_fields() -> None:
    token = counter()

    answer(token, hidden={"order": "1", "till": "4"}, prefill=prefill.sign(token, {}, {"order": "77"}))
    answer(token, 2, hidden={"order": "1"}, prefill=prefill.sign(ids.new_token(), {}, {"order": "77"}))

    assert stored().hidden == {"order": "77", "till": "4"}
    assert stored(2).hidden == {"order": "1"}


def test_i3_a_website_hands_over_what_its_intercept_allows() -> None:
    answer(website(hidden=("order",)), door=Door.INTERCEPT, hidden={"order": "77", "till": "4"})

    assert stored().hidden == {"order": "77"}
    assert (stored().segment, stored().channel) == ("sp-01", "web")


def test_a_device_is_known_by_its_hash_alone() -> None:
    token = counter()
    answer(token, 1, device="tablet-1")
    answer(token, 2, device="tablet-1")
    answer(token, 3, device="tablet-2")

    assert stored(1).device == stored(2).device != stored(3).device
    assert "tablet" not in stored(1).device


def test_k1_r19_an_answer_that_waited_on_a_device_keeps_its_time_however_wrong_the_clock() -> None:
    given = datetime(2029, 1, 1, 8, 0, tzinfo=UTC)

    answer(counter(kiosk=Kiosk()), queued=True, client_time=given, sent_time=given + timedelta(days=3, hours=2))

    assert stored().answered_at == stored().received_at - timedelta(days=3, hours=2)
    assert stored().day == "2026-03-07"


@pytest.mark.parametrize(("waited", "day"), [(timedelta(days=400), "2026-02-07"), (timedelta(days=-1), "2026-03-10")])
def test_r19_no_clock_moves_an_answer_far_back_or_into_the_future(waited: timedelta, day: str) -> None:
    answer(counter(kiosk=Kiosk()), queued=True, client_time=NOON, sent_time=NOON + waited)

    assert stored().day == day


def test_an_answer_that_did_not_wait_is_of_now_whatever_the_device_says() -> None:
    answer(counter(), client_time=NOON - timedelta(days=9), sent_time=NOON)

    assert (stored().answered_at, stored().day) == (None, "2026-03-10")


@pytest.mark.parametrize("door", [Door.STORE, Door.INTERCEPT])
def test_t17_only_a_kiosk_may_say_that_an_answer_is_of_another_time(door: Door) -> None:
    """Anybody else could change the figures of last month, and hide a flood."""
    token = counter() if door is Door.STORE else website()

    answer(token, door=door, queued=True, client_time=NOON - timedelta(days=9), sent_time=NOON)

    assert (stored().answered_at, stored().day) == (None, "2026-03-10")


def test_k1_a_kiosk_may_bring_what_was_answered_before_its_link_and_its_survey_ended() -> None:
    token = counter(kiosk=Kiosk(), ends_at=NOON + timedelta(hours=1))
    surveys.move("visit", SurveyStatus.CLOSED)

    with clock.at(NOON + timedelta(days=3)):
        now = clock.now()
        answer(token, 1, queued=True, client_time=NOON, sent_time=now)
        with pytest.raises(GoneError, match="link_expired"):
            answer(token, 2, queued=True, client_time=now - timedelta(days=1), sent_time=now)

    assert stored().day == "2026-03-10"
    assert parked() == ["link_expired"]


def test_k5_what_a_device_brings_and_cannot_be_taken_is_kept_once_however_often_it_comes() -> None:
    token = counter()

    for minutes in range(3):
        sent = NOON + timedelta(minutes=minutes)
        with pytest.raises(InvalidError, match="answers_invalid"):
            answer(token, answers={"nps": 99}, queued=True, client_time=NOON, sent_time=sent)

    (payload,) = table.query(Parked, "parked", index="g1").items
    assert payload.reason == "answers_invalid"
    assert '"nps": 99' in payload.payload


def test_what_a_person_can_correct_is_not_parked() -> None:
    with pytest.raises(InvalidError, match="answers_invalid"):
        answer(counter(), answers={"nps": 99})

    assert parked() == []


def test_k7_the_answers_of_a_device_whose_link_was_revoked_are_parked() -> None:
    token = counter(revoked_at=NOON)

    with pytest.raises(GoneError, match="link_revoked"):
        answer(token, queued=True)

    assert parked() == ["link_revoked"]


def test_k7_an_answer_that_was_taken_before_the_revoking_gets_its_receipt() -> None:
    token, link = stand()
    first = answer(token, queued=True)
    table.save(link.changed(revoked_at=NOON))

    assert answer(token, queued=True) == first.changed(replayed=True)
    assert parked() == []


def test_what_is_parked_ends_after_a_year() -> None:
    with pytest.raises(GoneError):
        answer(counter(revoked_at=NOON), queued=True)

    (payload,) = table.query(Parked, "parked", index="g1").items
    assert payload.ttl() == int((payload.created_at + timedelta(days=365)).timestamp())


def test_a_page_of_a_version_that_was_published_a_moment_ago_is_taken() -> None:
    token = counter()
    with clock.at(NOON):
        answer(token, 1)
        head = surveys.get("visit")
        table.create(surveys.version("visit", 2).changed(version=3))
        table.save(head.changed(version=3))  # by another function: ours remembers the head for some seconds

        sent = submission(OTHER_ID, 3)
        receipt = responses.submit(Door.STORE, token, sent)

    assert receipt.version == 3
