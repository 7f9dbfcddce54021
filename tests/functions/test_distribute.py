"""Delivering one invitation: what the person gets, and a state for every outcome."""

import re
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from escuta import clock, ids, secrets, table
from escuta.directory import custom_fields
from escuta.directory.model import Product
from escuta.feedback.model import Question, QuestionKind, SurveyStatus
from escuta.outreach import deployments, invitations, ledger, resending, suppression, templates
from escuta.outreach.model import Channel, DeploymentState, Invitation, InvitationState, Strategy, Template
from tests.conftest import NOON
from tests.functions.senders import PHONE, Line, claim, invited, open_shop, send, sending, states
from tests.kit import factories, outbox
from tests.kit.faults import failing

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana", product="sofa-lua", custom={"size": "G"}).changed(name="ana souza")
BRUNO = factories.contact("Bruno")
SMS = {"strategy": Strategy.SMS}
SENT, UNKNOWN, QUEUED = InvitationState.SENT, InvitationState.UNKNOWN, InvitationState.QUEUED


def planned(*people: Any, **fields: Any) -> Line:
    deployments.start(sending(*people, **fields))
    line = Line()
    line.plan.run()
    return line


def no(code: str, message: str = "") -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, "")


def body(part: str) -> str:
    found = outbox.mails()[0].get_body((part,))
    assert found is not None
    return str(found.get_content())


def test_the_mail_speaks_to_the_person_and_its_links_open_the_survey() -> None:
    open_shop(ANA)
    send(ANA)

    invitation = next(invited())
    token = ids.link_token(secrets.link_secret(), "answer", invitation.id)
    mail = outbox.mails()[0]
    assert mail["Subject"] == "Ana, como foi sua visita à loja Paulista?"
    assert mail["From"] == "Lojas Aurora <pesquisa@aurora.example>"
    assert f"https://fala.aurora.example/s/{token}\n" in body("plain").replace("\r\n", "\n")
    assert invitation.link_key == ids.token_key(token)
    assert invitation.message_id
    assert invitation.sent_at is not None


def test_each_score_is_a_link_that_preselects_it() -> None:
    open_shop(ANA)
    send(ANA)

    link = re.escape(invitations.link(next(invited())))
    assert re.findall(rf'href="{link}\?r=(\d+)"', body("html")) == [str(score) for score in range(11)]
    assert "Pergunta" in body("html")


def test_a_link_that_nobody_can_see_or_reach_stands_behind_the_scores() -> None:
    """Only a machine opens it. It has no words, so nothing shows even where a mail client drops the style."""
    open_shop(ANA)
    send(ANA)

    link = invitations.link(next(invited()))
    hidden = f'<a href="{link}?r=none" aria-hidden="true" tabindex="-1" style="display:none;mso-hide:all;"></a>'
    assert body("html").count(hidden) == body("html").count("r=none") == 1
    assert body("html").index(hidden) > body("html").index("?r=10")
    assert "r=none" not in body("plain")


def test_the_question_in_the_mail_speaks_to_the_person_too() -> None:
    asked = 'Como foi na {{ store }}, {{ first_name | default("cliente") }}?{{ hidden.ref | default("") }}'
    stars = Question(id="stars", kind=QuestionKind.RATING, steps=5, text={"pt-BR": asked}, benchmark=True)
    open_shop(ANA.changed(name="<Ana>"), questions=(stars,), detractor_max=3, passive_max=4)
    send(ANA)

    assert re.findall(r"\?r=(\d+)", body("html")) == ["1", "2", "3", "4", "5"]
    assert "Como foi na Paulista, &lt;Ana&gt;?" in body("html")
    assert "{{" not in body("html")


def test_a_survey_without_a_scale_gets_a_button() -> None:
    text = Question(id="comment", kind=QuestionKind.TEXT, text={"pt-BR": "Conte"}, voice=True)
    open_shop(ANA, questions=(text,))
    send(ANA)

    assert "Responder à pesquisa" in body("html")
    assert "?r=" not in body("html")


