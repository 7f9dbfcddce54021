"""Asking people about the visits that a program tells: how it says so, who is asked, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, TypeAdapter

from escuta import clock, table
from escuta.directory import contacts, products, values
from escuta.directory.model import Contact, Product, Transaction
from escuta.directory.taking import Taken
from escuta.errors import ConflictError, EscutaError, ForbiddenError, GoneError, InvalidError, NotFoundError
from escuta.feedback import surveys
from escuta.outreach import eligibility, invitations, rules, rulesets, subjects, telling, templates
from escuta.outreach.audience import Sought
from escuta.outreach.model import Channel, Deployment, Invitation, InvitationState, Route, RuleSetVersion, Strategy
from escuta.outreach.rules import Routed
from escuta.outreach.telling import Asking
from manage import people
from manage.asking import Asked

_DURATION = TypeAdapter(timedelta)
_MINUTE = timedelta(minutes=1)
REFUSALS = (ConflictError, ForbiddenError, GoneError, InvalidError, NotFoundError)  # of one item, not of the call
_SHOWN = {"id", "channel", "state", "reason", "send_at"}


def _delay(said: Any) -> timedelta:
    """Read `PT2H`, or minutes."""
    if isinstance(said, str) and said[:1] == "P":
        return _DURATION.validate_python(said)
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= telling.MOST_DELAY / _MINUTE:
        return said * _MINUTE
    raise ValueError("a delay is a duration as of ISO 8601, or minutes")


class Invite(Asked):
    """How somebody is asked about a visit: which survey, over which channels, in which words, and when."""

    survey: str = Field(min_length=1, max_length=64)
    strategy: Strategy = Strategy.PREFER_EMAIL
    template: str = Field(default="", max_length=80)  # its name; "": the usual words
    after: Annotated[timedelta, BeforeValidator(_delay)] = timedelta()  # a duration of ISO 8601, or minutes
    language: str = Field(default="", max_length=35)  # "": the person's own


class Manner(NamedTuple):
    """What a visit leads to, as it was said: an invitation, or what these rules decide."""

    invite: Invite | None
    rules: str


class Outcome(NamedTuple):
    """What a visit led to: the names of the route or the exclusion where rules decided, and why nothing came of it."""

    route: str = ""
    excluded: str = ""
    deployment: str = ""
    invitations: tuple[Invitation, ...] = ()
    problem: EscutaError | None = None

    def shown(self) -> dict[str, Any]:
        """Return it as programs see it. Only a link that nobody sends is shown: whoever asked for it sends it."""
        told = {"deployment": self.deployment, "route": self.route, "excluded": self.excluded}
        return {
            **{name: value for name, value in told.items() if value},
            "invitations": [_shown(invitation) for invitation in self.invitations],
        }


def _shown(invitation: Invitation) -> dict[str, Any]:
    body = invitation.model_dump(mode="json", include=_SHOWN)
    if "until" in invitation.details:
        body["next_eligible_at"] = invitation.details["until"]
    is_open = invitation.revoked_at is None and invitation.expires_at > clock.now() and not invitation.reason
    if invitation.channel is Channel.LINK and invitation.state is InvitationState.EXPORTED and is_open:
        body["link"] = invitations.link(invitation)
    return body


class Desk:
    """What the manners of one call come down to, each looked up once."""

    def __init__(self, by: str) -> None:
        """Begin with nothing; `by` is who calls."""
        self._by = by
        self._began = clock.now()
        self._kept: dict[tuple[str, ...], Any] = {}

    def check(self, manner: Manner) -> None:
        """Refuse a manner in which nobody can be asked, before the visit is taken in: it may be told again."""
        if manner.invite and manner.rules:
            raise InvalidError("invite_or_rules", field="rules")
        if manner.rules:
            self._once(("rules", manner.rules), lambda: rulesets.current(manner.rules))
        if manner.invite:
            language_of(manner.invite)
            if not timedelta() <= manner.invite.after <= telling.MOST_DELAY:
                raise InvalidError("invite_after", field="invite.after", most=telling.MOST_DELAY.days)
            self._standing(_route(manner.invite))

    def ask(self, taken: Sequence[tuple[Manner, Taken]]) -> list[Outcome]:
        """Ask these people about these visits, and return what came of each."""
        wanted = [self._wanted(*one) for one in zip(taken, self._routed(taken), strict=True)]
        asked = iter(self._standing_now(telling.ask([asking for _, asking in wanted if asking])))
        return [outcome._replace(invitations=next(asked)) if asking else outcome for outcome, asking in wanted]

    def _standing_now(self, asked: list[tuple[Invitation, ...]]) -> list[tuple[Invitation, ...]]:
        """Return what came of people, with what they said since a link was handed out to them, in an earlier call."""

        def is_earlier(one: Invitation) -> bool:
            return one.channel is Channel.LINK and one.created_at < self._began

        earlier = [one for each in asked for one in each if is_earlier(one)]
        people = contacts.many((one.contact for one in earlier), consistent=True)
        said = {survey: subjects.refusing(tuple(people.values()), survey) for survey in {one.survey for one in earlier}}

        def now(one: Invitation) -> Invitation:
            person = said.get(one.survey, {}).get(one.contact) if is_earlier(one) else None
            reason = eligibility.refusal(person, Channel.LINK) if person else ""
            return one.changed(reason=reason) if reason else one

        return [tuple(map(now, each)) for each in asked]

    def _wanted(self, taken: tuple[Manner, Taken], routed: Routed | None) -> tuple[Outcome, Asking | None]:
        (invite, named), found = taken
        outcome = Outcome(route=routed.route, excluded=routed.excluded) if routed else Outcome()
        if routed and not routed.route:
            return outcome, None
        after, language = (invite.after, language_of(invite)) if invite else (timedelta(), "")
        version: RuleSetVersion | None = self._kept[("rules", named)] if routed else None
        route = version.route(routed.route) if version and routed else _route(invite) if invite else None
        if route is None:
            return outcome, None
        try:
            standing = self._standing(route, version)
        except REFUSALS as error:
            return outcome._replace(problem=error), None
        sought = Sought(found.contact, found.transaction, language, after)
        return outcome._replace(deployment=standing.id), Asking(standing, sought)

    def _routed(self, taken: Sequence[tuple[Manner, Taken]]) -> list[Routed | None]:
        """Return what the rules say of each visit that is left to rules, as it is stored now."""
        left = [found for manner, found in taken if manner.rules]
        known = contacts.many((found.contact for found in left), consistent=True)
        keys = [Transaction.at(found.contact, found.transaction) for found in left]
        visits = table.find_many(Transaction, keys, consistent=True)
        shelf = products.resolve(visit.product for visit in visits.values() if visit.product)
        return [
            self._route_of(manner.rules, known.get(found.contact), visits.get(key), shelf) if manner.rules else None
            for manner, found in taken
            for key in (Transaction.at(found.contact, found.transaction),)
        ]

    def _route_of(
        self, named: str, contact: Contact | None, visit: Transaction | None, shelf: Mapping[str, Product]
    ) -> Routed:
        if contact is None or visit is None:
            return Routed()  # erased at this moment
        product = shelf.get(visit.product)
        facts = rules.facts_of(contact, visit, visit.segment_path, product.group if product else "")
        return rules.route(self._kept[("rules", named)], facts)

    def _standing(self, route: Route, version: RuleSetVersion | None = None) -> Deployment:
        def make() -> Deployment:
            surveys.live(route.survey)
            if route.template and route.template not in {each.name for each in templates.listing(route.survey)}:
                raise InvalidError("rules_template_unknown", field="invite.template", what=route.template)
            return telling.standing(route, rules=version, by=self._by)

        found: Deployment = self._once(("standing", version.label if version else "", route.model_dump_json()), make)
        return found

    def _once(self, key: tuple[str, ...], make: Callable[[], Any]) -> Any:
        """Return, or raise, what `make` did the first time."""
        if key not in self._kept:
            try:
                self._kept[key] = make()
            except REFUSALS as error:
                self._kept[key] = error
        if isinstance(self._kept[key], EscutaError):
            raise self._kept[key]
        return self._kept[key]


def language_of(invite: Invite) -> str:
    """Return the language in which somebody is asked; "" for their own."""
    return people.read("invite.language", invite.language, values.language) if invite.language else ""


def _route(invite: Invite) -> Route:
    return Route(name="API", survey=invite.survey, strategy=invite.strategy, template=invite.template)
