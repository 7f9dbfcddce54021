"""Writing an e-mail for one person, values included, and the same as the bytes that go out, against plain replacement.

The starter of the product with a scale of eleven steps, 9 KB of HTML. What must hold are 3,000 messages a second on one
core: 0.333 ms each.
"""

from collections.abc import Iterator

from benchmarks.ground import DEPLOYMENT, LANGUAGES, STORE, TEXT, invitation, items, standing
from benchmarks.measure import Ratio, compare
from escuta.outreach import letters, messages, sms, templates
from escuta.outreach.letters import Asked, Scale
from escuta.outreach.model import Channel, Invitation, InvitationState, Template

LETTERS = 500
_LOW = dict.fromkeys(LANGUAGES, "Nada provável")
_HIGH = dict.fromkeys(LANGUAGES, "Muito provável")
ASKED = Asked(languages=LANGUAGES, scale=Scale(question=TEXT, first=0, last=10, low=_LOW, high=_HIGH))


def ratios() -> Iterator[Ratio]:
    """Yield what an e-mail costs as a letter and as MIME, and an SMS."""
    people = [_person(number) for number in range(1, LETTERS + 1)]
    with standing({"Query|segments": items(STORE), "GetItem|": "{}"}):
        sample = letters.email(people[0], DEPLOYMENT, ASKED)

        def written() -> None:
            for person in people:
                letters.email(person, DEPLOYMENT, ASKED)

        def sent() -> None:
            for person in people:
                messages.as_mime(letters.email(person, DEPLOYMENT, ASKED))

        def bare() -> None:
            for person in people:
                for text in (sample.subject, sample.html, sample.text):
                    text.replace("Ána1", person.first_name).replace(sample.to, person.address)

        yield compare("write an e-mail : replace words", written, bare, LETTERS, "message")
        yield compare("write an e-mail as MIME : replace words", sent, bare, LETTERS, "message")
        yield compare("write an SMS : measure a name", _short, _measured, LETTERS, "message")


def _person(number: int) -> Invitation:
    return invitation(InvitationState.QUEUED, number).changed(first_name=f"Ána{number}", name=f"Ána{number} Conceição")


SMS = Template(survey="s", channel=Channel.SMS, language="pt-BR", text="{{ name }}, como foi? {{ link }}")
KNOWN = {"name": "Ána Conceição", "link": "https://fala.aurora.example/s/" + "x" * 23}


def _short() -> None:
    for _ in range(LETTERS):
        templates.render_sms(SMS, KNOWN)


def _measured() -> None:
    for _ in range(LETTERS):
        sms.measure(KNOWN["name"])
