"""A survey with a question of every kind, in three languages, with or without logic."""

from typing import Any

from escuta.feedback.model import (
    Choice,
    Condition,
    Op,
    Question,
    QuestionKind,
    ScoreClass,
    SurveyDraft,
    Texts,
)

K = QuestionKind
UNHAPPY = (ScoreClass.DETRACTOR, ScoreClass.PASSIVE)


def texts(portuguese: str, english: str, spanish: str) -> Texts:
    """Return a text in the three languages."""
    return {"pt-BR": portuguese, "en": english, "es": spanish}


QUESTIONS = (
    Question(
        id="nps",
        kind=K.NPS,
        text=texts(
            "De 0 a 10, quanto você recomendaria a Lojas Aurora a um amigo?",
            "From 0 to 10, how likely are you to recommend Lojas Aurora to a friend?",
            "De 0 a 10, ¿cuánto recomendarías Lojas Aurora a un amigo?",
        ),
        low=texts("Nada provável", "Not at all likely", "Nada probable"),
        high=texts("Muito provável", "Extremely likely", "Muy probable"),
        required=True,
        benchmark=True,
    ),
    Question(
        id="reasons",
        kind=K.CHOICES,
        text=texts("O que mais pesou na sua nota?", "What mattered most?", "¿Qué influyó más en tu nota?"),
        wording={
            ScoreClass.DETRACTOR: texts("O que deu errado?", "What went wrong?", "¿Qué salió mal?"),
            ScoreClass.PROMOTER: texts(
                "Do que você mais gostou?", "What did you like most?", "¿Qué fue lo que más te gustó?"
            ),
        },
        choices=(
            Choice(id="price", text=texts("Preço", "Price", "Precio")),
            Choice(id="queue", text=texts("Fila no caixa", "Queue at the till", "Fila en la caja"), classes=UNHAPPY),
            Choice(id="staff", text=texts("Atendimento da equipe", "Service of the team", "Atención del equipo")),
            Choice(
                id="variety",
                text=texts("Variedade de produtos", "Variety of products", "Variedad de productos"),
                classes=(ScoreClass.PROMOTER,),
            ),
        ),
        help=texts("Marque quantas quiser.", "Tick as many as you like.", "Marca todas las que quieras."),
    ),
    Question(
        id="clean",
        kind=K.RATING,
        text=texts("Como estava a limpeza da loja?", "How clean was the store?", "¿Qué tan limpia estaba la tienda?"),
        low=texts("Péssima", "Awful", "Pésima"),
        high=texts("Excelente", "Excellent", "Excelente"),
        steps=5,
    ),
    Question(
        id="csat",
        kind=K.CSAT,
        text=texts(
            "Quão satisfeito você ficou com o atendimento?",
            "How satisfied were you with the service?",
            "¿Qué tan satisfecho quedaste con la atención?",
        ),
        low=texts("Muito insatisfeito", "Very dissatisfied", "Muy insatisfecho"),
        high=texts("Muito satisfeito", "Very satisfied", "Muy satisfecho"),
        require=Condition(field="answer.nps", op=Op.AT_MOST, value=6),
    ),
    Question(
        id="ces",
        kind=K.CES,
        text=texts(
            "Foi fácil resolver o que você precisava?",
            "Was it easy to get done what you came for?",
            "¿Fue fácil resolver lo que necesitabas?",
        ),
        low=texts("Muito difícil", "Very difficult", "Muy difícil"),
        high=texts("Muito fácil", "Very easy", "Muy fácil"),
    ),
    Question(
        id="again",
        kind=K.THUMBS,
        text=texts("Gostou da nova vitrine?", "Did you like the new window?", "¿Te gustó la nueva vitrina?"),
    ),
    Question(
        id="how",
        kind=K.CHOICE,
        text=texts("Como você comprou?", "How did you buy?", "¿Cómo compraste?"),
        choices=(
            Choice(id="store", text=texts("Na loja", "In the store", "En la tienda")),
            Choice(id="online", text=texts("Pelo site", "Online", "En línea")),
        ),
        required=True,
    ),
    Question(
        id="note",
        kind=K.STATEMENT,
        text=texts("Estamos quase lá", "Nearly there", "Ya casi terminamos"),
        help=texts(
            "Só mais duas perguntas. Obrigado por chegar até aqui.",
            "Only two more questions. Thank you for coming this far.",
            "Solo dos preguntas más. Gracias por llegar hasta aquí.",
        ),
    ),
    Question(
        id="comment",
        kind=K.TEXT,
        text=texts(
            'Você deu {{ answer.nps | default("uma nota") }}. Quer contar por quê?',
            'You gave {{ answer.nps | default("a score") }}. Would you like to tell us why?',
            'Diste {{ answer.nps | default("una nota") }}. ¿Quieres contarnos por qué?',
        ),
        voice=True,
        show=Condition(field="answer.nps", op=Op.ANSWERED),
    ),
    Question(
        id="who",
        kind=K.CONTACT,
        text=texts("Como podemos falar com você?", "How can we reach you?", "¿Cómo podemos contactarte?"),
        help=texts(
            "Só se você quiser um retorno.", "Only if you would like an answer.", "Solo si quieres una respuesta."
        ),
        show=Condition(field="class", value="detractor"),
    ),
)


def draft(**changes: Any) -> SurveyDraft:
    """Return the survey with logic; say what should differ."""
    whole = SurveyDraft(
        languages=("pt-BR", "en", "es"),
        title=texts("Sua visita à Aurora", "Your visit to Aurora", "Tu visita a Aurora"),
        intro=texts(
            "Leva um minuto e ajuda a equipe da loja.",
            "It takes a minute and helps the team of the store.",
            "Toma un minuto y ayuda al equipo de la tienda.",
        ),
        questions=QUESTIONS,
    )
    return whole.changed(**changes)


def straight(**changes: Any) -> SurveyDraft:
    """Return the survey without logic: everything is asked of everybody."""
    questions = tuple(
        question.changed(
            show=None,
            require=None,
            wording={},
            choices=tuple(choice.changed(classes=()) for choice in question.choices),
        )
        for question in QUESTIONS
    )
    return draft(questions=questions, **changes)
