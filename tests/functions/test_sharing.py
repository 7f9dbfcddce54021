"""Where people may tell others: the review links of a place, with inheritance, the same for everybody."""

from datetime import timedelta

import pytest

from escuta import clock
from escuta.directory import segments
from escuta.feedback import responses, sharing, surveys
from escuta.feedback.links import Door
from tests.conftest import NOON
from tests.functions.respondents import DRAFT, SUBMISSION_ID, stand, submission

pytestmark = pytest.mark.usefixtures("aws", "noon", "company")
GOOGLE = "https://search.google.com/local/writereview?placeid=ChIJ"
OWN = "https://g.page/r/CX/review"
FACEBOOK = "https://www.facebook.com/aurora/reviews"
X = "https://x.com/aurora"
PATH = ("aurora", "sp", "sp-01")


@pytest.fixture
def company(aws: None, noon: object) -> None:  # noqa: ARG001 - the store and the clock come first
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    segments.create("sp", "São Paulo", "aurora")
    segments.create("sp-01", "Loja Paulista", "sp")


def put(code: str, **links: str) -> None:
    segments.change(segments.get(code), share=links)


def offered(*path: str) -> list[str]:
    return [share.url for share in sharing.offered(path or PATH)]


def test_a_place_without_links_offers_none() -> None:
    assert offered() == []


def test_a_link_holds_for_everything_below_and_the_nearest_one_wins() -> None:
    put("aurora", google=GOOGLE, x=X)
    put("sp-01", google=OWN)

    assert offered("aurora") == offered("aurora", "sp") == [GOOGLE, X]
    assert offered() == [OWN, X]


def test_the_order_of_the_networks_never_changes() -> None:
    put("aurora", x=X, yelp="https://www.yelp.com.br/biz/aurora", facebook=FACEBOOK)
    put("sp", tripadvisor="https://www.tripadvisor.com.br/UserReviewEdit-g1", google=GOOGLE)

    found = [share.network for share in sharing.offered(PATH)]

    assert found == ["google", "facebook", "x", "yelp", "tripadvisor"]


def test_another_site_comes_last_and_is_called_by_its_host() -> None:
    root = segments.change(segments.get("aurora"), share_hosts=["opina.example"])
    segments.change(root, share={"other": "https://opina.example/aurora", "x": X})

    assert [(share.network, share.host) for share in sharing.offered(PATH)] == [
        ("x", "x.com"),
        ("other", "opina.example"),
    ]


def test_a_host_that_is_taken_off_the_list_is_offered_no_more() -> None:
    root = segments.change(segments.get("aurora"), share_hosts=["opina.example"])
    root = segments.change(root, share={"other": "https://opina.example/aurora"})

    segments.change(root, share_hosts=[])

    assert offered() == []


def test_what_is_offered_follows_a_change_made_elsewhere_within_a_minute() -> None:
    put("aurora", x=X)
    assert offered() == [X]
    put("aurora", google=GOOGLE)

    with clock.at(NOON + timedelta(seconds=61)):
        assert offered() == [GOOGLE]


def test_a_place_that_is_gone_offers_what_is_left_above_it() -> None:
    put("aurora", x=X)

    assert offered("aurora", "sp", "closed") == [X]
    assert offered("elsewhere") == []


@pytest.mark.parametrize("score", [0, 6, 7, 8, 9, 10])
def test_the_links_are_offered_to_everyone_whatever_the_score(score: int) -> None:
    """No review gating."""
    surveys.create("Visit", survey="visit")
    surveys.publish("visit", DRAFT)
    put("aurora", google=GOOGLE, facebook=FACEBOOK)
    token, _ = stand()

    receipt = responses.submit(Door.STORE, token, submission(SUBMISSION_ID, nps=score))

    assert [share.url for share in sharing.offered(receipt.segment_path)] == [GOOGLE, FACEBOOK]
