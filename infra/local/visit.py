"""The survey on the demo company's devices and website: every kind of question that a short visit can bear."""

NAME = "Visita à loja"
_UNHAPPY = ("detractor",)
_HAPPY = ("passive", "promoter")


def _texts(pt: str, en: str, es: str) -> dict[str, str]:
    return {"pt-BR": pt, "en": en, "es": es}


def _reason(name: str, classes: tuple[str, ...], *words: str) -> dict[str, object]:
    return {"id": name, "classes": classes, "text": _texts(*words)}


SURVEY: dict[str, object] = {
    "languages": ("pt-BR", "en", "es"),
    "title": _texts("Como foi hoje?", "How was it today?", "¿Cómo te fue hoy?"),
    "layout": "steps",
    "hidden": ("page", "plan"),
    "call": True,
    "detractor_max": 2,
    "passive_max": 3,
    "questions": (
        {
            "id": "visit",
            "kind": "csat",
            "required": True,
            "benchmark": True,
            "text": _texts(
                "Como foi a sua visita à {{ store | default('nossa loja') }}?",
                "How was your visit to {{ store | default('our store') }}?",
                "¿Cómo fue tu visita a {{ store | default('nuestra tienda') }}?",
            ),
            "low": _texts("Muito ruim", "Very bad", "Muy mala"),
            "high": _texts("Excelente", "Excellent", "Excelente"),
        },
        {
            "id": "reasons",
            "kind": "choices",
            "text": _texts("O que mais contou?", "What mattered most?", "¿Qué fue lo que más contó?"),
            "wording": {
                "detractor": _texts("O que deu errado?", "What went wrong?", "¿Qué salió mal?"),
                "promoter": _texts("Do que você gostou?", "What did you like?", "¿Qué te gustó?"),
            },
            "choices": (
                _reason("queue", _UNHAPPY, "Fila no caixa", "Queue at the till", "Fila en la caja"),
                _reason("missing", _UNHAPPY, "Faltava o produto", "Product not there", "Faltaba el producto"),
                _reason("price", _UNHAPPY, "Preço errado", "Wrong price", "Precio equivocado"),
                _reason("rude", _UNHAPPY, "Atendimento ruim", "Poor service", "Mala atención"),
                _reason("staff", _HAPPY, "Atendimento", "Service", "Atención"),
                _reason("range", _HAPPY, "Variedade", "Range of products", "Variedad"),
                _reason("prices", _HAPPY, "Preços", "Prices", "Precios"),
                _reason("place", _HAPPY, "A loja em si", "The store itself", "La tienda en sí"),
            ),
        },
        {
            "id": "tidy",
            "kind": "rating",
            "text": _texts("A loja estava arrumada?", "Was the store tidy?", "¿Estaba ordenada la tienda?"),
            "low": _texts("Bagunçada", "Messy", "Desordenada"),
            "high": _texts("Impecável", "Spotless", "Impecable"),
        },
        {
            "id": "found",
            "kind": "thumbs",
            "text": _texts(
                "Você encontrou o que procurava?",
                "Did you find what you were looking for?",
                "¿Encontraste lo que buscabas?",
            ),
            "jumps": ({"when": {"field": "class", "value": "promoter"}, "to": "comment"},),
        },
        {
            "id": "sorry",
            "kind": "statement",
            "text": _texts(
                "Sentimos muito que não tenha sido bom. Conte o que houve: a gerência da loja lê hoje.",
                "We are sorry that it was not good. Tell us what happened: the store's manager reads it today.",
                "Lamentamos que no haya sido bueno. Cuéntanos qué pasó: la gerencia de la tienda lo lee hoy.",
            ),
            "show": {"field": "class", "value": "detractor"},
        },
        {
            "id": "comment",
            "kind": "text",
            "voice": True,
            "text": _texts("Quer contar mais?", "Would you like to tell us more?", "¿Quieres contar más?"),
        },
        {
            "id": "who",
            "kind": "contact",
            "text": _texts("Com quem falamos?", "Whom may we contact?", "¿Con quién hablamos?"),
            "help": _texts(
                "Só se quiser uma resposta nossa.", "Only if you want us to answer.", "Solo si quieres una respuesta."
            ),
            "show": {"field": "class", "value": "detractor"},
        },
    ),
}
