"""Somebody is invited, chooses a password and a second factor, works, and is out the moment they are disabled."""

import base64
import hmac
import re
import struct
import time
from collections.abc import Callable
from html import unescape

from playwright.sync_api import Page, expect

from tests.e2e.house import House
from tests.e2e.visitor import Visitor, fits, is_inside, signs_out
from tests.e2e.waiting import eventually

HELENA = "helena.duarte@example.com"
PASSWORD = "Girassol-2026-azul"  # noqa: S105 - of nobody


def _code(secret: str, later: int = 0) -> str:
    """Return what an authenticator app shows for a key (RFC 6238), now or so many steps later."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30 + later), "sha1")
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def _signs_in(page: Page, password: str) -> None:
    page.get_by_label("E-mail", exact=True).fill(HELENA)
    page.get_by_label("Senha", exact=True).fill(password)
    page.get_by_role("button", name="Entrar", exact=True).click()


def test_who_is_invited_gets_in_protects_the_account_and_is_out_at_once(
    house: House, person: Callable[..., Visitor]
) -> None:
    invited = house.call("POST", "users", {"email": HELENA, "name": "Helena Duarte", "role": "analyst"})
    assert invited.status == 201, invited.text
    (mail,) = eventually("Helena's invitation", lambda: house.messages(HELENA))
    assert "seu acesso ao Escuta" in mail["subject"]
    (first,) = re.findall(r"<strong>([^<]+)</strong>", mail["html"])

    visitor = person()
    page = visitor.opens(f"{house.api}/console")
    _signs_in(page, unescape(first))
    expect(page.get_by_role("heading", name="Escolha sua senha")).to_be_visible()
    fits(page)
    page.get_by_label("Nova senha", exact=True).fill(PASSWORD)
    page.get_by_label("Repita a nova senha").fill(PASSWORD)
    page.get_by_role("button", name="Guardar e entrar").click()
    is_inside(page)

    page.locator("details:has(form[action$=sign-out]) > summary").click()
    page.get_by_role("link", name="Conta", exact=True).click()
    fits(page)
    page.get_by_label("Senha", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Ativar").click()
    secret = page.locator(".secret").inner_text().replace(" ", "").strip()
    fits(page)
    page.get_by_label("Digite o código de 6 dígitos que ele mostra").fill(_code(secret))
    page.get_by_role("button", name="Confirmar e entrar").click()
    page.goto(f"{house.api}/console")
    signs_out(page)

    _signs_in(page, PASSWORD)
    page.get_by_label("Código de 6 dígitos").fill(_code(secret, later=1))
    page.get_by_role("button", name="Entrar", exact=True).click()
    is_inside(page)

    assert house.call("PATCH", f"users/{invited.json['id']}", {"state": "disabled"}).status == 200
    page.reload()
    expect(page.get_by_role("button", name="Entrar", exact=True)).to_be_visible()
    _signs_in(page, PASSWORD)
    expect(page.get_by_role("alert")).to_be_visible()
    visitor.watch.forget("401")
