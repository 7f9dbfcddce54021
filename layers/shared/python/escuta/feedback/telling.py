"""What a manager reads about a ticket: by e-mail or SMS, in their language, on the clock of the store."""

import re
from typing import Any

from escuta import clock, i18n, table
from escuta.config import settings
from escuta.directory import segments
from escuta.directory.model import Manager, Segment
from escuta.entity import Value
from escuta.feedback import mails, tickets
from escuta.feedback.model import FAR, Alert, Response, SurveyVersion, Ticket, TicketActivity, TicketState
from escuta.feedback.tickets import alerting, magic, past
from escuta.outreach import sms as short_message
from escuta.outreach.messages import Email

LONGEST_COMMENT = 1_500  # characters shown in a mail; the page of the ticket has the rest
_HISTORY = 3  # scores of the past that are told
_PACKAGE = "escuta.feedback"
_DIGITS = 8  # of the number of a line
_LATE = frozenset({"overdue", "escalated", "unanswered"})

# Line ends that are not \n, controls, and what reorders text beyond its end: shown, they could pose as our own words.
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class Told(Value):
    """The words of one alert, as both channels put them together."""

    to_name: str
    tag: str  # why they are told
    subject: str
    head: str  # of a text message
    store: str
    customer: str
    unidentified: str  # what a customer is called of whom nothing is known
    urgent: bool
    call: bool
    score: int | None
    score_class: str
    out_of: str  # "de 10 · detrator"
    scored: str  # "Nota 2 de 10 · detrator"
    comment: str
    silent: str  # what stands there without a comment; "": nothing
    phone: str
    number: str
    received: str
    lead: tuple[str, ...]  # what happened, and the line of the rule
    history: tuple[str, ...]
    deadline: tuple[str, str, str]  # words before the moment, the moment, words after it; "" where nothing is due
    by: str  # the same in a text message
    link: str
    act: str
    closing: tuple[str, ...]
    why: str


def told(alert: Alert, ticket: Ticket) -> Told:
    """Return what an alert says. Only the ticket must be there: a missing name shortens it, and never stops it."""
    manager = table.find(Manager, Manager.at(alert.manager))
    response = table.find(Response, Response.at(ticket.response)) if ticket.response else None
    return _Teller(alert, ticket, manager, response).told()