def test_the_headers_let_the_mail_client_unsubscribe() -> None:  # E8, E22
    open_shop(ANA)
    send(ANA)

    invitation = next(invited())
    proof = ids.link_token(secrets.link_secret(), "unsubscribe", invitation.id)
    link = f"https://fala.aurora.example/u/{invitation.id}{proof}"
    mail = outbox.mails()[0]
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert link in body("html")
    assert link in body("plain").replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Ana, how was your visit to our Paulista store?"),
        ("es", "Ana, ¿cómo fue tu visita a la tienda Paulista?"),
        ("", "Ana, como foi sua visita à loja Paulista?"),
    ],
)
def test_the_person_is_written_to_in_its_language(language: str, subject: str) -> None:
    person = ANA.changed(language=language)
    open_shop(person)
    send(person)

    assert outbox.mails()[0]["Subject"] == subject


def test_a_survey_that_does_not_speak_the_language_uses_its_first() -> None:
    person = ANA.changed(language="en")
    open_shop(person, languages=("es",))
    send(person)

    assert outbox.mails()[0]["Subject"].startswith("Ana, ¿cómo")


def test_an_sms_fits_into_two_parts_and_carries_the_way_out() -> None:
    person = ANA.changed(phone=PHONE)
    open_shop(person)
    send(person, **SMS)

    invitation = next(invited())
    answer, leave = invitations.link(invitation), invitations.link(invitation, "unsubscribe")
    words = "Lojas Aurora: Ana, como foi sua visita à loja Paulista? Conte em 1 minuto:"
    assert outbox.texts() == [(PHONE, f"{words} {answer} Sair: {leave}")]


def own() -> Template:
    custom_fields.create("size")
    html = '<a href="{{ link }}">{{ first_name | default("cliente") }}</a><a href="{{ unsubscribe }}">sair</a>'
    words = {"subject": "{{ product }} {{ custom.size }}", "html": html, "text": "{{ link }} {{ unsubscribe }}"}
    own = {"survey": factories.SURVEY, "channel": Channel.EMAIL, "language": "pt-BR"}
    return templates.save(Template.model_validate({**own, **words}))


def test_the_customers_template_is_used_with_product_and_custom_fields() -> None:
    open_shop(ANA)
    table.put(Product(code="sofa-lua", name="Sofá Lua"))
    own()
    send(ANA)

    assert outbox.mails()[0]["Subject"] == "Sofá Lua G"


def test_a_name_full_of_markup_and_tags_is_shown_literally() -> None:  # E1, E3
    hostile = "<img/onerror=alert(1)>{{7*7}}{%\r\nBcc:eve@example.com"
    person = ANA.changed(name=hostile, phone=PHONE)
    open_shop(person)
    send(person)

    mail = outbox.mails()[0]
    assert mail["Bcc"] is None
    assert "&lt;img/onerror=alert(1)&gt;{{7*7}}{%" in body("html")
    assert "<img" not in body("html")
    assert "<img/onerror=alert(1)>{{7*7}}{%" in body("plain")


def test_a_blank_field_without_fallback_holds_that_person_back_and_nobody_else() -> None:  # E4
    nameless = BRUNO.changed(custom={})
    open_shop(ANA, nameless)
    own()
    send(ANA, nameless)

    assert states() == {
        "ana@example.com": (SENT, ""),
        "bruno@example.com": (InvitationState.SUPPRESSED, "field_blank"),
    }
    assert [one.details for one in invited()] == [{}, {"field": "product"}]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("html", '<p{% if name %} class="x"{% endif %}>a</p>'),
        ("text", "{% if name %}"),
        ("html", "{{ name " + "x" * 2_000),
    ],
)
def test_words_that_may_not_be_sent_any_more_hold_people_back_until_they_are_mended(part: str, words: str) -> None:
    open_shop(ANA)
    mended = own()
    stored = table.save(mended.changed(**{part: getattr(mended, part) + words}))
    templates.forget()
    send(ANA)

    assert states() == {"ana@example.com": (InvitationState.SUPPRESSED, "template_invalid")}
    assert next(invited()).details == {"field": part}

    templates.save(mended.changed(rev=stored.rev))
    with clock.at(NOON + timedelta(hours=1)):
        resending.start(deployments.get("first"), [InvitationState.SUPPRESSED], by="user:carla")
    Line().run(start=NOON + timedelta(hours=1))
    assert states() == {"ana@example.com": (SENT, "")}


