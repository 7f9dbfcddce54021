"""The demo company: Lojas Aurora, a Brazilian retailer with twelve stores in three regions. Invented data only."""

from typing import NamedTuple

ROOT = ("aurora", "Lojas Aurora")
SHARE = {
    "google": "https://search.google.com/local/writereview?placeid=ChIJlojas-aurora-demo",
    "facebook": "https://www.facebook.com/lojas.aurora.demo/reviews",
}
TIMEZONES = {"norte-nordeste": "America/Recife", "sudeste": "America/Sao_Paulo", "sul": "America/Sao_Paulo"}
REGIONS = (("norte-nordeste", "Norte e Nordeste"), ("sudeste", "Sudeste"), ("sul", "Sul"))


class Store(NamedTuple):
    """A store and how it really does: shares of promoters and of detractors, and its share of all answers."""

    code: str
    name: str
    region: str
    city: str
    state: str
    timezone: str
    promoters: float
    detractors: float
    weight: int


STORES = (
    Store("rec-01", "Recife Boa Vista", "norte-nordeste", "Recife", "PE", "America/Recife", 0.58, 0.17, 9),
    Store("ssa-01", "Salvador Barra", "norte-nordeste", "Salvador", "BA", "America/Bahia", 0.49, 0.24, 8),
    Store("for-01", "Fortaleza Aldeota", "norte-nordeste", "Fortaleza", "CE", "America/Fortaleza", 0.62, 0.14, 7),
    Store("mao-01", "Manaus Centro", "norte-nordeste", "Manaus", "AM", "America/Manaus", 0.45, 0.27, 4),
    Store("spo-01", "São Paulo Paulista", "sudeste", "São Paulo", "SP", "America/Sao_Paulo", 0.52, 0.22, 16),
    Store("spo-02", "São Paulo Moema", "sudeste", "São Paulo", "SP", "America/Sao_Paulo", 0.66, 0.11, 12),
    Store("rio-01", "Rio Copacabana", "sudeste", "Rio de Janeiro", "RJ", "America/Sao_Paulo", 0.33, 0.42, 14),
    Store("bhz-01", "Belo Horizonte Savassi", "sudeste", "Belo Horizonte", "MG", "America/Sao_Paulo", 0.63, 0.13, 9),
    Store("cwb-01", "Curitiba Batel", "sul", "Curitiba", "PR", "America/Sao_Paulo", 0.61, 0.15, 8),
    Store("poa-01", "Porto Alegre Moinhos", "sul", "Porto Alegre", "RS", "America/Sao_Paulo", 0.55, 0.19, 8),
    Store("fln-01", "Florianópolis Centro", "sul", "Florianópolis", "SC", "America/Sao_Paulo", 0.68, 0.09, 5),
    Store("bnu-01", "Blumenau Vila Nova", "sul", "Blumenau", "SC", "America/Sao_Paulo", 0.57, 0.16, 2),
)

PRODUCTS = (
    ("sofa-lua", "Sofá Lua", "Móveis"),
    ("mesa-rio", "Mesa Rio", "Móveis"),
    ("luminaria-sol", "Luminária Sol", "Iluminação"),
    ("pendente-brisa", "Pendente Brisa", "Iluminação"),
    ("jogo-cama-algodao", "Jogo de cama Algodão", "Cama e banho"),
    ("toalha-nuvem", "Toalha Nuvem", "Cama e banho"),
    ("panela-mineira", "Panela Mineira", "Cozinha"),
    ("jogo-facas-serra", "Jogo de facas Serra", "Cozinha"),
)

# name, e-mail, telephone, language, segments
MANAGERS = (
    ("Helena Duarte", "helena.duarte", "+5511988880001", "pt-BR", ("aurora",)),
    ("Rafael Nogueira", "rafael.nogueira", "+5581988880002", "pt-BR", ("norte-nordeste",)),
    ("Camila Prado", "camila.prado", "+5511988880003", "pt-BR", ("spo-01", "spo-02")),
    ("Otávio Reis", "otavio.reis", "+5521988880004", "pt-BR", ("rio-01",)),
    ("Lívia Sampaio", "livia.sampaio", "+5531988880005", "pt-BR", ("bhz-01",)),
    ("Martín Acosta", "martin.acosta", "+5551988880006", "es", ("sul",)),
    ("Grace Miller", "grace.miller", "+5548988880007", "en", ("fln-01",)),
)

FIRST_NAMES = (
    "Ana", "Beatriz", "Bruno", "Caio", "Carla", "Cecília", "Daniel", "Débora", "Eduardo", "Elisa", "Fábio",
    "Fernanda", "Gabriel", "Gustavo", "Heitor", "Iara", "Igor", "Isabela", "João", "Júlia", "Larissa", "Lucas",
    "Luísa", "Marcelo", "Mariana", "Mateus", "Natália", "Otávio", "Patrícia", "Paulo", "Rafaela", "Renato", "Sofia",
    "Tânia", "Tiago", "Valéria", "Vinícius", "Yasmin",
)  # fmt: skip
LAST_NAMES = (
    "Almeida", "Araújo", "Barbosa", "Batista", "Cardoso", "Carvalho", "Castro", "Costa", "Dias", "Farias",
    "Fernandes", "Ferreira", "Gomes", "Gonçalves", "Lima", "Lopes", "Machado", "Martins", "Melo", "Mendes",
    "Moreira", "Nascimento", "Oliveira", "Pereira", "Pinto", "Ramos", "Ribeiro", "Rocha", "Santana", "Santos",
    "Silva", "Souza", "Teixeira", "Vieira",
)  # fmt: skip

