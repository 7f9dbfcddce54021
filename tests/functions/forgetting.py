"""A person who is everywhere: planted in every table and bucket, and looked for afterwards."""

from datetime import timedelta
from typing import Any

import boto3

from escuta import files, ids, secrets, table
from escuta.config import settings
from escuta.directory import contacts, drops, privacy, replies, reports
from escuta.directory.model import (
    Contact,
    DropFile,
    FileState,
    PrivacyKind,
    RowOutcome,
    RowResult,
    Segment,
    Transaction,
)
from escuta.entity import Table
from escuta.feedback import edges, parking, surveys, tickets
from escuta.feedback.model import Call, Click, Draft, Export, ExportState, Provisional, ProvisionalState, Response
from escuta.feedback.submissions import Submission
from escuta.outreach import invitations, pieces, rest, suppression
from escuta.outreach.model import (
    Asking,
    AudienceKind,
    CaseMessage,
    Channel,
    Deployment,
    Due,
    Invitation,
    InvitationState,
    LastAsked,
    Reminder,
    Strategy,
)
from privacy import erase
from tests.conftest import NOON
from tests.functions.respondents import DRAFT
from tests.kit import factories, world
from tests.kit.queue import Queue

NAME, EMAIL, PHONE, NUMBER = "Quitéria Ximenes", "quiteria@ximenes.example", "+5511987650123", "Q-7001"
ANA = contacts.identity(NUMBER, "", "")
ALIAS = contacts.identity("", EMAIL, "")
WORDS = ("quitéria", "quiteria", "ximenes", "87650123", "87650-123", "q-7001", "kanarie")
PATH = ("aurora", "sp", "sp-01")


def settle() -> None:
    """Put the shop and its survey there."""
    secrets.link_secret()
    table.put(Segment(code="sp-01", name="Loja Paulista", path=PATH, timezone="America/Sao_Paulo"))
    surveys.create("Visit", survey="visit")
    surveys.publish("visit", DRAFT)


def known(contact: str = ANA, **fields: Any) -> Contact:
    """Make the person a contact, with a visit."""
    marks: dict[str, Any] = {"external_id": NUMBER, "name": NAME, "email": EMAIL, "phone": PHONE}
    own: dict[str, Any] = {"segment": "sp-01", "custom": {"note": "kanarie"}, "created_at": NOON, "updated_at": NOON}
    visit: dict[str, Any] = {
        "segment": "sp-01",
        "segment_path": PATH,
        "occurred_at": NOON,
        "created_at": NOON,
        "updated_at": NOON,
    }
    table.put(Transaction(id="visit-1", contact=contact, reference="kanarie-77", **visit))
    return table.create(Contact(id=contact, **{**marks, **own, **fields}))


def invited(name: str, state: InvitationState = InvitationState.SENT, **fields: Any) -> Invitation:
    """Invite the person once more."""
    identity = ids.derive("invitation", name, ANA, "email")
    own: dict[str, Any] = {
        "address": EMAIL,
        "first_name": "Quitéria",
        "name": NAME,
        "contact": ANA,
        "custom": {"note": "kanarie"},
    }
    where: dict[str, Any] = {"segment": "sp-01", "segment_path": PATH, "deployment": name, "state": state}
    key = invitations.link_key(identity)
    return table.create(factories.invitation(id=identity, link_key=key, **{**own, **where, **fields}))


def answered(name: str, invitation: Invitation | None = None, score: int = 2, **fields: Any) -> Response:
    """Let the person answer, through an invitation or from nowhere."""
    through: dict[str, Any] = (
        {"invitation": invitation.id, "link_key": invitation.link_key} if invitation else {"link_key": "counter"}
    )
    said: dict[str, Any] = {"nps": score, "reasons": ("price",), "comment": "kanarie: Quitéria was here"}
    own: dict[str, Any] = {"contact": ANA, "contact_name": NAME, "answers": said, "comment": said["comment"], "rev": 0}
    more: dict[str, Any] = {"hidden": {"order": "kanarie-77"}, "call": Call(at=NOON, phone=PHONE), "device": "kanarie"}
    response = table.create(
        factories.response(name, score, **{**own, **more, **through, "segment_path": PATH, **fields})
    )
    for edge in edges.of(response):
        table.put(edge)
    return response


