"""Numbers, amounts, yes and no, choices and words for a thing, as files write them; each has one canonical form.

What can be read in two ways (`1.234`) is refused with both, unless the folder says which sign parts the decimals.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from escuta import i18n
from escuta.directory import dates
from escuta.directory.header import fold
from escuta.directory.model import AlertChannel, Consent, CustomField, FieldType
from escuta.errors import InvalidError

_SHOWN = 80
_SPACES = str.maketrans("", "", " '\u00a0\u2009\u202f")
_PLAIN = re.compile(r"[+-]?[0-9]{1,18}")
_GROUPED = {
    ",": re.compile(r"[+-]?(?:[0-9]{1,18}|[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,5})(?:,[0-9]{1,12})?"),
    ".": re.compile(r"[+-]?(?:[0-9]{1,18}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,5})(?:\.[0-9]{1,12})?"),
}
_MONEY = re.compile(r"(?P<before>[^0-9+-]*)(?P<number>[+-]?[0-9][0-9., '\u00a0]*)(?P<after>[^0-9]*)")
_USUAL = re.compile(r"(?:R\$ ?)?((?:[1-9][0-9]{0,2}(?:\.[0-9]{3}){0,5}|0|[1-9][0-9]{3,17})),([0-9]{2})")  # R$ 1.234,56
_PLAIN_CENTS = re.compile(r"(?:0|[1-9][0-9]{0,17})\.[0-9]{2}")  # 1234.56
_SIGNS = {"R$": "BRL", "US$": "USD", "U$S": "USD", "U$": "USD", "€": "EUR", "£": "GBP", "MX$": "MXN", "S/": "PEN"}
_CURRENCY_WORDS = {"real": "BRL", "reais": "BRL", "euro": "EUR", "euros": "EUR", "dolar": "USD", "dolares": "USD"}
_CURRENCY = re.compile(r"[A-Za-z]{3}")


def _table(**words: str) -> dict[str, str]:
    """Return folded word -> meaning."""
    return {fold(word): meaning for meaning, all_words in words.items() for word in all_words.split(",")}


_TRUTH = _table(
    yes="sim, s, yes, y, sí, si, true, t, verdadeiro, verdadero, v, 1, x, on",
    no="não, n, no, false, f, falso, 0, off",
)
_CONSENT = _table(
    consent="consent, consentimento, consentimiento, consentiu, consented, sim, s, yes, y, si, true, 1, aceito, aceita,"
    " aceite, aceitou, accepted, opt-in, opted in, autorizado, autorizada, autoriza, autorizou, concedido, granted,"
    " given, aceptado, acepta, aceptó, otorgado, concordo, agreed, verdadeiro, verdadero, x",
    legitimate_interest="legitimate interest, legitimate interests, legítimo interesse, interesse legítimo,"
    " interés legítimo, intereses legítimos",
    contract="contract, contrato, contratual, execução de contrato, execução do contrato, performance of a contract,"
    " contractual, ejecución de contrato, ejecución de un contrato, ejecución del contrato",
    legal_obligation="legal obligation, obrigação legal, cumprimento de obrigação legal, obligación legal,"
    " cumplimiento de una obligación legal",
    denied="denied, não, n, no, false, 0, negado, negada, nega, negou, recusado, recusada, recusa, recusou, refused,"
    " rejected, opt-out, opted out, não autorizado, não autoriza, não autorizou, não aceita, não aceito, revogado,"
    " revogada, revoked, withdrawn, revocado, retirado, rechazado, rechaza, denegado, no autoriza, no acepta,"
    " no autorizado, descadastrado, unsubscribed, falso, declined",
)
_ACTIVE = _table(
    no="inativo, inativa, inactive, inactivo, inactiva, desativado, desativada, encerrado, encerrada, fechado, fechada,"
    " closed, cerrado, cerrada, disabled, retired, baja, suspenso, suspensa, desligado, desligada, i",
    yes="ativo, ativa, active, activo, activa, aberto, aberta, open, abierto, abierta, enabled, habilitado, a, ok",
)
_OPEN = _ACTIVE | _TRUTH
_RETIRED = {word: "yes" if meaning == "no" else "no" for word, meaning in _ACTIVE.items()} | _TRUTH
_REASONS = _table(
    unsubscribe="unsubscribe, unsubscribed, descadastro, descadastrado, descadastrou, cancelamento, cancelou,"
    " cancelado, opt-out, opted out, optout, não contatar, não enviar, não perturbe, do not contact, do not email,"
    " baja, dado de baja, desuscrito, desuscripción, no contactar, cancelar inscrição, saiu da lista",
    manual="manual, manualmente, pedido do cliente, a pedido, by request, requested, a petición, bloqueio, bloqueado,"
    " blocked, bloqueo, lgpd, gdpr",
    complaint="complaint, complained, reclamação, reclamou, denúncia, denunciou, spam, marcado como spam, abuse,"
    " queja, denuncia, reclamo, reclamación",
    bounce="bounce, bounced, hard bounce, devolvido, devolução, retornado, inválido, e-mail inválido, invalid,"
    " invalid email, inexistente, rebote, rebotado, devuelto, correo inválido, undeliverable",
    stop="stop, sms stop, parar, pare, sair, detener, alto, quit, end",
)
_CHANNELS = _table(
    email="email, e-mail, mail, correo, correo electrónico",
    sms="sms, celular, telefone, torpedo, mensagem de texto, text, text message, mobile, phone, teléfono, móvil,"
    " mensaje de texto",
)
_LANGUAGES = _table(
    **{
        "pt-BR": "português, português brasil, português do brasil, portuguese, pt-br, portugués, brazilian portuguese",
        "en": "inglês, english, inglés",
        "es": "espanhol, español, castellano, spanish, castelhano",
    }
)
_COUNTRIES = _table(
    AR="argentina",
    BO="bolívia",
    BR="brasil, brazil, bra",
    CL="chile",
    CO="colômbia, colombia",
    CR="costa rica",
    DO="república dominicana, dominican republic",
    EC="equador, ecuador",
    ES="espanha, españa, spain, esp",
    GB="reino unido, united kingdom, great britain, uk",
    GT="guatemala",
    MX="méxico, mexico",
    PA="panamá",
    PE="peru, perú",
    PT="portugal, prt",
    PY="paraguai, paraguay",
    US="estados unidos, united states, united states of america, usa, eua, ee.uu.",
    UY="uruguai, uruguay",
    VE="venezuela",
)


@lru_cache(maxsize=256)
def language(text: str) -> str:
    """Return ours of the languages for a tag or a name: `pt-BR`, `en_US`, `Espanhol`."""
    found = _LANGUAGES.get(fold(text)) or i18n.match(text)
    if found is None:
        raise InvalidError("language_unknown", value=text[:_SHOWN])
    return found


@lru_cache(maxsize=256)
def timezone(text: str) -> str:
    """Return a time zone's IANA name as given, if there is such a zone."""
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder, such as "America"
        raise InvalidError("timezone_unknown", value=text[:_SHOWN]) from error


