"""The sheet that hangs in a store, as a browser prints it."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
import zxingcpp
from playwright.sync_api import Browser, Page

from escuta import table
from escuta.directory import segments
from escuta.feedback import surveys, tokens
from escuta.feedback.model import StoreToken
from manage import poster
from tests.functions.respondents import DRAFT, open_survey
from tests.kit.pictures import gray

pytestmark = pytest.mark.usefixtures("aws", "noon")
MILLIMETER = 96 / 25.4
LONG = "Pensando na sua última visita, do estacionamento ao caixa, você nos recomendaria a quem mora com você? "


def stand(question: str, store: str, label: str) -> StoreToken:
    open_survey()
    first, *rest = DRAFT.questions
    asked = first.changed(text=dict.fromkeys(DRAFT.languages, question))
    surveys.publish("visit", DRAFT.changed(questions=(asked, *rest)))
    table.put(segments.get("sp-01").changed(name=store))
    return tokens.create("visit", "sp-01", label)[1]


@pytest.fixture(
    params=[("Você nos recomendaria?", "Loja Paulista", ""), (LONG * 19, "Loja " * 39, "Balcão " * 14)],
    ids=["short", "longest"],
)
def sheet(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[Page, StoreToken]]:
    stored = stand(*request.param)
    page = browser.new_page(viewport={"width": 900, "height": 1240})
    page.set_content(str(poster.drawn(stored, "es").body))
    yield page, stored
    page.close()


def test_it_is_one_page_of_a4_with_nothing_cut_off(sheet: tuple[Page, StoreToken]) -> None:
    page, _ = sheet

    printed = page.pdf(prefer_css_page_size=True, print_background=True)

    assert re.findall(rb"/Count (\d+)", printed) == [b"1"]
    assert re.findall(rb"/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]", printed) != []
    paper = page.locator(".sheet").bounding_box()
    parts = [part.bounding_box() for part in page.locator(".sheet > *").all()]
    assert paper is not None
    boxes = [box for box in parts if box is not None]
    assert all(above["y"] + above["height"] <= below["y"] + 1 for above, below in pairwise(boxes))
    assert boxes[-1]["y"] + boxes[-1]["height"] <= paper["y"] + paper["height"]
    assert all(paper["x"] <= box["x"] and box["width"] <= paper["width"] for box in boxes)


def test_its_code_is_large_and_is_read_from_the_sheet(sheet: tuple[Page, StoreToken]) -> None:
    page, stored = sheet
    code = page.locator(".code svg").bounding_box()

    assert code is not None
    assert code["width"] == pytest.approx(code["height"], abs=1)
    assert code["width"] > 50 * MILLIMETER
    (found,) = zxingcpp.read_barcodes(gray(page.locator(".code").screenshot()))
    assert found.text == tokens.link(stored)
