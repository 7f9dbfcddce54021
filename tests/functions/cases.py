"""A ticket that Bruno was alerted of, with all that its page shows, and the link to it."""

from datetime import timedelta
from typing import Any

from escuta import clock, table
from escuta.directory import managers
from escuta.directory.model import Manager
from escuta.feedback import tickets
from escuta.feedback.model import Cause, Causes, Choice, Promise, Question, QuestionKind, ScoreClass, Ticket
from escuta.feedback.tickets import magic, settling
from tests.conftest import NOON
from tests.kit import factories

ANA = "Ana Souza"
COMMENT = "Esperei 40 minutos na fila e ninguém pediu desculpas."
TREE = {
    "service": ("", {"pt-BR": "Atendimento", "en": "Service", "es": "Atención"}),
    "queue": ("service", {"pt-BR": "Fila demorada", "en": "Long queue", "es": "Fila larga"}),
    "manners": ("service", {"pt-BR": "Falta de cortesia", "en": "Bad manners", "es": "Falta de cortesía"}),
    "product": ("", {"pt-BR": "Produto com defeito", "en": "Faulty product", "es": "Producto defectuoso"}),
}


def found(language: str = "pt-BR", segments: tuple[str, ...] = ("paulista", "santos"), **fields: Any) -> Ticket:
    """Build two stores with Bruno, who answers for both, and open the ticket about Ana."""
    for path in (("aurora",), ("aurora", "sudeste"), factories.PATH, ("aurora", "sudeste", "santos")):
        table.create(factories.segment(*path, name=f"Aurora {path[-1].title()}"))
    managers.create("Bruno Lima", "bruno@aurora.example", language=language, segments=segments)
    table.create(_survey())
    ana = factories.contact("Ana", phone="+5511987654321")
    table.create(ana)
    said = {
        "contact": ana.id,
        "contact_name": ANA,
        "comment": COMMENT,
        "score_class": ScoreClass.DETRACTOR,
        "timezone": factories.ZONE,
    }
    answers = {"nps": 2, "comment": COMMENT, "reasons": ("queue", "price")}
    table.create(factories.response("angry", score=2, answers=answers, **said))
    own = {"promise": Promise(respond=240, resolve=2880), "respond_due_at": NOON + timedelta(hours=4), **said}
    ticket = factories.ticket("angry", **{**own, "owner": bruno().id, **fields})
    return tickets.store(None, ticket, tickets.Line("opened"))


def _survey() -> Any:
    reasons = {"queue": "Fila", "price": "Preço"}
    asked = Question(
        id="reasons",
        kind=QuestionKind.CHOICES,
        text={"pt-BR": "O que deu errado?", "en": "What went wrong?", "es": "¿Qué salió mal?"},
        choices=tuple(Choice(id=name, text={"pt-BR": text}) for name, text in reasons.items()),
    )
    plain = factories.version()
    return plain.changed(questions=(*plain.questions, asked))


def plant() -> None:
    """Give the organisation a tree of causes."""
    settling.put(
        Causes(causes=tuple(Cause(id=name, parent=parent, text=text) for name, (parent, text) in TREE.items()))
    )


def bruno() -> Manager:
    """Return Bruno."""
    return managers.get(managers.identity("bruno@aurora.example"))


def link(ticket: str = "angry", occasion: str = "opened") -> str:
    """Return the path of Bruno's link."""
    return magic.issue((ticket,), bruno().id, occasion)[ticket].url.partition("/c/")[2]


def ticket() -> Ticket:
    """Return the ticket as it is stored."""
    return tickets.get("angry")


def later(**span: float) -> Any:
    """Move the clock on from noon."""
    return clock.at(NOON + timedelta(**span))