COMMENTS = {
    ("detractor", "pt-BR"): (
        "Esperei quarenta minutos no caixa e só um estava aberto.",
        "O produto chegou riscado e a loja não quis trocar sem a caixa.",
        "Entrega atrasou nove dias e ninguém avisou.",
        "Vendedor pouco atencioso, tive que procurar tudo sozinha.",
        "O preço da etiqueta era um e no caixa era outro.",
        "Provador sujo e loja muito quente.",
        "Já é a segunda vez que falta a peça do móvel.",
        "Liguei três vezes para o atendimento e caiu a ligação em todas.",
        "Prometeram montagem no sábado e não apareceram.",
        "A toalha desfiou na primeira lavagem.",
    ),
    ("passive", "pt-BR"): (
        "Loja boa, mas a fila estava grande.",
        "Gostei do produto, o estacionamento é que é ruim.",
        "Atendimento ok, poderia ter mais opções de cor.",
        "Entrega no prazo, embalagem fraca.",
        "Preço um pouco alto, mas a qualidade compensa.",
        "Tudo certo, só faltou o tamanho que eu queria.",
    ),
    ("promoter", "pt-BR"): (
        "Atendimento excelente, a Júlia me ajudou com tudo!",
        "Entrega antes do prazo e muito bem embalado.",
        "Loja linda, voltarei com certeza.",
        "Troca sem complicação nenhuma, parabéns.",
        "Melhor sofá que já tive, recomendo demais.",
        "Preço justo e equipe atenciosa.",
        "Rápido, simples e sem dor de cabeça.",
    ),
    ("detractor", "en"): (
        "The lamp arrived broken and nobody answers the phone.",
        "Very long queue, only one till open.",
    ),
    ("passive", "en"): ("Good store, but few sizes left.", "Nice staff, slow checkout."),
    ("promoter", "en"): ("Lovely staff, they wrapped everything as a gift.", "Fast delivery, great quality."),
    ("detractor", "es"): ("La entrega llegó tarde y sin aviso.", "Me cobraron un precio distinto al de la etiqueta."),
    ("passive", "es"): ("Buena tienda, pero había mucha fila.", "Buen producto, embalaje regular."),
    ("promoter", "es"): ("Excelente atención, volveré pronto.", "Muy buena calidad y precio justo."),
}

SURVEY_NAME = "Satisfação com a compra"
SURVEY: dict[str, object] = {
    "languages": ("pt-BR", "en", "es"),
    "call": True,
    "title": {"pt-BR": "Sua compra na Aurora", "en": "Your purchase at Aurora", "es": "Tu compra en Aurora"},
    "intro": {
        "pt-BR": "Leva menos de um minuto. Lemos todas as respostas.",
        "en": "It takes less than a minute. We read every answer.",
        "es": "Toma menos de un minuto. Leemos todas las respuestas.",
    },
    "thanks": {
        "any": {
            "pt-BR": "Obrigado por dizer o que pensa.",
            "en": "Thank you for telling us what you think.",
            "es": "Gracias por decirnos lo que piensas.",
        },
        "promoter": {
            "pt-BR": "Que bom! Vamos contar à equipe da loja.",
            "en": "Great to hear! We will tell the team of the store.",
            "es": "¡Qué bueno! Se lo contaremos al equipo de la tienda.",
        },
        "detractor": {
            "pt-BR": "Sentimos muito. Sua resposta já está com a gerência da loja.",
            "en": "We are sorry. Your answer is already with the store's manager.",
            "es": "Lo sentimos mucho. Tu respuesta ya está con la gerencia de la tienda.",
        },
    },
    "questions": (
        {
            "id": "nps",
            "kind": "nps",
            "required": True,
            "benchmark": True,
            "text": {
                "pt-BR": "De 0 a 10, quanto você recomendaria as Lojas Aurora a um amigo ou familiar?",
                "en": "From 0 to 10, how likely are you to recommend Lojas Aurora to a friend or relative?",
                "es": "De 0 a 10, ¿qué tan probable es que recomiendes Lojas Aurora a un amigo o familiar?",
            },
            "low": {"pt-BR": "Nem um pouco provável", "en": "Not at all likely", "es": "Nada probable"},
            "high": {"pt-BR": "Com toda certeza", "en": "Extremely likely", "es": "Muy probable"},
        },
        {
            "id": "comment",
            "kind": "text",
            "voice": True,
            "text": {
                "pt-BR": "Qual é o principal motivo da sua nota?",
                "en": "What is the main reason for your score?",
                "es": "¿Cuál es el motivo principal de tu puntuación?",
            },
            "help": {
                "pt-BR": "Conte com suas palavras. Não escreva dados pessoais.",
                "en": "In your own words. Please leave out personal data.",
                "es": "Con tus palabras. No escribas datos personales.",
            },
        },
    ),
}

ROOT_CAUSES = ("queue", "delivery", "defect", "service", "price")
CAUSES = (  # id, what it belongs to, words
    ("store", "", ("Na loja", "In the store", "En la tienda")),
    ("queue", "store", ("Fila no caixa", "Queue at the till", "Fila en la caja")),
    ("service", "store", ("Atendimento", "Service", "Atención")),
    ("price", "store", ("Preço ou promoção", "Price or promotion", "Precio o promoción")),
    ("goods", "", ("Produto e entrega", "Product and delivery", "Producto y entrega")),
    ("delivery", "goods", ("Entrega atrasada", "Late delivery", "Entrega con retraso")),
    ("defect", "goods", ("Produto com defeito", "Faulty product", "Producto defectuoso")),
)
ACTIONS = (
    "Ligamos para o cliente, pedimos desculpas e trocamos o produto.",
    "Reforçamos a escala do caixa aos sábados e avisamos o cliente.",
    "Frete da próxima compra por nossa conta.",
    "Conversamos com a equipe e agradecemos ao cliente pelo aviso.",
)
