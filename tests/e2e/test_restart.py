"""Stopping and starting again: the data are kept, and what comes right after is not lost."""

from escuta import ids
from infra.local import stack
from tests.e2e.house import House
from tests.e2e.web import post_form

PLACES = ("cwb-01", "sul", "aurora", "rio-01")


def test_a_restart_keeps_everything_and_counts_what_comes_right_after(house: House) -> None:
    luisa = house.invite("Luísa")
    counted = house.counted(*PLACES)
    tickets = house.read("tickets", segment="aurora", subtree="true", limit="100")
    files, messages = house.read("files"), house.messages()

    assert stack.down(house.running.place)
    again = stack.up(house.running.place)

    assert again.broken == {}
    assert again.seeded == house.running.seeded
    answer = post_form(luisa.link, submission_id=ids.new(), version="1", n__nps="10", language="pt-BR")
    assert answer.status == 200
    house.counts({code: number + (code != "rio-01") for code, number in counted.items()})
    assert house.read("tickets", segment="aurora", subtree="true", limit="100") == tickets
    assert house.read("files") == files
    assert house.messages() == messages


def test_a_file_dropped_after_a_restart_is_answered(house: House) -> None:
    """The buckets' notices and the queues' consumers stand again too."""
    house.drop(afterwards__csv=b"Nome;E-mail;Loja\r\nWanda;wanda@example.com;spo-02\r\n")

    assert house.report("afterwards")[1][:2] == ["2", "aceita"]