class _Teller:
    """One alert, with what it is about."""

    def __init__(self, alert: Alert, ticket: Ticket, manager: Manager | None, response: Response | None) -> None:
        segment = table.find(Segment, Segment.at(ticket.segment))
        self.alert, self.ticket, self.manager, self.response = alert, ticket, manager, response
        self.store = line(segment.name if segment else ticket.segment)
        self.zone = segment.timezone if segment else settings().timezone
        self.customer = cut(line(ticket.contact_name), 60)
        self.phone = response.call.phone if response and response.call else ""
        self.call = ticket.rule.partition("@")[0] == tickets.CALL_ME.id
        self.urgent = alerting.urgent(ticket)
        self.change = self._change() if alert.why in {"transferred", "reopened"} else None

    def say(self, code: str, **details: object) -> str:
        return i18n.say(_PACKAGE, self.alert.language, f"alert.{code}", **details)

    def moment(self, value: Any) -> str:
        return i18n.moment(value, self.alert.language, self.zone)

    def told(self) -> Told:
        ticket, link, until = self.ticket, *self._link()
        score_class = ticket.score_class or (self.response.score_class if self.response else None)
        comment, out_of = self._comment(), self._out_of(score_class)
        deadline = self._deadline()
        return Told(
            to_name=self.manager.name if self.manager else "",
            tag=self._tag(),
            subject=self._about(long=True) + (f" ({self.customer})" if self.customer else ""),
            head=self._about(long=False),
            store=self.store,
            customer=self.customer,
            unidentified=cut(line(ticket.subject), 60) or self.say("unidentified"),
            urgent=self.urgent or self.alert.why in _LATE,
            call=self.call,
            score=ticket.score,
            score_class=score_class or "",
            out_of=out_of,
            scored="" if ticket.score is None else f"{self.say('score', score=ticket.score)}{out_of and ' '}{out_of}",
            comment=comment,
            silent="" if comment or not ticket.response else self.say("silent"),
            phone=self.phone,
            number=self.say("number"),
            received=self.moment(self.response.received_at if self.response else ticket.opened_at),
            lead=self._lead(),
            history=self._history(),
            deadline=deadline,
            by=self._by(deadline),
            link=link,
            act=self.say("act.link" if until else "act.console"),
            closing=self._closing(until),
            why=self.say("why.watching" if self.alert.why == "watching" else "why.place", store=self.store),
        )

    def _tag(self) -> str:
        if self.alert.why != "opened":
            return self.say(f"tag.{self.alert.why}")
        return self.say("tag.call" if self.call else "tag.urgent" if self.urgent else "tag.opened")

    def _about(self, *, long: bool) -> str:
        """Return what it is about in one line: of a new ticket as it is, of others after the reason."""
        kind = "call" if self.call and self.phone else "unhappy" if self.ticket.score is None else "score"
        details = {"store": self.store, "score": self.ticket.score, "phone": self.phone}
        if self.alert.why != "opened":
            return f"{self._tag()}: {self.say(f'about.{kind}', **details)}"
        if kind == "call":
            return self.say("what.call" if long else "what.call_short", **details)
        return self.say(f"what.{kind}{'_urgent' if self.urgent else ''}", **details)

    def _out_of(self, score_class: str | None) -> str:
        version = self.response and table.find(
            SurveyVersion, SurveyVersion.at(self.response.survey, self.response.version)
        )
        scale = version.benchmark.scale if version and version.benchmark else None
        parts = (
            self.say("out_of", top=scale[1]) if scale else "",
            f"· {self.say(f'class.{score_class}')}" if score_class else "",
        )
        return " ".join(filter(None, parts)) if self.ticket.score is not None else ""

    def _comment(self) -> str:
        """Return the words that it is about: what the customer answered to us last, else what they said first."""
        words = self.ticket.comment
        if self.alert.why in {"answered", "mentioned"}:
            what = "received" if self.alert.why == "answered" else "noted"
            last = next((each for each in tickets.log(self.ticket.id, limit=20).items if each.what == what), None)
            words = last.text if last and last.text else words
        if self.change and self.change.by == tickets.CUSTOMER.id and self.change.text:
            words = self.change.text
        return cut(inert(words), LONGEST_COMMENT)

    def _change(self) -> TicketActivity | None:
        """Return the line of the log that this tells of: the one after the revision that the occasion names."""
        _, _, before = self.alert.occasion.rpartition(".")
        known = before.isascii() and before.isdecimal() and len(before) < _DIGITS
        return table.find(TicketActivity, TicketActivity.at(self.ticket.id, int(before) + 1)) if known else None

    def _lead(self) -> tuple[str, ...]:
        words = []
        if self.alert.why != "opened":
            details = self.change.details if self.change else {}
            code = details.get("segment_was") or self.ticket.origin_segment
            known = segments.by_code().get(code)
            state = i18n.say(_PACKAGE, self.alert.language, f"alert.state.{self.ticket.state}")
            why = "not_recovered" if details.get("by") == "follow_up" else self.alert.why
            words.append(
                self.say(f"lead.{why}", store=self.store, origin=line(known.name) if known else code, state=state)
            )
        return tuple(filter(None, (*words, line(self.alert.note))))

    def _history(self) -> tuple[str, ...]:
        """Return at most two lines of what the customer answered before, and which tickets there were."""
        if self.manager is None:
            return ()
        found = past.of(self.ticket, self.manager)
        lines = []
        if scores := [each for each in found.answers if each.score is not None]:
            told_scores = [
                self.say("past.score", score=each.score, day=i18n.day(each.moment, self.alert.language, self.zone))
                for each in scores[:_HISTORY]
            ]
            lines.append(self.say("past.answers", scores=", ".join(told_scores)))
        if found.tickets:
            last = found.tickets[0]
            day = i18n.day(last.opened_at, self.alert.language, self.zone)
            state = i18n.say(_PACKAGE, self.alert.language, f"alert.state.{last.state}")
            lines.append(self.say("past.tickets", n=len(found.tickets), day=day, state=state))
        return tuple(lines)

    def _duty(self) -> str:
        if self.ticket.first_response_at:
            return "resolve"
        return "call" if self.call else "known" if self.ticket.contact else "unknown"

    def _deadline(self) -> tuple[str, str, str]:
        ticket = self.ticket
        due = ticket.due_at if ticket.first_response_at else ticket.respond_due_at or ticket.due_at
        if ticket.state.is_done or ticket.state is TicketState.WAITING or due >= FAR:
            return "", "", ""
        words = "past" if due <= clock.now() else self._duty()
        return self.say(f"deadline.{words}"), self.moment(due), f" {self.say('store_time')}"

    def _by(self, deadline: tuple[str, str, str]) -> str:
        """Return the same in the few words of a text message."""
        words, due, _ = deadline
        over = words == self.say("deadline.past")
        return self.say("by.past" if over else f"by.{self._duty()}", due=due) if due else ""

    def _link(self) -> tuple[str, str]:
        """Return where the button leads and, where that is the ticket's own page, until when."""
        ticket, manager = self.ticket, self.manager
        if manager is None or not magic.reaches(manager, ticket):
            return f"{settings().house}/console/", ""
        address = magic.issue((ticket.id,), manager.id, self.alert.occasion or self.alert.why)[ticket.id]
        return address.url, self.moment(address.until)

    def _closing(self, until: str) -> tuple[str, ...]:
        own = () if self.ticket.state.is_done else (self.say("closing"),)
        return (*own, *((self.say("only", until=until),) if until else ()))


def email(alert: Alert, words: Told) -> Email:
    """Return the mail that tells a manager about a ticket."""
    mail = mails.render("ticket", alert.language, organisation=settings().organisation, told=words)
    return Email(
        to=alert.address,
        to_name=words.to_name,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        sender_name=settings().organisation,
        headers={"Auto-Submitted": "auto-generated"},
        tags={"alert": alert.id},
    )


def sms(words: Told) -> str:
    """Return the same as a text message of at most two parts: accents give way first, then the comment, then names."""
    comment = " ".join(words.comment.replace('"', "'").split())  # it stands in quotes that it must not close
    for room in range(min(len(comment), 200), -1, -1):
        text = short_message.fitted(_sms(words, words.head, words.customer, cut(comment, room)))
        if short_message.measure(text).parts <= short_message.MOST_PARTS:
            return text
    head = words.head.replace(words.store, cut(words.store, 20))
    return short_message.fitted(_sms(words, head, "", ""))


def _sms(words: Told, head: str, customer: str, comment: str) -> str:
    said = f': "{comment}"' if comment else "."
    by = f" {words.by}:" if words.by else ""
    return f"{head}{f', {customer}' if customer else ''}{said}{by} {words.link}"


def inert(text: str) -> str:
    """Return a customer's words without controls and without what changes the direction of the text around them."""
    return _UNFIT.sub("", _LINE_ENDS.sub("\n", text)).strip()


def line(text: str) -> str:
    """Return words on one line, inert."""
    return " ".join(inert(text).split())


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters; what is longer ends in an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…" if most else ""