@lru_cache(maxsize=256)
def country(text: str) -> str:
    """Return the ISO 3166 code of a country, of its code or its name in one of our languages."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - large, and only files of segments need it

    found = _COUNTRIES.get(fold(text)) or text.upper()
    if found not in SUPPORTED_REGIONS:
        raise InvalidError("country_unknown", value=text[:_SHOWN])
    return found


@lru_cache(maxsize=256)
def consent(text: str) -> Consent:
    """Return the basis that a word names. What is not understood is refused: nobody is asked on a guess."""
    found = _CONSENT.get(fold(text))
    if found is None:
        raise InvalidError("consent_unknown", value=text[:_SHOWN])
    return Consent(found)


@lru_cache(maxsize=256)
def boolean(text: str) -> bool:
    """Return what a yes or a no means."""
    return _is_yes(_TRUTH, text)


@lru_cache(maxsize=256)
def retired(text: str) -> bool:
    """Tell whether the cell of a column such as "Inativa" says that something is out of use."""
    return _is_yes(_RETIRED, text)


@lru_cache(maxsize=256)
def retired_by_status(text: str) -> bool:
    """Tell whether the cell of a column such as "Ativa" or "Situação" says that something is out of use."""
    return not _is_yes(_OPEN, text)


@lru_cache(maxsize=256)
def reason(text: str) -> str:
    """Return why somebody is not to be written to; `unsubscribe` for a word that says nothing to us.

    Somebody on such a list must be left in peace, whatever the reason is called.
    """
    words = (fold(word) for word in (text, *text.split()))
    return next((_REASONS[word] for word in words if word in _REASONS), "unsubscribe")


def channels(text: str) -> tuple[AlertChannel, ...]:
    """Return the channels that a cell lists."""
    return tuple(AlertChannel(_channel(part)) for part in _listed(text))


def languages(text: str) -> tuple[str, ...]:
    """Return the languages that a cell lists."""
    return tuple(dict.fromkeys(map(language, _listed(text))))


def number(text: str, decimal: str = "") -> Decimal:
    """Return a number. `decimal` is the sign before its decimals, "," or "."; "": read where there is one way only.

    InvalidError `number_invalid`, or `number_ambiguous` for `1.234` with its two readings.
    """
    plain = text.translate(_SPACES)
    if _PLAIN.fullmatch(plain):
        return Decimal(plain)
    signs = (decimal,) if decimal else (",", ".")
    readings = {_value(plain, sign) for sign in signs if _GROUPED[sign].fullmatch(plain)}
    if len(readings) > 1:
        one, two = sorted(readings)
        raise InvalidError("number_ambiguous", value=text[:_SHOWN], one=_canonical(one), two=_canonical(two))
    if not readings:
        raise InvalidError("number_invalid", value=text[:_SHOWN])
    return readings.pop()


def amount(text: str, decimal: str = "") -> tuple[str, str]:
    """Return an amount as `129.90`, and the currency that its sign names: `R$ 129,90` is BRL. A bare $ names none."""
    if decimal != "." and (usual := _USUAL.fullmatch(text)):
        whole, cents = usual.groups()
        return f"{whole.replace('.', '')}.{cents}", "BRL" if text[0] == "R" else ""
    if decimal != "," and _PLAIN_CENTS.fullmatch(text):
        return text, ""
    found = _MONEY.fullmatch(text.strip())
    if found is None:
        raise InvalidError("number_invalid", value=text[:_SHOWN])
    signs = [sign for name in ("before", "after") if (sign := found[name].strip().upper()) and sign != "$"]
    if len(signs) > 1:
        raise InvalidError("number_invalid", value=text[:_SHOWN])
    value = number(found["number"], decimal)
    places = -int(value.as_tuple().exponent)
    return f"{value:.{max(places, 2)}f}", currency(signs[0]) if signs else ""


def currency(text: str) -> str:
    """Return the ISO 4217 code that a code, a sign or a word names."""
    found = _SIGNS.get(text.upper()) or _CURRENCY_WORDS.get(fold(text)) or text.upper()
    if not _CURRENCY.fullmatch(found):
        raise InvalidError("currency_unknown", value=text[:_SHOWN])
    return found


def read(definition: CustomField | None, text: str, *, decimal: str = "", form: str = "", zone: str = "UTC") -> str:
    """Return the canonical text of a custom field: dates as ISO 8601, times in UTC, numbers with a point, `true`.

    `form` and `zone` are of dates, `decimal` of numbers. InvalidError says what is wrong with the cell. A field
    without a definition is text.
    """
    kind = definition.type if definition else FieldType.TEXT
    if kind is FieldType.NUMBER:
        return _canonical(number(text, decimal))
    if kind is FieldType.DATE:
        return dates.read(text, form).date().isoformat()
    if kind is FieldType.DATETIME:
        return dates.moment(text, form, zone).isoformat()
    if kind is FieldType.BOOLEAN:
        return "true" if boolean(text) else "false"
    if kind is FieldType.CHOICE and definition:
        return _choice(definition.choices, text)
    return text


def _choice(choices: tuple[str, ...], text: str) -> str:
    """Return the choice that a cell names, in whatever case and accents; the exact one where two differ in those."""
    found = [text] if text in choices else [choice for choice in choices if fold(choice) == fold(text)]
    if len(found) != 1:
        raise InvalidError("choice_unknown", value=text[:_SHOWN], allowed=", ".join(choices)[:200])
    return found[0]


def _listed(text: str) -> list[str]:
    return [part for part in (piece.strip() for piece in re.split(r"[,;|/]", text)) if part]


def _channel(text: str) -> str:
    found = _CHANNELS.get(fold(text))
    if found is None:
        raise InvalidError("channel_unknown", value=text[:_SHOWN])
    return found


def _is_yes(words: Mapping[str, str], text: str) -> bool:
    found = words.get(fold(text))
    if found is None:
        raise InvalidError("boolean_unknown", value=text[:_SHOWN])
    return found == "yes"


def _value(plain: str, sign: str) -> Decimal:
    """Return what a number means whose decimals stand after `sign`."""
    other = "." if sign == "," else ","
    return Decimal(plain.replace(other, "").replace(sign, "."))


def _canonical(value: Decimal) -> str:
    """Return a number as text with a point and without zeros that say nothing."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
