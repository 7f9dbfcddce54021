import pytest

from escuta.directory import shares
from escuta.errors import InvalidError

GOOD = [
    ("google", "https://search.google.com/local/writereview?placeid=ChIJN1t_tDeuEmsRUsoyG83frY4"),
    ("google", "https://g.page/r/CXyZ/review"),
    ("google", "https://www.google.com/maps/place/Aurora/@-23.5,-46.6,17z"),
    ("google", "https://maps.app.goo.gl/abc123"),
    ("facebook", "https://www.facebook.com/lojasaurora/reviews"),
    ("facebook", "https://m.facebook.com/lojasaurora"),
    ("x", "https://x.com/lojasaurora"),
    ("x", "https://twitter.com/intent/tweet?text=Aurora"),
    ("yelp", "https://www.yelp.com/writeareview/biz/abc"),
    ("yelp", "https://www.yelp.com.br/biz/aurora-sao-paulo"),
    ("tripadvisor", "https://www.tripadvisor.com.br/UserReviewEdit-g303631-d123"),
    ("other", "https://opina.example/aurora?store=1"),
]
TRICKS = [
    "http://www.facebook.com/aurora",
    "HTTPS://www.facebook.com/aurora",
    "//www.facebook.com/aurora",
    "///www.facebook.com/aurora",
    "https:www.facebook.com/aurora",
    "https:/www.facebook.com/aurora",
    "https:\\\\www.facebook.com/aurora",
    "https://www.facebook.com\\@evil.example/",
    "https://www.facebook.com@evil.example/",
    "https://evil.example@www.facebook.com/",
    "https://user:word@www.facebook.com/aurora",
    "https://www.facebook.com:443/aurora",
    "https://www.facebook.com:@evil.example/",
    "https://www.facebook.com./aurora",
    "https://www.facebook.com.evil.example/aurora",
    "https://evilwww.facebook.com/aurora",
    "https://WWW.FACEBOOK.COM/aurora",
    "https://evil.example/www.facebook.com/",
    "https://evil.example?www.facebook.com/",
    "https://evil.example#www.facebook.com/",
    "https://evil.example/https://www.facebook.com/",
    "https://www.facebook.com",
    "https://www.facebook.com/aurora\nhttps://evil.example",
    "https://www.facebook.com/\taurora",
    " https://www.facebook.com/aurora",
    "https://www.facebook.com/aurora ",
    "https://www.facebook.com/\x00",
    "https://www。facebook。com/aurora",
    "https://www.faceboоk.com/aurora",  # noqa: RUF001 - a Cyrillic letter is the trick
    "https://www.facebook.com/au\u202erora",
    'https://www.facebook.com/"onmouseover="alert(1)',
    "https://www.facebook.com/<script>",
    "https://[::1]/aurora",
    "https://[www.facebook.com/aurora",
    "https://www.facebook.com%2eevil.example/",
    "https://www.facebook.com/aurora/../l.php?u=https://evil.example",
    "https://www.facebook.com/aurora/%2e%2e/l.php?u=https://evil.example",
    "https://www.facebook.com/%2f%2fevil.example",
    "https://www.facebook.com/l.php?u=https://evil.example",
    "https://www.facebook.com/L.PHP?u=https://evil.example",
    "https://www.facebook.com/l%2Ephp?u=https://evil.example",
    "https://www.facebook.com/%6c.php?u=https://evil.example",
    "https://www.facebook.com//l.php?u=https://evil.example",
    "javascript:alert(1)//https://www.facebook.com/",
    "https://xn--faceook-bxd.com/aurora",
    "https://0x7f.1/aurora",
    "//evil.example",
    "https:evil.example",
    "\\\\evil.example",
    "javascript:alert(1)//https://www.facebook.com/",
    "data:text/html,https://www.facebook.com/",
    "https://" + "a" * 500,
    "",
]


@pytest.mark.parametrize(("network", "url"), GOOD)
def test_a_review_page_of_its_network_is_linked_to_as_it_is(network: str, url: str) -> None:
    assert shares.check(network, url, ["opina.example"]) == url


@pytest.mark.parametrize("url", TRICKS)
def test_t16_no_trick_leads_anywhere_else(url: str) -> None:
    with pytest.raises(InvalidError, match="share_url") as refused:
        shares.check("facebook", url)

    assert refused.value.details["field"] == "share.facebook"


@pytest.mark.parametrize(
    ("network", "url"),
    [
        ("google", "https://www.google.com/url?q=https://evil.example"),
        ("google", "https://www.google.com/amp/evil.example"),
        ("google", "https://goo.gl/maps/abc"),
        ("google", "https://sites.google.com/view/evil"),
        ("google", "https://search.google.com/search-console"),
        ("yelp", "https://www.yelp.com/biz_redir?url=https://evil.example"),
        ("tripadvisor", "https://www.tripadvisor.com/ShowUrl?url=https://evil.example"),
        ("x", "https://t.co/abc"),
        ("facebook", "https://x.com/aurora"),
        ("other", "https://www.facebook.com/aurora"),
        ("other", "https://sub.opina.example/aurora"),
        ("other", "https://opina.example.evil.example/aurora"),
    ],
)
def test_a_page_that_leads_on_or_belongs_to_another_network_is_refused(network: str, url: str) -> None:
    with pytest.raises(InvalidError, match="share_url"):
        shares.check(network, url, ["opina.example"])


@pytest.mark.parametrize("network", ["orkut", "Google", "", "google "])
def test_a_network_that_is_not_known_is_refused_with_those_that_are(network: str) -> None:
    with pytest.raises(InvalidError, match="share_network") as refused:
        shares.check(network, "https://x.com/aurora")

    assert refused.value.details["allowed"] == "google, facebook, x, yelp, tripadvisor, other"


@pytest.mark.parametrize("text", ["opina.example", "avaliacoes.aurora.com.br", "a-b.xn--p1ai"])
def test_the_plain_name_of_a_host_is_taken(text: str) -> None:
    assert shares.host(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "example", "*.example.com", "Opina.example", "https://a.example", "a.example/x", "a.example:443", "1.2.3.4",
     "a..example", "-a.example", "a.example.", "a_b.example", "u@a.example", "a.example\n", "é.example", "[::1]"],
)  # fmt: skip
def test_anything_else_is_no_host(text: str) -> None:
    with pytest.raises(InvalidError, match="share_host"):
        shares.host(text)
