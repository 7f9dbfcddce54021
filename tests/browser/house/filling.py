"""A house is filled by the product's own verbs: people decide through the API, and the past is that of the demo."""

from escuta import clock
from tests.browser.house import customers, doings, past, people, programme, sending
from tests.browser.house.asking import Api, ago, forget


def filled(*, empty: bool = False, times: int = 1, contacts: int = 0, answers: int = 0) -> dict[str, str]:
    """Fill the tables that stand; return an example of whatever a path may name.

    With `contacts` the past grows at the end to so many, and to so many answers.
    """
    people.let_in("helena")
    if empty:
        return {}
    named: dict[str, str] = {"survey": programme.NPS, "version": "1", "channel": "email", "language": "pt-BR"}
    with ago(days=130):
        people.places()
        api = Api()
        programme.surveys_made(api)
        programme.settings(api)
        programme.ticket_rules(api)
        named |= programme.rights(api)
    people.settle("davi", "bruno")
    named |= past.lived(clock.now(), times)
    lasting = named["deployment"]
    forget()
    with ago(days=60):
        known = customers.taken_in(api)
    customers.bought(api)
    customers.kept_out(api)
    named |= doings.handed_out(api)
    named |= sending.sent(api)
    named |= customers.files(api)
    named |= doings.taken_out(api)
    named |= doings.told(api)
    named |= doings.looked_at(api)
    named |= doings.worked_on(api, known[1])
    named |= customers.asked_for(known, api)
    named |= doings.left_over()
    named |= doings.dropped_by_sftp(api)
    if contacts:
        named |= past.grown(clock.now(), lasting, contacts, answers)
        forget()
    return named | _found(api)


def _found(api: Api) -> dict[str, str]:
    """Return examples of what came about by itself."""
    first = {"entry": "audit", "manager": "managers", "group": "product-groups"}
    found = {noun: str(api.get(path)["items"][0]["id"]) for noun, path in first.items()}
    fixed = {"segment": "poa-01", "product": "sofa-lua", "name": programme.FIELD, "rules": programme.RULES}
    parts = {
        "widget": "score",
        "picture": "qr.svg",
        "what": "close",
        "topic": "parking",
        "which": "new",
        "rule": "angry",
    }
    return {**found, **fixed, **parts, "site": str(api.get("intercepts")["items"][0]["id"])}
