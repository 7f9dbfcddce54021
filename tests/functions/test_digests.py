"""What changed, told to managers: when, about what, to whom, once, and not at all when nothing did."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from escuta import clock, table
from escuta.directory import managers
from escuta.directory.model import Manager, Rhythm, Scope, Segment
from escuta.feedback import digests, metrics, querying
from escuta.feedback.digests import due
from escuta.feedback.model import AlertState, Comparison, Digest, Grouping, Query, Span, Survey, SurveyStatus
from escuta.feedback.periods import Period
from tests.conftest import NOON
from tests.functions.callers import ask, key
from tests.kit import faults, outbox, telling
from tests.kit.factories import PATH, SURVEY, response, segment, version
from ticketing.digest import handler

pytestmark = pytest.mark.usefixtures("aws", "places")
MONDAY = datetime(2026, 3, 9, 11, 0, tzinfo=UTC)  # 07:00 in Manaus, which has no summer time
WEEK = Period(datetime(2026, 3, 2, tzinfo=UTC).date(), datetime(2026, 3, 8, tzinfo=UTC).date())


@pytest.fixture
def places(aws: None) -> None:  # noqa: ARG001 - the tables come first
    with clock.at(NOON):
        for depth in range(1, len(PATH) + 1):
            table.create(segment(*PATH[:depth], name=f"Aurora {PATH[depth - 1].title()}", timezone="America/Manaus"))
        table.create(version())
        table.create(
            Survey(id=SURVEY, name="Visita", version=1, status=SurveyStatus.LIVE, created_at=MONDAY, updated_at=MONDAY)
        )


def ana(**fields: object) -> Manager:
    with clock.at(NOON):
        return managers.create("Ana", "ana@aurora.example", language="pt-BR", segments=["sudeste"], **fields)  # type: ignore[arg-type] # fields of a manager


def answered(before: tuple[int, int], now: tuple[int, int]) -> None:
    """Count so many promoters and detractors in the week before, and in the week."""
    some = []
    for day, (promoters, detractors) in (("2026-02-25", before), ("2026-03-04", now)):
        for number in range(promoters + detractors):
            when = datetime.fromisoformat(f"{day}T15:00:00+00:00")
            score = 9 if number < promoters else 2
            some.append(response(f"{day}.{number}", score=score, received_at=when))
    metrics.apply(some)


def better() -> None:
    answered((20, 30), (45, 5))


def queued() -> list[str]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="digest")["QueueUrl"]
    found: list[str] = []
    while some := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        found += [each["Body"] for each in some]
        for each in some:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found


def by_the_clock() -> list[str]:
    handler({}, None)
    return queued()


def work_off(bodies: list[str]) -> dict[str, object]:
    answer: dict[str, object] = handler(
        {"Records": [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]}, None
    )
    return answer


def told(manager: Manager) -> Digest:
    (found,) = digests.listing(manager.id).items
    return found


def test_a_store_that_got_better_is_told_with_both_values_and_how_sure_that_is() -> None:
    manager = ana()
    better()
    with clock.at(MONDAY):
        work_off(by_the_clock())

    digest = told(manager)
    assert digest.state is AlertState.SENT
    assert [(each.segment, each.verdict) for each in digest.findings] == [("sudeste", "better"), ("paulista", "better")]
    first = digest.findings[0]
    assert (round(first.before), round(first.now), first.n) == (-20, 80, 50)
    (mail,) = outbox.mails()
    assert mail["To"] == "Ana <ana@aurora.example>"
    assert mail["Subject"] == "Aurora Sudeste: NPS, \N{MINUS SIGN}20 → 80 e mais 1"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr] # it has one
    assert "Semana de 02/03/2026 a 08/03/2026" in text
    assert "Melhorou: Aurora Paulista · NPS" in text
    assert "50 respostas · entre " in text


def test_what_changed_is_told_to_other_systems_once_however_many_managers_are_told() -> None:
    ana()
    with clock.at(NOON):
        managers.create("Bruno", "bruno@aurora.example", language="en", segments=["sudeste"])
    better()
    with clock.at(MONDAY):
        work_off(by_the_clock())

    heard = telling.events("metric.changed")
    assert sorted((each.segment, each.data["verdict"]) for each in heard) == [
        ("paulista", "better"),
        ("sudeste", "better"),
    ]
    said = next(each.data for each in heard if each.segment == "sudeste")
    assert (said["first"], said["last"], said["metric"], said["answers"]) == ("2026-03-02", "2026-03-08", "nps", 50)
    assert (round(said["before"]), round(said["now"])) == (-20, 80)


def test_nothing_leaves_when_what_differs_may_be_chance() -> None:
    manager = ana()
    answered((20, 20), (22, 18))
    with clock.at(MONDAY):
        work_off(by_the_clock())

    assert told(manager).state is AlertState.SILENT
    assert outbox.mails() == []


def test_of_many_places_the_one_that_differs_by_luck_stays_unsaid() -> None:
    """One of thirty equal stores with p just below 5 % is what chance brings."""
    manager = ana()
    some = []
    for store in range(30):
        path = (*PATH[:2], f"loja{store:02}")
        with clock.at(NOON):
            table.create(segment(*path, name=f"Loja {store}", timezone="America/Manaus"))
        for day, promoters in (("2026-02-25", 10), ("2026-03-04", 17 if store == 7 else 10)):
            when = datetime.fromisoformat(f"{day}T15:00:00+00:00")
            some += [
                response(
                    f"{store}.{day}.{number}", score=9 if number < promoters else 2, received_at=when, segment_path=path
                )
                for number in range(20)
            ]
    metrics.apply(some)
    with clock.at(MONDAY):
        found = digests.previewed(manager, Rhythm.WEEKLY).findings
        asked = Query(survey=SURVEY, segment="sudeste", group_by=Grouping.SEGMENT, compare=Comparison.BEFORE)
        parts = querying.ask(asked.changed(span=Span(first=WEEK.first, last=WEEK.last))).parts

    assert found == ()
    assert [part.key for part in parts if part.change and part.change.p < 0.05] == ["loja07"]  # by itself it would be


def stores(number: int) -> list[str]:
    found = [f"loja{store:02}" for store in range(number)]
    with clock.at(NOON):
        for code in found:
            table.create(segment(*PATH[:2], code, name=code, timezone="America/Manaus"))
    return found


def test_a_place_that_lies_in_another_one_of_the_manager_does_not_weigh_twice() -> None:
    """Counted twice, one lucky figure of six would make two of seven, which is more than luck brings."""
    codes = stores(5)
    some = [
        response(f"{code}.{day}.{n}", score=9 if n < promoters else 2, received_at=moment(day), segment_path=path(code))
        for code in codes
        for day, promoters in (("2026-02-25", 10), ("2026-03-04", 17 if code == "loja03" else 10))
        for n in range(20)
    ]
    metrics.apply(some)

    assert digests.findings(["loja03"], WEEK, "en")[0].verdict == "better"
    assert digests.findings(["sudeste"], WEEK, "en") == ()
    assert digests.findings(["sudeste", "loja03"], WEEK, "en") == ()


def test_of_the_topics_of_many_places_the_one_that_rose_by_luck_stays_unsaid() -> None:
    codes = stores(4)
    some = [
        response(
            f"{code}.{day}.{n}",
            score=9,
            received_at=moment(day),
            segment_path=path(code),
            comment="A entrega atrasou muito" if n < late else "O preço é bom",
        )
        for code in codes
        for day, late in (("2026-02-25", 6), ("2026-03-04", 15 if code == "loja03" else 6))
        for n in range(60)
    ]
    metrics.apply(some)

    assert [each.topic for each in digests.findings(["loja03"], WEEK, "en")] == ["Delivery"]
    assert digests.findings(codes, WEEK, "en") == ()


def test_surveys_that_closed_meanwhile_or_stand_behind_many_drafts_are_told_of() -> None:
    better()
    closed = table.load(Survey, Survey.at(SURVEY)).changed(status=SurveyStatus.CLOSED, closed_at=MONDAY)
    table.save(closed)
    later = MONDAY + timedelta(hours=1)
    table.put_many(Survey(id=f"draft{n}", name="Draft", created_at=later, updated_at=later) for n in range(101))

    assert len(digests.findings(["sudeste"], WEEK, "en")) == 2
    after = Period(WEEK.first + timedelta(days=14), WEEK.last + timedelta(days=14))
    assert digests.findings(["sudeste"], after, "en") == ()


def path(store: str) -> tuple[str, ...]:
    return (*PATH[:2], store)


def moment(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T15:00:00+00:00")


def test_it_is_told_once_however_often_the_clock_and_the_queue_come() -> None:
    ana()
    better()
    with clock.at(MONDAY):
        bodies = by_the_clock()
        work_off(bodies)
        work_off(bodies)
    with clock.at(MONDAY + timedelta(hours=1)):
        assert by_the_clock() == []

    assert len(outbox.mails()) == 1


def test_a_sender_that_died_after_its_claim_is_followed_by_one_more_try() -> None:
    manager = ana()
    better()
    with clock.at(MONDAY):
        bodies = by_the_clock()
        with faults.failing("SendRawEmail", _crash), faults.failing("SendEmail", _crash), pytest.raises(faults.Crash):
            work_off(bodies)
        work_off(bodies)
        assert told(manager).state is AlertState.CLAIMED
    with clock.at(MONDAY + timedelta(hours=1)):
        work_off(by_the_clock())

    assert told(manager).state is AlertState.SENT
    assert len(outbox.mails()) == 1


def test_a_lost_reply_is_tried_once_more_and_then_left() -> None:
    manager = ana()
    better()
    for hour in range(3):
        with (
            clock.at(MONDAY + timedelta(hours=hour)),
            faults.failing("SendRawEmail", _lost),
            faults.failing("SendEmail", _lost),
        ):
            work_off(by_the_clock())

    assert told(manager).state is AlertState.UNKNOWN


def test_what_the_mail_service_never_took_in_time_is_given_up_and_said_so() -> None:
    manager = ana()
    better()
    for hours in (0, 1, 47, 60, 73):  # not due any more after two days, but not forgotten
        with (
            clock.at(MONDAY + timedelta(hours=hours)),
            faults.failing("SendRawEmail", _throttled),
            faults.failing("SendEmail", _throttled),
        ):
            work_off(by_the_clock())

    assert (told(manager).state, told(manager).reason) == (AlertState.REJECTED, "no_longer_wanted")
    with clock.at(MONDAY + timedelta(hours=74)):
        assert by_the_clock() == []


def test_what_may_have_left_is_told_again_as_it_was() -> None:
    manager = ana()
    better()
    with clock.at(MONDAY), faults.failing("SendRawEmail", _lost), faults.failing("SendEmail", _lost):
        work_off(by_the_clock())
    first = told(manager)
    worse = [response(f"late{n}", score=2, received_at=moment("2026-03-04")) for n in range(85)]
    metrics.apply(worse)  # came late, and by them nothing has changed any more
    with clock.at(MONDAY + timedelta(hours=1)):
        work_off(by_the_clock())

    again = told(manager)
    assert (first.state, again.state) == (AlertState.PENDING, AlertState.SENT)
    assert again.findings == first.findings


def test_what_comes_out_of_the_queue_days_later_is_not_told_any_more() -> None:
    manager = ana()
    better()
    with clock.at(MONDAY):
        bodies = by_the_clock()
    with clock.at(MONDAY + timedelta(days=3, hours=1)):
        work_off(bodies)

    assert told(manager).state is AlertState.REJECTED
    assert outbox.mails() == []


def test_what_changed_little_is_told_with_one_digit_more() -> None:
    manager = ana()
    better()
    with clock.at(MONDAY):
        digest = digests.previewed(manager, Rhythm.WEEKLY)
    little = [each.changed(before=51.1, now=51.4) for each in digest.findings[:1]]
    mean = [each.changed(before=-0.001, now=4.04, unit="mean") for each in digest.findings[:1]]
    mail = digests.email(digest.changed(findings=(*little, *mean)), manager)

    assert "51,1 → 51,4" in mail.text
    assert "  0,0 → 4,0" in mail.text


def test_names_cannot_pose_as_words_of_the_mail() -> None:
    manager = ana()
    better()
    place = table.load(Segment, Segment.at("paulista"))
    table.save(place.changed(name="<b>Loja</b>\n\n--\nAcesse \u202eexe.evil " + "x" * 300))
    with clock.at(MONDAY):
        mail = digests.email(digests.previewed(manager, Rhythm.WEEKLY), manager)

    shown = "<b>Loja</b> -- Acesse exe.evil " + "x" * 48 + "…"
    assert f"* Melhorou: {shown} · NPS" in mail.text
    assert "&lt;b&gt;Loja&lt;/b&gt; -- Acesse" in mail.html
    assert not set(mail.subject + mail.text + mail.html) & {"\u202e", "\x00"}


def _crash(_: object) -> None:
    raise faults.Crash


def _throttled(_: object) -> Exception:
    return faults.throttled("sesv2", "SendEmail")


def _lost(_: object) -> Exception:
    return ReadTimeoutError(endpoint_url=faults.ENDPOINT)


@pytest.mark.parametrize(
    "change",
    [
        lambda manager: managers.update(manager.id, rev=manager.rev, digest=Rhythm.NEVER),
        lambda manager: managers.update(manager.id, rev=manager.rev, retired=True),
    ],
    ids=["never", "retired"],
)
def test_who_no_longer_wants_it_does_not_get_it(change: Callable[[Manager], Manager]) -> None:
    manager = ana()
    better()
    with clock.at(MONDAY):
        bodies = by_the_clock()
        change(manager)
        work_off(bodies)

    assert told(manager).state is AlertState.REJECTED
    assert outbox.mails() == []


@pytest.mark.parametrize(
    ("moment", "rhythm", "first", "is_due"),
    [
        (MONDAY - timedelta(minutes=1), Rhythm.WEEKLY, "2026-03-02", False),
        (MONDAY, Rhythm.WEEKLY, "2026-03-02", True),
        (MONDAY + timedelta(hours=47), Rhythm.WEEKLY, "2026-03-02", True),
        (MONDAY + timedelta(hours=48), Rhythm.WEEKLY, "2026-03-02", False),
        (datetime(2026, 3, 1, 11, tzinfo=UTC), Rhythm.MONTHLY, "2026-02-01", True),
        (datetime(2026, 3, 1, 10, tzinfo=UTC), Rhythm.MONTHLY, "2026-02-01", False),
        (datetime(2026, 1, 1, 12, tzinfo=UTC), Rhythm.MONTHLY, "2025-12-01", True),
    ],
    ids=["before seven", "seven", "late", "too late", "month", "month before seven", "year"],
)
def test_it_is_due_in_the_morning_of_the_place(moment: datetime, rhythm: Rhythm, first: str, is_due: bool) -> None:  # noqa: FBT001 - a column of the table
    found = due.last(rhythm, "America/Manaus", moment)

    assert found.period.first.isoformat() == first
    assert due.is_due(found, moment) is is_due


@pytest.mark.parametrize("language", ["pt-BR", "en", "es"])
def test_the_mail_reads_in_every_language(language: str) -> None:
    manager = ana().changed(language=language)
    better()
    with clock.at(MONDAY):
        for rhythm, before in ((Rhythm.WEEKLY, MONDAY), (Rhythm.MONTHLY, datetime(2026, 4, 1, 12, tzinfo=UTC))):
            with clock.at(before):
                digest = digests.previewed(manager, rhythm)
            mail = digests.email(digest, manager)
            assert "{" not in mail.subject + mail.text
            assert mail.html.count("Aurora") >= 2


def test_topics_that_more_speak_of_are_told() -> None:
    manager = ana()
    said = "A entrega atrasou muito"
    some = []
    for day, complaining in (("2026-02-25", 4), ("2026-03-04", 30)):
        when = datetime.fromisoformat(f"{day}T15:00:00+00:00")
        some += [
            response(f"{day}.{n}", score=9, received_at=when, comment=said if n < complaining else "O preço é bom")
            for n in range(60)
        ]
    metrics.apply(some)
    with clock.at(MONDAY):
        found = digests.previewed(manager, Rhythm.WEEKLY).findings

    assert [(each.topic, each.verdict) for each in found] == [("Entrega", "emerging")]


def test_the_api_shows_what_was_told_and_what_would_be() -> None:
    manager = ana()
    better()
    with clock.at(MONDAY):
        work_off(by_the_clock())
        listed = ask("GET", f"/v1/managers/{manager.id}/digests", key())
        shown = ask("GET", f"/v1/managers/{manager.id}/digests/preview", key(), query={"rhythm": "weekly"})
        refused = ask("GET", f"/v1/managers/{manager.id}/digests/preview", key(), query={"rhythm": "never"})

    assert [(each["state"], each["first"], len(each["findings"])) for each in listed.json["items"]] == [
        ("sent", "2026-03-02", 2)
    ]
    assert shown.json["mail"]["subject"].startswith("Aurora Sudeste: NPS")
    assert (refused.status, refused.json["code"]) == (422, "value_not_allowed")


def test_a_manager_is_not_told_of_others() -> None:
    manager = ana()
    with clock.at(NOON):
        table.create(segment("aurora", "sul", name="Aurora Sul"))
        bound = key(Scope.MANAGERS_READ, segment="sul")

    assert ask("GET", f"/v1/managers/{manager.id}/digests", bound).status == 404
