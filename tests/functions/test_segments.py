from datetime import datetime, timedelta

import pytest

from escuta import clock
from escuta.directory import segments
from escuta.directory.segments import hierarchy
from escuta.errors import ConflictError, InvalidError, NotFoundError

pytestmark = pytest.mark.usefixtures("aws", "noon")


@pytest.fixture
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    segments.create("sul", "Sul", "aurora")
    segments.create("poa", "Porto Alegre", "sul", city="Porto Alegre", state="RS")
    segments.create("sul-2", "Sul 2", "aurora")
    segments.create("norte", "Norte", "aurora")
    segments.create("manaus", "Manaus", "norte", "America/Manaus")


def codes() -> list[str]:
    return [segment.code for segment in segments.all()]


@pytest.mark.usefixtures("company")
def test_a_segment_knows_its_path_from_the_root() -> None:
    assert segments.get("poa").path == ("aurora", "sul", "poa")


@pytest.mark.usefixtures("company")
def test_a_segment_takes_time_zone_and_country_from_its_parent() -> None:
    assert (segments.get("poa").timezone, segments.get("poa").country) == ("America/Sao_Paulo", "BR")
    assert segments.get("manaus").timezone == "America/Manaus"


@pytest.mark.usefixtures("company")
def test_there_is_only_one_root() -> None:
    with pytest.raises(ConflictError, match="segment_root_exists"):
        segments.create("boreal", "Lojas Boreal", timezone="America/Sao_Paulo")
    with pytest.raises(NotFoundError):
        segments.get("boreal")


@pytest.mark.usefixtures("company")
def test_a_code_is_used_once() -> None:
    with pytest.raises(ConflictError, match="segment_exists"):
        segments.create("poa", "Another", "norte")
    assert segments.get("poa").name == "Porto Alegre"


@pytest.mark.parametrize("code", ["", "São", "POA", "a b", "-poa", "a/b", "a#b", "x" * 65, "poa\n"])
@pytest.mark.usefixtures("company")
def test_a_code_that_does_not_fit_is_refused_by_name(code: str) -> None:
    with pytest.raises(InvalidError, match="segment_code_invalid") as refused:
        segments.create(code, "Porto Alegre", "sul")
    assert refused.value.details["field"] == "code"


@pytest.mark.parametrize(
    "zone", ["America", "Brazil/Paulista", "../../etc/passwd", "america/sao_paulo", "x" * 300, "\0"]
)
@pytest.mark.usefixtures("company")
def test_a_time_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(InvalidError, match="timezone_unknown"):
        segments.create("bh", "Belo Horizonte", "sul", zone)


def test_the_root_must_say_its_time_zone() -> None:
    with pytest.raises(InvalidError, match="timezone_unknown"):
        segments.create("aurora", "Lojas Aurora")


@pytest.mark.usefixtures("company")
def test_an_unknown_parent_is_refused() -> None:
    with pytest.raises(InvalidError, match="segment_parent_unknown"):
        segments.create("bh", "Belo Horizonte", "sudeste")


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
@pytest.mark.usefixtures("company")
def test_a_segment_needs_a_name(name: str) -> None:
    with pytest.raises(InvalidError, match="segment_name_invalid"):
        segments.create("bh", name, "sul")


@pytest.mark.usefixtures("company")
def test_the_hierarchy_is_listed_parents_first_and_subtrees_in_one_piece() -> None:
    assert codes() == ["aurora", "norte", "manaus", "sul-2", "sul", "poa"]


@pytest.mark.usefixtures("company")
def test_a_subtree_holds_itself_and_what_is_below_and_no_neighbour_with_a_similar_code() -> None:
    assert [segment.code for segment in segments.subtree("sul")] == ["sul", "poa"]


def test_the_subtree_of_nothing_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="segment_not_found"):
        segments.subtree("sul")


@pytest.mark.usefixtures("company")
def test_a_new_segment_and_a_new_name_show_at_once_where_they_were_made() -> None:
    assert "bh" not in codes()

    segments.create("bh", "Belo Horizonte", "aurora")
    segments.change(segments.get("bh"), name="  BH Savassi ")

    assert {segment.code: segment.name for segment in segments.all()}["bh"] == "BH Savassi"


@pytest.mark.usefixtures("company")
def test_what_another_function_changed_shows_within_a_minute(noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    segments.all()
    monkeypatch.setattr(hierarchy._listed, "cache_clear", lambda: None)  # noqa: SLF001 - the other function's cache
    segments.change(segments.get("poa"), name="POA")

    with clock.at(noon + timedelta(seconds=61)):
        assert {segment.code: segment.name for segment in segments.all()}["poa"] == "POA"


@pytest.mark.usefixtures("company")
def test_renaming_keeps_code_and_path() -> None:
    segments.change(segments.get("sul"), name="Região Sul")

    assert segments.get("sul").path == ("aurora", "sul")
    assert segments.get("poa").path == ("aurora", "sul", "poa")
