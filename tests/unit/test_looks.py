import base64
from typing import Any

import pytest

from escuta.errors import InvalidError
from escuta.feedback import drafts, looks
from escuta.feedback.model import Branding, Palette, Question, QuestionKind, SurveyDraft

WORDS = {"en": "Words"}
DRAFT = SurveyDraft(languages=("en",), title=WORDS, questions=(Question(id="a", kind=QuestionKind.TEXT, text=WORDS),))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
WEBP = b"RIFF\x00\x00\x00\x00WEBP" + bytes(100)


def branded(**fields: Any) -> SurveyDraft:
    return DRAFT.changed(branding=Branding(**fields))


def refused(draft: SurveyDraft) -> dict[str, Any]:
    with pytest.raises(InvalidError) as error:
        drafts.check(draft)
    return {"code": error.value.code, **error.value.details}


def picture(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def test_contrast_is_that_of_wcag() -> None:
    assert looks.contrast("#000000", "#ffffff") == 21
    assert looks.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert looks.contrast("#ffffff", "#777777") == pytest.approx(4.48, abs=0.01)


def test_on_every_color_black_or_white_words_can_be_read() -> None:
    grays = [f"#{level:02x}{level:02x}{level:02x}" for level in range(256)]

    assert min(max(looks.contrast(gray, "#000000"), looks.contrast(gray, "#ffffff")) for gray in grays) > 4.5


def test_good_colors_pass() -> None:
    drafts.check(branded(light=Palette(ink="#000000", accent="#b3372f"), dark=Palette(accent="#f2a33a")))
    drafts.check(branded(light=Palette(ground="#000000", card="#101010", ink="#ffffff", accent="#ffffff")))


@pytest.mark.parametrize("color", ["red", "#FFF", "#fff", "#12345", "#1234567", "#000000;}", "url(x)", "#12345g"])
def test_colors_are_six_digits(color: str) -> None:
    assert refused(branded(dark=Palette(ground=color))) == {
        "code": "survey_branding_color",
        "field": "branding.dark.ground",
    }


@pytest.mark.parametrize(
    ("branding", "field", "against", "least", "found"),
    [
        ({"light": Palette(ink="#767676")}, "branding.light.ink", "ground", 4.5, 4.1),
        ({"light": Palette(ink="#777777", ground="#000000")}, "branding.light.ink", "card", 4.5, 4.4),
        (
            {"light": Palette(card="#000000", ink="#ffffff", ground="#000000")},
            "branding.light.accent",
            "card",
            3.0,
            2.7,
        ),
        ({"light": Palette(accent="#ffd400")}, "branding.light.accent", "card", 3.0, 1.4),
        ({"dark": Palette(ground="#ffffff")}, "branding.dark.ink", "ground", 4.5, 1.1),
        ({"dark": Palette(accent="#0b5c5e")}, "branding.dark.accent", "card", 3.0, 2.0),
    ],
)
def test_pairs_that_cannot_be_read_are_refused(
    branding: dict[str, Any], field: str, against: str, least: float, found: float
) -> None:
    assert refused(branded(**branding)) == {
        "code": "survey_contrast",
        "field": field,
        "against": against,
        "least": least,
        "found": found,
    }


@pytest.mark.parametrize(("data", "kind"), [(PNG, "png"), (JPEG, "jpeg"), (WEBP, "webp"), (PNG.ljust(1_000), "png")])
def test_a_logo_is_a_small_picture(data: bytes, kind: str) -> None:
    drafts.check(branded(logo=picture(data, kind), logo_alt=WORDS))


@pytest.mark.parametrize(
    "logo",
    [
        "https://cdn.example/logo.png",
        "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=",
        "data:image/png,abc",
        picture(JPEG, "png"),
        picture(b"RIFF\x00\x00\x00\x00WAVE", "webp"),
        picture(b"<svg onload=alert(1)>"),
        picture(PNG.ljust(1_001)),
        picture(PNG) + '" onload="alert(1)',
        picture(PNG) + "é",
        "data:image/png;base64,",
    ],
)
def test_anything_else_is_no_logo(logo: str) -> None:
    assert refused(branded(logo=logo, logo_alt=WORDS))["code"] == "survey_logo"


def test_a_logo_says_what_it_shows_in_every_language() -> None:
    assert refused(branded(logo=picture(PNG))) == {"code": "survey_text_missing", "field": "branding.logo_alt.en"}
