"""A kiosk in a real browser, mostly without network: nothing is lost, nothing is sent twice, nothing is left to see."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

from escuta import clock, table
from escuta.feedback import surveys, tokens
from escuta.feedback.model import OnIdle, Parked, Seen
from tests.browser.axe import complaints, too_small, too_wide
from tests.browser.conftest import ARGUMENTS
from tests.browser.kiosks import COMMENT, Device, answer, fill, kept, next_visitor
from tests.browser.server import Server
from tests.functions.respondents import DRAFT

MONDAY = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
Visitor = Callable[..., BrowserContext]


@pytest.fixture
def device(server: Server) -> Device:
    return Device(server)


@pytest.fixture
def context(visitor: Visitor) -> BrowserContext:
    context = visitor()
    context.clock.install(time=MONDAY)
    return context


def state(page: Page) -> str:
    return page.locator("#kiosk-state").inner_text()


def all_that_is_kept(page: Page) -> str:
    """Return everything that scripts of this page can find on the device, as text."""
    return str(
        page.evaluate("""async () => {
          const done = (asked) => new Promise((resolve) => { asked.onsuccess = () => resolve(asked.result) });
          const plain = (_, value) => value?.byteLength ? new TextDecoder().decode(value) : value;
          const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
          const db = await done(indexedDB.open("escuta-kiosk"));
          for (const name of db.objectStoreNames) {
            const rows = await done(db.transaction(name).objectStore(name).getAll());
            found.push(JSON.stringify(rows, plain));
          }
          for (const name of await caches.keys()) {
            const pages = await (await caches.open(name)).matchAll();
            for (const page of pages) found.push(await page.text());
          }
          return found.join("\\n");
        }""")
    )


def test_k1_answers_of_three_days_without_network_are_sent_once_with_their_own_times(
    device: Device, context: BrowserContext
) -> None:
    page = device.stands(context)
    device.loses_network(context)
    for day, score in enumerate((9, 3, 7)):
        page.clock.set_system_time(MONDAY + timedelta(days=day))
        answer(page, score)
        next_visitor(page)
        expect(page.locator("#kiosk-state")).to_have_text(f"{day + 1} aguardando envio")
    assert kept() == []

    device.finds_network(context)

    expect(page.locator("#kiosk-state")).to_have_text("")
    assert [sent["answers"] for sent in device.posted()] == [{"nps": 9}, {"nps": 3}, {"nps": 7}]
    assert all(sent["queued"] for sent in device.posted())
    assert [(each.score, each.client_time.date().isoformat()) for each in kept() if each.client_time] == [
        (9, "2026-03-09"),
        (3, "2026-03-10"),
        (7, "2026-03-11"),
    ]


def test_k2_a_power_cut_after_the_thanks_takes_nothing_and_what_waits_is_sealed(
    device: Device, playwright: Playwright, chromium: str, tmp_path: Path
) -> None:
    def switch_on() -> BrowserContext:
        return playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=chromium, args=ARGUMENTS, locale="pt-BR"
        )

    context = switch_on()
    page = device.stands(context)
    device.loses_network(context)
    answer(page, 2, COMMENT)
    with pytest.raises(Error, match="not extractable"):
        page.evaluate("escutaQueue.recall('key').then((key) => crypto.subtle.exportKey('raw', key))")
    with pytest.raises(Error, match="closed"):
        context.new_cdp_session(page).send("Browser.crash")

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("IndexedDB" in path.parts for path in files)
    for path in files:
        assert not any(COMMENT.encode(coding) in path.read_bytes() for coding in ("utf-8", "utf-16-le")), path

    context = switch_on()
    device.loses_network(context)
    page = context.new_page()
    page.goto(device.url)
    expect(page.locator("#kiosk-state")).to_have_text("1 aguardando envio")
    device.finds_network(context)
    expect(page.locator("#kiosk-state")).to_have_text("")
    context.close()
    assert [(each.score, each.comment) for each in kept()] == [(2, COMMENT)]


def test_k5_an_answer_that_is_refused_for_ever_holds_nobody_up(device: Device, context: BrowserContext) -> None:
    page = device.stands(context)
    device.loses_network(context)
    page.evaluate("document.getElementById('form').elements.version.value = '99'")
    answer(page, 1)
    next_visitor(page)
    answer(page, 8)
    next_visitor(page)
    expect(page.locator("#kiosk-state")).to_have_text("2 aguardando envio")

    device.finds_network(context)

    expect(page.locator("#kiosk-state")).to_have_text("1 à parte")
    assert [each.score for each in kept()] == [8]


def test_k6_two_tabs_send_each_answer_once(device: Device, context: BrowserContext) -> None:
    first, second = device.stands(context), device.stands(context)
    device.loses_network(context)
    for page, score in ((first, 9), (second, 4)):
        page.bring_to_front()
        answer(page, score)

    device.finds_network(context)

    expect(first.locator("#kiosk-state")).to_have_text("")
    expect(second.locator("#kiosk-state")).to_have_text("")
    # A network that comes back may lose the reply to what went out first: that is sent again then, and stored once.
    assert {sent["answers"]["nps"] for sent in device.posted()} == {4, 9}
    assert sorted(each.score or 0 for each in kept()) == [4, 9]


def test_r2_an_answer_whose_receipt_was_lost_is_sent_again_and_stored_once(
    device: Device, context: BrowserContext
) -> None:
    page = device.stands(context)
    device.server.deaf = {"POST"}
    answer(page, 10)
    page.wait_for_function("() => escutaQueue.send().then(({ wait }) => wait !== undefined)")
    device.server.deaf = set()

    page.clock.fast_forward(20_000)

    expect(page.locator("#kiosk-state")).to_have_text("")
    assert len(device.posted()) > 1
    assert len({sent["submission_id"] for sent in device.posted()}) == 1
    assert [each.score for each in kept()] == [10]


def test_a_network_that_answers_in_our_place_takes_no_answer_away(device: Device, context: BrowserContext) -> None:
    page = device.stands(context)
    device.server.instead = lambda method, _path: (
        (200, {"Content-Type": "text/html"}, b"<h1>Welcome to our Wi-Fi</h1>") if method == "POST" else None
    )
    answer(page, 6)
    page.evaluate("escutaQueue.send()")

    expect(page.locator("#kiosk-state")).to_have_text("1 aguardando envio")
    assert kept() == []


@pytest.mark.parametrize("status", [200, 403])
def test_a_page_that_somebody_gives_in_our_place_is_neither_shown_nor_kept(
    device: Device, context: BrowserContext, status: int
) -> None:
    page = device.stands(context)
    device.server.instead = lambda method, _path: (
        (status, {"Content-Type": "text/html"}, b"<h1>Welcome to our Wi-Fi</h1>") if method == "GET" else None
    )

    page.goto(device.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sua visita")
    device.loses_network(context)
    page.goto(device.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sua visita")


def test_k8_nothing_of_a_visitor_is_left_for_the_next(device: Device, context: BrowserContext) -> None:
    page = device.stands(context)
    answer(page, 2, COMMENT)
    before = page.locator("[name=submission_id]").input_value()
    expect(page.locator("#kiosk-state")).to_have_text("")

    next_visitor(page)

    assert page.locator("[name=submission_id]").input_value() != before
    assert page.get_by_role("textbox", name="Conte mais").input_value() == ""
    assert page.locator(":checked").count() == 0
    assert "gentil" not in page.content() + all_that_is_kept(page)
    page.go_back()
    assert page.url == "about:blank"


def test_another_language_is_there_without_network_and_is_forgotten_with_the_visitor(
    device: Device, context: BrowserContext
) -> None:
    page = device.stands(context)
    device.loses_network(context)

    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", level=1, name="Your visit")).to_be_visible()
    page.locator('[name="n.nps"][value="9"]').check()
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_role("heading", name="So good to hear!")).to_be_visible()
    next_visitor(page)
    expect(page.get_by_role("heading", level=1, name="Sua visita")).to_be_visible()


def test_another_language_keeps_what_was_answered_and_hands_it_over_once(
    device: Device, context: BrowserContext
) -> None:
    page = device.stands(context)
    device.loses_network(context)
    fill(page, 3, COMMENT)

    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", level=1, name="Your visit")).to_be_visible()
    expect(page.locator('[name="n.nps"][value="3"]')).to_be_checked()
    expect(page.get_by_role("textbox", name="Tell us more")).to_have_value(COMMENT)
    assert "gentil" not in all_that_is_kept(page)
    page.goto(f"{device.url}?lang=es")
    expect(page.get_by_role("heading", level=1, name="Tu visita")).to_be_visible()
    page.evaluate("""() => new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(data);
      navigator.serviceWorker.controller.postMessage("escuta:carried", [port2]);
    })""")  # what the page asked for before this is answered by now
    assert page.locator(":checked").count() == 0


def test_who_chooses_a_language_and_walks_away_leaves_nothing_of_it(device: Device, context: BrowserContext) -> None:
    page = device.stands(context)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1, name="Your visit")).to_be_visible()

    page.clock.fast_forward(21_000)

    expect(page.get_by_role("heading", level=1, name="Sua visita")).to_be_visible()


def test_who_walks_away_is_asked_and_the_whole_answer_is_sent(device: Device, context: BrowserContext) -> None:
    page = device.stands(context)
    fill(page, 9)

    page.clock.fast_forward(21_000)
    expect(page.get_by_role("heading", name="Você ainda está aí?")).to_be_visible()
    expect(page.locator("#kiosk-count")).to_have_text("Sua resposta será enviada em 10 s.")
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("heading", name="Você ainda está aí?")).to_be_hidden()
    page.evaluate("globalThis.mine = true")
    page.clock.fast_forward(36_000)

    page.wait_for_function("() => !globalThis.mine && navigator.serviceWorker.controller")
    expect(page.locator("#kiosk-state")).to_have_text("")
    page.wait_for_function("() => escutaQueue.counts().then(({ waiting }) => waiting === 0)")
    assert [each.score for each in kept()] == [9]


@pytest.mark.parametrize(("on_idle", "score"), [(OnIdle.DISCARD, 9), (OnIdle.SUBMIT, None)])
def test_what_may_not_or_cannot_be_sent_is_wiped(
    server: Server, context: BrowserContext, on_idle: OnIdle, score: int | None
) -> None:
    device = Device(server, on_idle)
    page = device.stands(context)
    if score is not None:
        fill(page, score)
    page.get_by_role("textbox", name="Conte mais").fill(COMMENT)

    page.clock.fast_forward(21_000)
    expect(page.locator("#kiosk-count")).to_have_text("A página recomeça em 10 s e apaga o que você marcou.")
    page.evaluate("globalThis.mine = true")
    page.clock.fast_forward(11_000)

    page.wait_for_function("() => !globalThis.mine && document.getElementById('form')")
    assert page.get_by_role("textbox", name="Conte mais").input_value() == ""
    assert page.evaluate("escutaQueue.counts()") == {"waiting": 0, "aside": 0}
    assert kept() == []


def test_only_the_access_code_ends_kiosk_mode(device: Device, context: BrowserContext) -> None:
    page = device.stands(context)
    device.loses_network(context)
    corner = page.get_by_role("button", name="Cuidar deste aparelho")
    corner.click()
    expect(page.get_by_label("Código de acesso")).to_be_hidden()
    corner.click(click_count=5)
    expect(page.get_by_label("Código de acesso")).to_be_focused()
    page.get_by_role("button", name="Voltar à pesquisa").click()
    corner.press("Enter")

    page.get_by_label("Código de acesso").fill("1234")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Código errado. Tente de novo em 1 s.")
    page.clock.fast_forward(1_000)
    page.get_by_label("Código de acesso").fill("4321")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Código errado. Tente de novo em 2 s.")
    page.get_by_label("Código de acesso").fill("2468")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Espere mais 2 s para tentar de novo.")
    page.clock.fast_forward(2_000)
    page.get_by_label("Código de acesso").fill("2468")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Modo quiosque desligado")).to_be_visible()
    expect(page.locator("#form")).to_be_hidden()


def test_a_revoked_link_says_so_and_what_waits_is_still_handed_over(device: Device, context: BrowserContext) -> None:
    page = device.stands(context)
    device.loses_network(context)
    answer(page, 5, COMMENT)
    tokens.revoke(device.stored.id)
    device.server.unreachable = False
    context.set_offline(False)

    page.clock.fast_forward(8_000)

    expect(page.get_by_role("heading", name="Este link foi desativado")).to_be_visible()
    (parked,) = table.query(Parked, "parked", index="g1").items
    assert (parked.reason, json.loads(parked.payload)["answers"]) == ("link_revoked", {"nps": 5, "comment": COMMENT})
    assert kept() == []


def test_k4_a_page_that_stands_open_finishes_on_its_version_and_the_next_one_is_new(
    device: Device, context: BrowserContext
) -> None:
    page = device.stands(context)
    fill(page, 9)
    surveys.publish("visit", DRAFT.changed(title={"pt-BR": "Nova pesquisa", "en": "New", "es": "Nueva"}))
    device.server.moment = clock.now() + timedelta(minutes=1)  # what is live is known by then everywhere
    page.evaluate("navigator.serviceWorker.getRegistration().then((registration) => registration.update())")
    page.wait_for_function("() => navigator.serviceWorker.getRegistration().then(({ waiting }) => Boolean(waiting))")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sua visita")

    page.get_by_role("button", name="Enviar resposta").click()
    next_visitor(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Nova pesquisa")
    assert [(each.score, each.version) for each in kept()] == [(9, 1)]
    page.wait_for_function("""async () => {
      const { active, waiting } = await navigator.serviceWorker.getRegistration();
      return !waiting && active === navigator.serviceWorker.controller && active.state === "activated";
    }""")
    device.loses_network(context)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New")


def test_k4_a_page_of_the_version_before_is_never_kept_beside_new_ones(device: Device, context: BrowserContext) -> None:
    page = device.stands(context)
    behind = device.given("?lang=en")
    surveys.publish("visit", DRAFT.changed(title={"pt-BR": "Nova pesquisa", "en": "New", "es": "Nueva"}))
    device.server.moment = clock.now() + timedelta(minutes=1)
    device.server.instead = lambda _, path: behind if path.endswith("?lang=en") else None  # one instance lags behind
    tried = """async () => {
      const standing = await navigator.serviceWorker.getRegistration();
      const made = (await standing.update()).installing;
      if (made && !["installed", "redundant"].includes(made.state))
        await new Promise((resolve) => made.addEventListener("statechange", resolve));
      return Boolean(standing.waiting);
    }"""

    assert page.evaluate(tried) is False
    device.server.instead = None

    assert page.evaluate(tried) is True


def test_k4_a_page_that_is_older_than_the_queue_still_keeps_its_answers(
    device: Device, context: BrowserContext
) -> None:
    page = device.stands(context)
    page.evaluate("""async () => {
      const newer = indexedDB.open("escuta-kiosk", 7);
      await new Promise((resolve) => { newer.onsuccess = resolve });
      newer.result.close();
    }""")
    device.loses_network(context)

    answer(page, 7)

    expect(page.locator("#kiosk-state")).to_have_text("1 aguardando envio")


def test_k3_a_device_that_may_lose_answers_says_so(device: Device, context: BrowserContext) -> None:
    context.add_init_script("StorageManager.prototype.persisted = StorageManager.prototype.persist = async () => false")

    page = device.stands(context)

    expect(page.locator("#kiosk-unsafe")).to_have_text("Offline sem garantia: instale como aplicativo")


def test_the_page_can_be_installed_and_tells_that_it_is_alive(device: Device, context: BrowserContext) -> None:
    page = device.stands(context)
    page.wait_for_function("() => escutaQueue.recall('signed').then((signed) => signed?.at > 0)")

    tools = context.new_cdp_session(page)
    manifest = tools.send("Page.getAppManifest")
    errors = tools.send("Page.getInstallabilityErrors")["installabilityErrors"]

    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["name"] == "Sua visita · Caixa 2"
    assert manifest["manifest"]["scope"] == manifest["manifest"]["startUrl"] == device.url
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []
    seen = table.find(Seen, Seen.at(device.stored.token_key))
    assert seen is not None
    assert (seen.waiting, seen.aside) == (0, 0)


def test_what_a_kiosk_adds_to_the_page_is_there_for_everybody(device: Device, visitor: Visitor) -> None:
    page = device.stands(visitor(viewport={"width": 820, "height": 1180}))  # on the real clock, which axe-core needs
    assert (complaints(page), too_small(page), too_wide(page)) == ([], [], False)

    page.evaluate("document.getElementById('kiosk-idle').showModal()")
    assert (complaints(page), too_small(page)) == ([], [])
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Cuidar deste aparelho").press("Enter")
    assert (complaints(page), too_small(page)) == ([], [])
    page.get_by_label("Código de acesso").fill("2468")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Modo quiosque desligado")).to_be_focused()
    assert (complaints(page), too_small(page)) == ([], [])
