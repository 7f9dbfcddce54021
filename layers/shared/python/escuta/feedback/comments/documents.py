"""Check digits: which numbers are documents, cards or accounts and not just numbers. Pure.

CPF and CNPJ by modulo 11 (Receita Federal; since 2026 a CNPJ may have letters, which count as ASCII minus 48, Instrução
Normativa RFB 2.229/2024), cards by Luhn (ISO/IEC 7812-1), IBAN by modulo 97 (ISO 13616), DNI and NIE by their letter
(Real Decreto 1553/2005).
"""

_CPF, _CNPJ, _CARD = 11, range(6, 14), range(13, 20)
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_NIE = {"X": "0", "Y": "1", "Z": "2"}


def is_cpf(digits: str) -> bool:
    """Tell whether eleven digits are a CPF: eleven times the same would pass the sum and is none."""
    return len(digits) == _CPF and len(set(digits)) > 1 and _eleven(digits, 11)


def is_cnpj(code: str) -> bool:
    """Tell whether fourteen letters and digits are a CNPJ."""
    return len(code) == max(_CNPJ) + 1 and len(set(code)) > 1 and code[-2:].isdecimal() and _eleven(code.upper(), 9)


def _eleven(code: str, most: int) -> bool:
    """Tell whether the last two are the check digits of the rest, whose weights rise from 2 to `most` and again."""
    for length in (len(code) - 2, len(code) - 1):
        weights = (2 + place % (most - 1) for place in range(length))
        total = sum(weight * (ord(each) - 48) for weight, each in zip(weights, reversed(code[:length]), strict=True))
        if int(code[length]) != 10 * total % 11 % 10:
            return False
    return True


def is_card(digits: str) -> bool:
    """Tell whether digits are the number of a payment card: those of payment begin with 2 to 6."""
    if len(digits) not in _CARD or digits[0] not in "23456" or len(set(digits)) == 1:
        return False
    doubled = sum(sum(divmod(2 * int(each), 10)) for each in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def is_iban(code: str) -> bool:
    """Tell whether letters and digits without blanks are an account."""
    moved = (code[4:] + code[:4]).upper()
    return int("".join(str(int(each, 36)) for each in moved)) % 97 == 1


def is_dni(code: str) -> bool:
    """Tell whether letters and digits without blanks are a DNI or an NIE."""
    digits = _NIE.get(code[0].upper(), code[0]) + code[1:-1]
    return digits.isdecimal() and _DNI[int(digits) % len(_DNI)] == code[-1].upper()