def ticketed(response: Response) -> None:
    """Open the tickets of an answer, with a note of the staff, and a message to the customer about the last of them."""
    for opened, _ in tickets.follow_up(response):
        tickets.comment(opened.id, "Falei com a Quitéria", who=tickets.Actor(name="Bruno"), rev=opened.rev)
    own: dict[str, Any] = {"ticket": opened.id, "number": 3, "channel": Channel.EMAIL, "state": InvitationState.SENT}
    table.create(CaseMessage(**own, address=EMAIL, name=NAME, created_at=NOON))


def around(invitation: Invitation) -> None:
    """Put there what stands around an invitation before it is answered."""
    own: dict[str, Any] = {
        "link_key": invitation.link_key,
        "survey": "visit",
        "segment": "sp-01",
        "day": "2026-03-10",
        "at_time": NOON,
    }
    opening: dict[str, Any] = {
        "method": "GET",
        "agent": "browser",
        "network": "",
        "domain": "ximenes.example",
        "after_seconds": 9,
    }
    table.put(Click(score="9", **own, **opening))
    score: dict[str, Any] = {
        "version": 1,
        "question": "nps",
        "score": 9,
        "language": "pt-BR",
        "due_at": NOON + timedelta(minutes=30),
    }
    table.put(Provisional(domain="ximenes.example", state=ProvisionalState.PENDING, **own, **score))
    draft: dict[str, Any] = {
        "submission": "s" * 22,
        "survey": "visit",
        "version": 1,
        "segment": "sp-01",
        "number": 1,
        "language": "",
    }
    times: dict[str, Any] = {"started_at": NOON, "saved_at": NOON, "expires_at": NOON + timedelta(days=9)}
    table.put(Draft(place=invitation.link_key, fields={"t.comment": "kanarie"}, **draft, **times))


def waiting(invitation: Invitation) -> None:
    """Let an invitation be sent later, and again."""
    soon = NOON + timedelta(days=1)
    table.put(Due(link_key=invitation.link_key, due_at=soon))
    table.put(Due(link_key=invitation.link_key, reminder=1, due_at=soon))
    own: dict[str, Any] = {
        "link_key": invitation.link_key,
        "number": 1,
        "deployment": invitation.deployment,
        "due_at": soon,
    }
    table.put(Reminder(state=InvitationState.QUEUED, details={"why": "kanarie"}, **own))


def rested() -> None:
    """Let the person rest, and their address be closed by themselves."""
    for name in rest.names(ANA, {Channel.EMAIL: EMAIL, Channel.SMS: PHONE}):
        table.put(LastAsked(contact=name, askings=(Asking(at=NOON, owner=rest.asking("first", ANA)),)))
    suppression.add(Channel.EMAIL, EMAIL, "unsubscribe", "visit")


def parked(invitation: Invitation) -> None:
    """Park what the person sent, and what somebody sent of them."""
    sent = Submission(submission_id="q" * 22, version=1, answers={"comment": "kanarie"})
    parking.refuse("survey_closed", invitation.link_key, sent)
    parking.refuse("survey_closed", "counter", sent.changed(asked={"email": EMAIL}))
    parking.refuse("survey_closed", "counter", sent.changed(answers={"comment": "of somebody else"}))


def addressed() -> Deployment:
    """Start a deployment to the person and two more, and one to so many that they stand in rows of their own."""
    own: dict[str, Any] = {
        "id": "listed",
        "name": "Visits",
        "survey": "visit",
        "strategy": Strategy.EMAIL,
        "created_at": NOON,
    }
    many = tuple(f"somebody-{number}" for number in range(300))
    long = Deployment(audience=AudienceKind.CONTACTS, contacts=(*many, ANA), **{**own, "id": "long"})
    table.create(pieces.put_apart(long))
    return table.create(Deployment(audience=AudienceKind.CONTACTS, contacts=("bruno", ANA, "carla"), **own))


