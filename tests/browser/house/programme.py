"""What the company decides: surveys, templates, topics, rules, keys and all that is set once."""

from typing import Any

from escuta import table
from escuta.feedback import surveys
from escuta.feedback.model import SurveyDraft, SurveyStatus
from escuta.outreach import templates
from infra.local import company, following, visit
from tests.browser.house.asking import Api, ago
from tests.browser.house.people import address

NPS, CSAT, DRAFT, OVER = "satisfacao", "visita", "pos-venda", "natal-2025"
HOSTILE = "<script>alert(1)</script>"
LONG = "Pesquisa anual de relacionamento com clientes do programa de fidelidade das lojas do Norte e Nordeste"
RULES, FOLDER, ROLE, FIELD = "visitas", "contacts", "qualidade", "plano"
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
_HTML = (
    '<p>Olá {{ first_name | default("cliente") }}, como foi sua visita à {{ store }}?</p>'
    '<p><a href="{{ link }}">Responder</a></p><p><a href="{{ unsubscribe }}">Não quero mais receber</a></p>'
)


def surveys_made(api: Api) -> None:
    """Make a survey in every state."""
    for survey, name, content in ((OVER, "Compras de Natal 2025", company.SURVEY), (CSAT, visit.NAME, visit.SURVEY)):
        surveys.create(name, survey=survey)
        surveys.publish(survey, SurveyDraft.model_validate(content))
    surveys.create(company.SURVEY_NAME, survey=NPS)
    surveys.publish(NPS, SurveyDraft.model_validate(company.SURVEY))
    for survey in (CSAT, NPS):
        surveys.move(survey, SurveyStatus.LIVE)
        table.put_many(templates.starters(survey))
    surveys.move(OVER, SurveyStatus.LIVE)
    surveys.move(OVER, SurveyStatus.CLOSED)
    for survey, name in ((DRAFT, "Pós-venda"), ("hostil", f"{HOSTILE} & “aspas”"), ("anual", LONG)):
        api.post("surveys", {"id": survey, "name": name})
    api.put(f"surveys/{DRAFT}/draft", _UNFINISHED)
    words = {"subject": "{{ first_name }}, como foi sua visita?", "html": _HTML}
    api.put(f"surveys/{NPS}/templates/email/pt-BR", words)
    table.create(following.causes())


def settings(api: Api) -> None:
    """Decide all that is decided once."""
    api.put("settings", {"labels": _LABELS, "audit_days": 730})
    for name, kind, label, choices in (
        (FIELD, "choice", "Plano", ["prata", "ouro", "diamante"]),
        ("tipo", "text", "Tipo de cliente", None),
        ("compras", "number", "Compras no ano", None),
    ):
        said: dict[str, Any] = {"name": name, "type": kind, "labels": {"pt-BR": label, "en": name.title()}}
        api.post("custom-fields", said | ({"choices": choices} if choices else {}))
    hours = {day: [{"opens": "09:00", "closes": "19:00"}] for day in _WEEK}
    hours |= {"saturday": [{"opens": "09:00", "closes": "13:00"}]}
    api.put("segments/sul/service-hours", {"week": hours, "days": [{"day": "12-25", "name": "Natal"}]})
    api.put("segments/poa-01/review-links", {"links": {"google": "https://g.page/r/CXaurora/review"}})
    api.put("topics", {"topics": [_PARKING]})
    rest = {"name": "por pesquisa", "scope": "survey", "days": 90, "then": "defer"}
    calendar = {"quiet_from": "21:00", "quiet_to": "08:00", "excluded": ["2026-12-25", "2027-01-01"]}
    api.put("sending-rules", {"rest": [rest], "calendar": calendar, "reply_to": "manager"})
    everybody = {"name": "clientes", "survey": NPS, "remind": {"times": 1, "every_days": 3, "hour": "10:00"}}
    staff = {"name": "funcionários", "when": [{"field": "custom.tipo", "op": "is", "value": "funcionário"}]}
    api.post("rules", {"id": RULES, "name": "Depois da visita", "exclude": [staff], "default": everybody})
    api.put(
        f"folders/{FOLDER}",
        {"rules": RULES, "owner_email": address("bruno"), "mapping": _MAPPING, "hold_below_percent": 50},
    )
    api.put("folders/products", {"file_kind": "products"})
    key = {"field": "contact.plano", "op": "is", "value": "diamante"}
    api.put(
        "ticket-settings",
        {"key_customers": key, "key_promise": {"resolve": 240}, "quiet_from": "21:00", "quiet_to": "08:00"},
    )