def test_an_address_closed_after_planning_is_not_written_to() -> None:  # 3.5 opt-out
    open_shop(ANA)
    line = planned(ANA)
    suppression.add(Channel.EMAIL, "ana@example.com", "unsubscribe")
    line.run()

    assert states() == {"ana@example.com": (InvitationState.SUPPRESSED, "unsubscribe")}
    assert outbox.mails() == []


def test_an_address_closed_to_this_survey_after_planning_is_not_written_to() -> None:
    open_shop(ANA)
    line = planned(ANA)
    suppression.add(Channel.EMAIL, "ana@example.com", "unsubscribe", scope=factories.SURVEY)
    line.run()

    assert states() == {"ana@example.com": (InvitationState.SUPPRESSED, "unsubscribe_survey")}
    assert outbox.mails() == []


def test_an_address_closed_to_another_survey_is_written_to() -> None:
    open_shop(ANA)
    line = planned(ANA)
    suppression.add(Channel.EMAIL, "ana@example.com", "unsubscribe", scope="party")
    line.run()

    assert states() == {"ana@example.com": (SENT, "")}


def test_an_address_closed_while_the_mail_was_written_is_not_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    open_shop(ANA)
    line = planned(ANA)
    claim = ledger.claim

    def overtaken(*read: Any) -> Any:
        suppression.add(Channel.EMAIL, "ana@example.com", "complaint")
        return claim(*read)

    monkeypatch.setattr(ledger, "claim", overtaken)
    line.run()

    assert states() == {"ana@example.com": (InvitationState.SUPPRESSED, "complaint")}
    assert outbox.mails() == []


def test_a_deployment_paused_while_the_mail_was_written_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    open_shop(ANA)
    line = planned(ANA)
    claim = ledger.claim

    def overtaken(*read: Any) -> Any:
        deployments.pause("first")
        return claim(*read)

    monkeypatch.setattr(ledger, "claim", overtaken)
    line.deliver.step()

    assert states() == {"ana@example.com": (QUEUED, "")}
    assert outbox.mails() == []
    assert line.deliver.waiting() == []

    monkeypatch.setattr(ledger, "claim", claim)
    deployments.resume("first")
    line.run()
    assert states() == {"ana@example.com": (SENT, "")}


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [(SurveyStatus.PAUSED, QUEUED, ""), (SurveyStatus.CLOSED, InvitationState.CANCELLED, "survey_closed")],
)
def test_a_survey_that_is_not_live_is_not_asked_for(status: SurveyStatus, state: InvitationState, reason: str) -> None:
    open_shop(ANA, status=status)
    planned(ANA).deliver.step()

    assert states() == {"ana@example.com": (state, reason)}
    assert outbox.mails() == []


def test_an_invitation_that_waited_too_long_expires() -> None:
    open_shop(ANA)
    planned(ANA).run(start=NOON + timedelta(days=31))

    assert states() == {"ana@example.com": (InvitationState.EXPIRED, "expired")}


def test_a_throttled_send_is_tried_again_and_nobody_is_dropped() -> None:  # E9
    open_shop(ANA, BRUNO)
    line = planned(ANA, BRUNO)
    answers = iter([no("TooManyRequestsException"), no("TooManyRequestsException"), None, None])
    with failing("SendEmail", lambda _: next(answers)):
        line.run()

    assert states() == {"ana@example.com": (SENT, ""), "bruno@example.com": (SENT, "")}
    assert [one.attempts for one in invited()] == [2, 2]
    assert len(outbox.mails()) == 2