def dropped(
    name: str = "clientes.csv", state: FileState = FileState.DONE, body: bytes = b"", **fields: Any
) -> DropFile:
    """Put a file there with the person in two of its rows, and Bruno in another."""
    rows = f"id;email;telefone\n{NUMBER};{EMAIL};{PHONE}\n;{EMAIL}x;(11) 98765-0123\nB-1;bruno@mail.example;\n".encode()
    files.write(settings().drop_bucket, f"loja/{name}", body or rows, "text/csv")
    header = ("id", "email", "telefone")
    own: dict[str, Any] = {
        "id": ids.derive("file", name),
        "bucket": settings().drop_bucket,
        "object_key": f"loja/{name}",
        "etag": files.etag(settings().drop_bucket, f"loja/{name}"),
        "folder": "loja",
        "header": header,
        "mapping": {"id": "external_id", "email": "email", "telefone": "phone"},
        "rows": 3,
        "chunks": 1,
        "state": state,
        "details": {"sample": "kanarie"},
        "received_at": NOON - timedelta(days=3),
    }
    file = table.create(DropFile(**{**own, **fields}))
    if file.chunks and state is FileState.DONE:
        results = (
            RowResult(row=1, line=2, outcome=RowOutcome.ACCEPTED, contact=ANA, original=(NUMBER, EMAIL, PHONE)),
            RowResult(
                row=2,
                line=3,
                outcome=RowOutcome.REJECTED,
                column="email",
                code="email_invalid",
                details={"value": "quiteria"},
                original=("", "quiteria", "(11) 98765-0123"),
            ),
            RowResult(
                row=3, line=4, outcome=RowOutcome.ACCEPTED, contact="bruno", original=("B-1", "bruno@mail.example")
            ),
        )
        drops.write_results(file.id, 0, results)
        file = table.save(reports.write(file).changed(rev=file.rev))
    if state is FileState.REFUSED:
        titles = {"reason": "header_no_segment", "details": {"columns": f"“{NAME}”, “{EMAIL}”"}}
        file = table.save(reports.write(file.changed(**titles)))
        reports.write_summary(file)
    return file


def exported() -> Export:
    """Leave an export that holds the person."""
    key = "exports/first/contacts-20260310T150000Z.csv"
    files.write(settings().reports_bucket, key, f"{NAME};{EMAIL}".encode(), "text/csv")
    own: dict[str, Any] = {
        "id": "first",
        "what": "contacts",
        "format": "csv",
        "language": "en",
        "state": ExportState.DONE,
    }
    times: dict[str, Any] = {"created_at": NOON, "expires_at": NOON + timedelta(days=7)}
    return table.create(Export(object_key=key, created_by="ERP", **own, **times))


def replied() -> None:
    """Let a program have told of the person, under a key."""
    replies.once("transactions", "ERP", "k-1", "kanarie", [ANA], lambda _call, _began: {"items": [{"contact": ANA}]})


def everywhere() -> dict[str, Any]:
    """Plant the person in every place that there is; return what tests look at again."""
    person = known()
    known(ALIAS, external_id="", name="Quitéria")
    sent, queued = invited("first"), invited("second", InvitationState.QUEUED, send_at=NOON + timedelta(days=1))
    response = answered("r" * 22, sent)
    table.save(sent.changed(response=response.id, state=InvitationState.COMPLETED))
    at_counter = answered("c" * 22, score=9, contact=ALIAS, answers={"nps": 9, "who": {"name": NAME, "email": EMAIL}})
    ticketed(response)
    around(queued)
    waiting(queued)
    replied()
    rested()
    parked(sent)
    addressed()
    privacy.ask(PrivacyKind.ERASE, ANA, hint="q•••@ximenes.example", language="pt-BR")
    loaded, refused = dropped(), dropped("refused.csv", FileState.REFUSED, chunks=0)
    exported()
    return {
        "person": person, "sent": sent, "queued": queued, "response": response, "counter": at_counter,
        "file": loaded, "refused": refused,
    }  # fmt: skip


def worked() -> None:
    """Work the queue of erasures until nothing moves."""
    Queue("erase", erase.handler).run()


def traces(*more: str) -> list[str]:
    """Return where anything of the person is left: rows and objects, with the word that gave them away.

    The event by which other systems hear of the erasure names the person by their id, for 30 days.
    """
    words = [*WORDS, ANA, ALIAS, contacts.identity("", "", PHONE), *more]
    found = []
    for each in Table:
        for item in world.scan(each):
            if '"type":"contact.erased"' in item.get("data", {}).get("S", ""):
                continue
            text = " ".join(str(next(iter(value.values()))) for value in item.values()).casefold()
            found += [f"{each}/{item['pk']['S']}/{item['sk']['S']}: {word}" for word in words if word in text]
    store: Any = boto3.client("s3")
    for bucket in (settings().drop_bucket, settings().reports_bucket):
        for known_object in store.list_objects_v2(Bucket=bucket).get("Contents", ()):
            text = files.read(bucket, known_object["Key"]).decode("utf-8", "replace").casefold()
            found += [f"{bucket}/{known_object['Key']}: {word}" for word in words if word in text]
    return sorted(found)
