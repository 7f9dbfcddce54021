"""The management API from outside: who gets in, and how far."""

from escuta.directory import access
from escuta.directory.model import Scope
from tests.e2e.house import SURVEY, House


def _key(house: House, *scopes: Scope, segment: str = "") -> str:
    with house.inside():
        return access.issue("e2e", scopes, segment)[0]


def test_nobody_gets_in_without_a_key_that_we_issued(house: House) -> None:
    good = _key(house, Scope.SURVEYS_READ)

    for key in ("", "esk_0000000000000000_x", good[:-1], f"{good}x", "ess_x"):
        assert house.call("GET", "surveys", key=key).status == 401, key
    assert house.call("GET", "surveys", key=good).status == 200


def test_a_revoked_key_opens_nothing_any_more(house: House) -> None:
    key = _key(house, Scope.SURVEYS_READ)
    assert house.call("GET", "surveys", key=key).status == 200

    with house.inside():
        access.revoke(key.split("_")[1])

    assert house.call("GET", "surveys", key=key).status == 401


def test_a_key_does_only_what_its_scopes_say(house: House) -> None:
    key = _key(house, Scope.SURVEYS_READ)

    for method, path in (("GET", "contacts?segment=sul"), ("POST", "surveys"), ("GET", "metrics?segment=sul")):
        refused = house.call(method, path, {} if method == "POST" else None, key=key)
        assert refused.status == 403
        assert refused.json["detail"].startswith("Falta a permissão ")


def test_a_key_of_a_region_sees_only_its_subtree(house: House) -> None:
    key = _key(house, *Scope, segment="sul")

    def ask(path: str, **query: str) -> int:
        return house.call("GET", path, key=key, **query).status

    codes = {each["code"] for each in house.call("GET", "segments", key=key).json["items"]}
    assert codes == {"sul", "cwb-01", "poa-01", "fln-01", "bnu-01"}
    for segment, status in (("sul", 200), ("fln-01", 200), ("rio-01", 404), ("aurora", 404), ("nowhere", 404)):
        assert ask("metrics", survey=SURVEY, segment=segment) == status
        assert ask("responses", survey=SURVEY, segment=segment) == status
        assert ask("tickets", segment=segment) == status
        assert ask("contacts", segment=segment) == status
    assert ask("files") == 403
    foreign = house.stored("rio-01")[0]
    assert (ask(f"responses/{foreign['id']}"), ask(f"contacts/{foreign['contact'] or 'x'}")) == (404, 404)
    ticket = house.read("tickets", segment="rio-01", limit="1")["items"][0]["id"]
    assert (ask(f"tickets/{ticket}"), house.call("GET", f"tickets/{ticket}").status) == (404, 200)
