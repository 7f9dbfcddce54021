"""Nothing is deployed under a licence that nobody looked at."""

from email.message import Message

import pytest

from infra.supply import licences

REFUSED = ["GPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0", "MIT OR GPL-2.0-only", "Apache-2.0 WITH LLVM-exception"]


@pytest.mark.parametrize("each", licences.deployed(), ids=lambda each: each.name)
def test_everything_deployed_stands_under_a_licence_that_is_accepted(each: licences.Licensed) -> None:
    assert licences.refused(each.licence) == set()


def test_the_page_says_what_is_deployed() -> None:
    assert licences.DOCUMENT.read_text() == licences.document(), "make licences"


@pytest.mark.parametrize("licence", REFUSED)
def test_what_asks_for_more_than_its_notice_is_refused(licence: str) -> None:
    assert licences.refused(licence)


@pytest.mark.parametrize("licence", ["MIT AND BSD-3-Clause", "MIT OR Apache-2.0"])
def test_every_part_of_an_expression_is_looked_at(licence: str) -> None:
    assert licences.refused(licence) == set()


def metadata_of(**told: str) -> Message:
    said = Message()
    for name, value in told.items():
        said[name.replace("_", "-")] = value
    return said


@pytest.mark.parametrize(
    ("told", "licence"),
    [
        ({"License_Expression": "MIT", "License": "see LICENSE"}, "MIT"),
        ({"License": "ISC", "Classifier": "License :: OSI Approved :: MIT License"}, "ISC"),
    ],
)
def test_the_words_of_spdx_are_taken_as_they_are(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], licence: str
) -> None:
    monkeypatch.setattr(licences, "metadata", lambda name: metadata_of(Name=name, **told))
    assert licences.of_package("some") == licence


@pytest.mark.parametrize(
    "told",
    [{}, {"License": "BSD"}, {"License": "Proprietary"}, {"Classifier": "License :: OSI Approved :: BSD License"}],
)
def test_other_words_are_no_licence(monkeypatch: pytest.MonkeyPatch, told: dict[str, str]) -> None:
    monkeypatch.setattr(licences, "metadata", lambda name: metadata_of(Name=name, **told))
    with pytest.raises(ValueError, match="some"):
        licences.of_package("some")
