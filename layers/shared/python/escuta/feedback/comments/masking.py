"""Comments without what says who somebody is: documents, telephones, addresses, cards, links that open something.

Each gives way to a mark such as "[CPF]", in the language of whoever reads. What was masked once stays as it is. Pure,
and linear in the text: every pattern starts at one place only, and no number is tried that is longer than it can be.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from escuta import i18n
from escuta.feedback.comments import documents, languages, telephones

_MAYBE = re.compile(
    r"[@\uff20\ufe6b]|[(\[]at[)\]]|://|www\.|arroba|\ (?:ponto|punto|dot)\ |\d(?:\D{0,3}\d){6}", re.IGNORECASE
)
_LINK = re.compile(r"(?<![^\W\d])(?:(?:https?|ftp)://|www\.)[^\s<>\[\]\"']++", re.IGNORECASE)
_SCHEME = re.compile(r"\w++://")
_OPENS = re.compile(r"[?#@=]|(?=[\w-]{0,15}\d)[\w-]{16}|\w{20}")  # what may be a key stands in it
_NOT_SEEN = r"\u00ad\u200b-\u200f\u2060\ufeff"  # what stands between letters and digits and is not seen
_AT = r"(?:[@\uff20\ufe6b]|[(\[]at[)\]])"
_DOT = r"(?:\ (?:ponto|punto|dot)\ |[(\[](?:ponto|punto|dot)[)\]])"
_MAIL = re.compile(
    rf"(?<![\w.+%'{_NOT_SEEN}-])[{_NOT_SEEN}]*+[\w.+%'-][\w.+%'{_NOT_SEEN}-]*+"
    rf"(?:{_AT}(?:[{_NOT_SEEN}]?[^\W_][\w{_NOT_SEEN}-]{{0,62}}[.\uff0e]){{1,8}}[^\W\d_]{{2,24}}"
    rf"|\ ?(?:{_AT}|\barroba\b)\ ?(?:gmail|hotmail|outlook|yahoo|icloud|live|msn|bol|uol|terra)\b"
    rf"(?:(?:\.|{_DOT})[a-z]{{2,4}}\b){{0,2}}"
    rf"|\ ?(?:{_AT}|\b(?:arroba|at)\b)\ ?[\w-]{{1,63}}{_DOT}[\w-]{{2,63}}(?:(?:\.|{_DOT})[\w-]{{2,63}}){{0,3}}"
    rf"|\ ?{_AT}\ ?[\w-]{{1,63}}(?:\ ?\.\ ?(?:com|net|org|edu|gov|br|es|mx|ar|pt|us|uk)\b){{1,3}})"
    r"(?:[\w.+%'-]*+@[\w.-]*+)*+",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d\d(?:\ ?[A-Z0-9]{4}){2,7}(?:\ ?[A-Z0-9]{1,3})?\b", re.IGNORECASE | re.ASCII)
_DNI = re.compile(r"(?<![\w.-])(?:\d{8}|\d\d\.\d{3}\.\d{3}|[XYZ][ -]?\d{7})[ -]?[A-Z]\b", re.IGNORECASE | re.ASCII)
_LETTERED = re.compile(r"\b\w\w\.\w{3}\.\w{3}/\w{4}-\d\d\b", re.ASCII)
_RG = re.compile(
    r"(?<![\d.])(?P<bare>\d{1,2}\.\d{3}\.\d{3}-[\dX])\b"
    r"|(?P<kept>\bRG\b[^\w\[\]]{0,4}(?:n[oº°]?[^\w\[\]]{0,3})?)\d(?:[. -]?\d){5,9}(?:-?X)?\b",
    re.IGNORECASE,
)
_RUN = re.compile(rf"\d++(?:[ \t\u00a0().\-\u00b7\u2010-\u2013/{_NOT_SEEN}]{{1,3}}\d++)*+")
_SPELLED = re.compile(r"(?<![\w.,/-])\d(?:[ .,-]\d){9,13}(?![ .,/-]?\d|\w)")  # digit by digit
_GLUED = re.compile(r"[a-zà-ÿ]{3}")  # a word right behind a number; codes go on in capitals
_GROUP, _DIGIT, _WORD = re.compile(r"\d+"), re.compile(r"\d"), re.compile(r"\w")
_MARK = re.compile(r"\[[^\[\]]*+\]")
_UNSEEN = re.compile(f"[{_NOT_SEEN}]")
_MOST_GROUPS, _DIGITS, _BEFORE = 8, range(8, 20), 64
_PHONE_DIGITS = range(8, 14)

# What is said right before a number: what it is, or that it is none of these.
_SAID = re.compile(
    r"(?:(?P<money>R?[$€£])|(?P<cpf>cpf)|(?P<cnpj>cnpj)|(?<![^\W\d_])(?:(?P<cep>cep)|(?P<card>cart[aã]o|card|tarjeta)"
    r"|(?P<phone>telefones?|tel|fones?|celular|cel|whats(?:app)?|zap|wpp|contato|lig(?:ar|uem?|a)"
    r"|phone|mobile|call|tel[eé]fono|m[oó]vil|llam(?:ar|en?))"
    r"|(?P<order>pedidos?|orde[mn]|order|protocolo|chamado|ticket|nota|nfe?|c[oó]digo|code|rastreio|tracking)))"
    r"[^\w\[\]]{0,3}(?:(?:é|e|o|a|n[oº°]?|num|n[uú]mero|number|is|es|d[eo]|meu|my|mi)[^\w\[\]]{1,3}){0,2}$",
    re.IGNORECASE,
)
_CPF = re.compile(r"\d{3}\.\d{3}\.\d{3}-\d\d")
_CNPJ = re.compile(r"\d\d\.\d{3}\.\d{3}/\d{4}-\d\d")
_CEP = re.compile(r"\d{5}-\d{3}|\d\d\.\d{3}-\d{3}")
_DAY = re.compile(r"\d{1,2}\D\d{1,2}\D(?:19|20)\d\d|(?:19|20)\d\d\D\d{1,2}\D\d{1,2}|(?:19|20)\d\d\D(?:19|20)\d\d")
_CPF_GROUPS = {(11,), (9, 2), (3, 3, 3, 2)}
_CNPJ_GROUPS = {(14,), (12, 2), (8, 4, 2), (2, 3, 3, 4, 2)}
_LONG = {"cpf": range(11, 12), "cnpj": range(14, 15), "card": range(13, 20), "cep": range(8, 9)}
_CARD_GROUPS = {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 1)}


class _Group(NamedTuple):
    """Digits that stand together."""

    start: int
    digits: str


def masked(text: str, language: str = "") -> str:
    """Return a text with marks in this language, that of the text itself where none is named."""
    if not _MAYBE.search(text):
        return text
    spoken = i18n.match(language) or languages.tell(text)
    marks = {kind: i18n.say(__package__, spoken, f"mask_{kind}") for kind in KINDS}
    text = _words(_links(text, marks), marks)
    return _numbers(text, marks, languages.tell(_MARK.sub(" ", text), language))


KINDS = ("card", "cep", "cnpj", "cpf", "dni", "email", "iban", "link", "phone", "rg")
_Marks = Mapping[str, str]


def _links(text: str, marks: _Marks) -> str:
    """Mask the links that may open something of somebody: those with parameters or with what may be a key."""
    return _LINK.sub(lambda link: marks["link"] if _OPENS.search(_SCHEME.sub("", link[0], 1)) else link[0], text)


def _words(text: str, marks: _Marks) -> str:
    """Mask what has letters."""
    text = _MAIL.sub(marks["email"], text)
    text = _IBAN.sub(lambda found: marks["iban"] if _fits(documents.is_iban, found[0]) else found[0], text)
    text = _DNI.sub(lambda found: marks["dni"] if _fits(documents.is_dni, found[0]) else found[0], text)
    text = _LETTERED.sub(lambda found: marks["cnpj"] if _fits(documents.is_cnpj, found[0]) else found[0], text)
    return _RG.sub(lambda found: (found["kept"] or "") + marks["rg"], text)


def _fits(check: Callable[[str], bool], written: str) -> bool:
    return check("".join(each for each in written if each.isalnum()))


def _numbers(text: str, marks: _Marks, language: str) -> str:
    """Mask what has digits alone."""
    text = _spelled(text, marks)
    plain = text if text.isascii() else _DIGIT.sub(lambda digit: str(int(digit[0])), text)
    parts, last = [], 0
    for run in _RUN.finditer(plain):
        for start, end, kind in _found(plain, run, language):
            parts += [text[last:start], marks[kind]]
            last = end
    return _spelled("".join((*parts, text[last:])), marks)  # once more: what stood beside it is gone


def _spelled(text: str, marks: _Marks) -> str:
    """Mask what is written digit by digit."""

    def mark(found: re.Match[str]) -> str:
        digits = "".join(str(int(each)) for each in found[0] if each.isdecimal())
        kind = _document(digits, [digits], "") or ("phone" if telephones.is_mobile(digits) else None)
        return marks[kind] if kind else found[0]

    return _SPELLED.sub(mark, text)


def _found(plain: str, run: re.Match[str], language: str) -> Iterator[tuple[int, int, str]]:
    """Yield where in a run of groups of digits something stands, from the left, the longest first."""
    groups = [_Group(run.start() + group.start(), group[0]) for group in _GROUP.finditer(run[0])]
    taken = 0
    for place in range(len(groups)):
        some = groups[place : place + _MOST_GROUPS] if place >= taken else []
        lengths = list(accumulate(len(group.digits) for group in some))
        fitting = [number for number, length in enumerate(lengths, 1) if length in _DIGITS]
        said = _said(plain, some[0].start) if fitting else ""
        for number in reversed(fitting if said is not None else []):
            start, end = _ends(plain, some[0].start, some[number - 1])
            kind = _kind(plain[start:end], [group.digits for group in some[:number]], said, language)
            if kind and (_GLUED.match(plain, end) or not _WORD.match(plain, end)):
                yield start, end, kind
                taken = place + number
                break


def _ends(plain: str, start: int, last: _Group) -> tuple[int, int]:
    """Return where a number begins and ends: a sign of a country and a bracket that closes inside belong to it."""
    end = last.start + len(last.digits)
    signs = "(+" if ")" in plain[start:end] else "+"
    while start and plain[start - 1] in signs:
        signs, start = signs.replace(plain[start - 1], ""), start - 1
    return start, end


def _said(plain: str, start: int) -> str | None:
    """Return what a number is called right before it; None where that makes it none of these."""
    before = plain[max(0, start - _BEFORE) : start]
    found = _SAID.search(before.rstrip("(+"))
    if not found:
        return None if before[-1:].isalnum() else ""
    return None if found["money"] else found.lastgroup


def _kind(written: str, groups: Sequence[str], said: str | None, language: str) -> str | None:
    written = _UNSEEN.sub("", written)
    if _DAY.fullmatch(written) or (said == "order" and len(groups) == 1):
        return None
    return _document(written, groups, said) or _telephone(written, groups, said, language)


def _document(written: str, groups: Sequence[str], said: str | None) -> str | None:
    digits, lengths = "".join(groups), tuple(map(len, groups))
    as_card = lengths in _CARD_GROUPS or len(lengths) == 1
    tests = {
        "cpf": _CPF.fullmatch(written) or (lengths in _CPF_GROUPS and documents.is_cpf(digits)),
        "cnpj": _CNPJ.fullmatch(written) or (lengths in _CNPJ_GROUPS and documents.is_cnpj(digits)),
        "card": as_card and documents.is_card(digits),
        "cep": _CEP.fullmatch(written),
    }
    return next(
        (kind for kind, is_one in tests.items() if is_one or (said == kind and len(digits) in _LONG[kind])), None
    )


def _telephone(written: str, groups: Sequence[str], said: str | None, language: str) -> str | None:
    if said == "phone" and sum(map(len, groups)) in _PHONE_DIGITS and "/" not in written:
        return "phone"
    return "phone" if telephones.is_one(written, groups, language) else None