def ticket_rules(api: Api) -> None:
    """Say when tickets open: later than all of the past, which has its own."""
    angry = {"field": "score", "op": "at_most", "value": 3}
    api.put("ticket-rules", {"rules": [{**_ANGRY, "when": angry}, _ASKED]})


def rights(api: Api) -> dict[str, str]:
    """Make keys, a role and users; return their ids."""
    role = api.post("roles", {"id": ROLE, "name": "Qualidade", "scopes": ["responses:read", "tickets:read"]})
    users = [
        {"name": "Davi Antunes", "email": address("davi"), "role": "analyst", "language": "pt-BR"},
        {"name": "Bruno Lima", "email": address("bruno"), "role": "manager", "language": "pt-BR"},
        {
            "name": "Zoë Ångström-Gonçalves",
            "email": address("zoe"),
            "role": ROLE,
            "language": "en",
            "segments": ["sul"],
        },
        {"name": HOSTILE, "email": address("hostil"), "role": "analyst", "language": "es"},
    ]
    made = [api.post("users", each) for each in users]
    key = api.post("keys", {"name": "ERP", "scopes": ["contacts:read", "contacts:write"], "rate": 600})
    with ago(days=3):
        old = api.post("keys", {"name": "Integração antiga", "scopes": ["metrics:read"], "segment": "sul"})
    api.delete(f"keys/{old['id']}")
    return {"role": role["id"], "user": made[0]["id"], "key": key["id"]}


_UNFINISHED = {  # one language is missing, a jump leads nowhere, and the color cannot be read
    "languages": ["pt-BR", "en"],
    "title": {"pt-BR": "Montagem e entrega"},
    "color": "#f5e663",
    "questions": [
        {
            "id": "nps",
            "kind": "nps",
            "text": {"pt-BR": "De 0 a 10, quanto você indicaria a loja?"},
            "required": True,
            "benchmark": True,
            "jumps": [{"when": {"field": "class", "value": "promoter"}, "to": "nowhere"}],
        },
        {"id": "comment", "kind": "text", "text": {"pt-BR": "O que houve, {{ nome }}?", "en": "What happened?"}},
        {"id": "choice", "kind": "choice", "text": {"pt-BR": f"{HOSTILE} Onde foi?"}, "choices": []},
    ],
}
_LABELS = {
    "segment": {"pt-BR": {"one": "Loja", "many": "Lojas"}, "en": {"one": "Store", "many": "Stores"}},
}
_PARKING = {
    "code": "parking",
    "name": {"pt-BR": "Estacionamento", "en": "Parking", "es": "Aparcamiento"},
    "terms": {"pt-BR": ["estacionamento", "manobrista"], "en": ["parking"], "es": ["aparcamiento"]},
}
_MAPPING = {"Cupom": "reference", "Plano": f"custom.{FIELD}", "Tipo": "custom.tipo", "Obs": ""}
_ANGRY = {
    "id": "angry",
    "name": "Muito insatisfeito",
    "surveys": [NPS],
    "priority": "urgent",
    "promise": {"respond": 60, "resolve": 480},
    "alert": {"pt-BR": "Ligue ainda hoje."},
    "tags": ["vip"],
}
_ASKED = {"id": "visit", "name": "Visita ruim", "surveys": [CSAT], "when": {"field": "class", "value": "detractor"}}