def test_a_message_the_provider_will_never_take_is_rejected_with_the_reason() -> None:
    open_shop(ANA, BRUNO)
    line = planned(ANA, BRUNO)
    answers = iter([no("MessageRejected", "Illegal content"), None])
    with failing("SendEmail", lambda _: next(answers)):
        line.run()

    assert sorted(states().values()) == [(InvitationState.REJECTED, "message_rejected"), (SENT, "")]


def test_a_provider_that_stopped_the_account_stops_the_run_and_everything_stays_queued() -> None:  # E13
    open_shop(ANA, BRUNO)
    line = planned(ANA, BRUNO)
    asked = []

    def paused(parameters: dict[str, Any]) -> ClientError:
        asked.append(parameters)
        return no("SendingPausedException")

    with failing("SendEmail", paused):
        line.run(steps=10)

    stopped = deployments.get("first")
    assert (stopped.state, stopped.reason) == (DeploymentState.PAUSED, "sending_paused")
    assert {state for state, _ in states().values()} == {QUEUED}
    assert len(asked) <= 2  # side by side; nobody is tried after one was told to stop

    deployments.resume("first")
    line.run()
    assert len(outbox.mails()) == 2


def test_a_lost_answer_is_unknown_and_never_sent_again() -> None:  # E11
    open_shop(ANA)
    line = planned(ANA)
    with failing("SendEmail", lambda _: ReadTimeoutError(endpoint_url="https://ses")):
        line.run()
    line.deliver.send({"invitation": next(invited()).link_key})
    line.run(start=NOON + timedelta(hours=1))

    assert states() == {"ana@example.com": (UNKNOWN, "answer_lost")}
    assert outbox.mails() == []


def test_a_number_that_opted_out_at_the_carrier_is_closed() -> None:  # M4
    person = ANA.changed(phone=PHONE)
    open_shop(person)
    line = planned(person, **SMS)
    with failing("Publish", lambda _: no("InvalidParameter", "Phone number is opted out")):
        line.run()

    assert states() == {PHONE: (InvitationState.REJECTED, "opted_out")}
    assert suppression.is_suppressed(Channel.SMS, PHONE)


def test_a_claim_in_progress_is_left_alone_until_its_lease_is_over() -> None:  # E12
    open_shop(ANA)
    line = planned(ANA)
    found = next(invited())
    claimed = claim(found, deployments.get("first"))
    assert isinstance(claimed, Invitation)

    with clock.at(NOON + timedelta(seconds=30)):
        line.deliver.step()
    assert states() == {"ana@example.com": (InvitationState.CLAIMED, "")}

    line.run(start=NOON + timedelta(seconds=61))
    assert states() == {"ana@example.com": (UNKNOWN, "lease_over")}
    assert outbox.mails() == []


def test_only_one_of_two_workers_gets_a_claim() -> None:
    open_shop(ANA)
    planned(ANA)
    found, deployment = next(invited()), deployments.get("first")

    assert isinstance(claim(found, deployment), Invitation)
    assert claim(found, deployment) is None


def test_the_invitations_of_a_deployment_are_paged_by_state() -> None:
    people = [factories.contact(f"P{number}") for number in range(12)]
    open_shop(*people)
    planned(*people)

    seen, cursor = [], None
    while True:
        page = invitations.listing("first", QUEUED, limit=2, cursor=cursor)
        seen += [one.address for one in page.items]
        cursor = page.next
        if cursor is None:
            break

    assert sorted(seen) == sorted(person.email for person in people)
    assert invitations.listing("first", SENT).items == ()


def test_what_a_person_was_asked_is_listed() -> None:
    open_shop(ANA)
    send(ANA)

    assert [one.deployment for one in invitations.of_contact(ANA.id).items] == ["first"]
