"""A date is read in one way, or it is refused with the ways in which it can be read."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta.directory.dates import Deduced, check_format, deduce, moment, read, spell
from escuta.errors import InvalidError

SP = "America/Sao_Paulo"
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31))


def refusal(text: str, form: str = "") -> tuple[str, dict[str, str]]:
    with pytest.raises(InvalidError) as invalid:
        read(text, form)
    return invalid.value.code, invalid.value.details


def tried(text: str, form: str = "") -> datetime | InvalidError:
    try:
        return read(text, form)
    except InvalidError as error:
        return error


@pytest.mark.parametrize(
    ("text", "form", "meant"),
    [
        ("2026-04-03", "", "2026-04-03T00:00:00"),
        ("2026-04-03", "DD/MM/YYYY", "2026-04-03T00:00:00"),
        ("20260403", "", "2026-04-03T00:00:00"),
        ("2026/4/3 7:05", "", "2026-04-03T07:05:00"),
        ("2026-04-03T10:20:30.5-03:00", "", "2026-04-03T10:20:30.500000-03:00"),
        ("2026-04-03 10:20:30Z", "MM/DD/YYYY", "2026-04-03T10:20:30+00:00"),
        ("2026-04-03T10:20Z", "", "2026-04-03T10:20:00+00:00"),
        ("2026-04-03T10:20+0530", "", "2026-04-03T10:20:00+05:30"),
        ("03/04/2026", "DD/MM/YYYY", "2026-04-03T00:00:00"),
        ("03/04/2026", "MM/DD/YYYY", "2026-03-04T00:00:00"),
        ("3-4-2026 21:15", "DD/MM/YYYY HH:mm", "2026-04-03T21:15:00"),
        (" 25.12.2026 ", "", "2026-12-25T00:00:00"),
        ("12/25/2026", "", "2026-12-25T00:00:00"),
        ("05/05/2026", "", "2026-05-05T00:00:00"),
        ("3/4/2026 9:05 PM", "MM/DD/YYYY", "2026-03-04T21:05:00"),
        ("3/4/2026 12:05 a.m.", "MM/DD/YYYY", "2026-03-04T00:05:00"),
        ("31/12/69", "DD/MM/YY", "2069-12-31T00:00:00"),
        ("31/12/70", "DD/MM/YY", "1970-12-31T00:00:00"),
        ("12/31/99 08:00:01", "MM/DD/YY HH:mm:ss", "1999-12-31T08:00:01"),
        ("1775174400", "epoch_s", "2026-04-03T00:00:00+00:00"),
        ("1775174400,5", "epoch_s", "2026-04-03T00:00:00.500000+00:00"),
        ("1775174400123", "epoch_ms", "2026-04-03T00:00:00.123000+00:00"),
        ("46115", "excel", "2026-04-03T00:00:00"),
        ("46115,75", "excel", "2026-04-03T18:00:00"),
        ("2026-04-03", "excel", "2026-04-03T00:00:00"),
        ("29/02/2024", "", "2024-02-29T00:00:00"),
    ],
)
def test_f27_what_can_be_read_is_read(text: str, form: str, meant: str) -> None:
    assert read(text, form) == datetime.fromisoformat(meant)


@pytest.mark.parametrize(
    ("text", "form", "code"),
    [
        ("2026-02-30", "", "date_invalid"),
        ("30/02/2026", "DD/MM/YYYY", "date_invalid"),
        ("12/25/2026", "DD/MM/YYYY", "date_invalid"),
        ("25/12/2026", "YYYY-MM-DD", "date_invalid"),
        ("31/31/2026", "", "date_invalid"),
        ("03/04-2026", "DD/MM/YYYY", "date_invalid"),
        ("2026-04-03 24:00", "", "date_invalid"),
        ("2026-04-03T24:00Z", "", "date_invalid"),
        ("2026-04-03 10:20.30", "", "date_invalid"),
        ("03/04/2026 10:20,30", "DD/MM/YYYY", "date_invalid"),
        ("2026-04-03 13:00 PM", "", "date_invalid"),
        ("2026-04-03T10:00+15:00", "", "date_invalid"),
        ("2026-04-03T10:00+15", "", "date_invalid"),
        ("202643", "", "date_invalid"),
        ("0001-01-01", "", "date_invalid"),
        ("2200-01-01", "", "date_invalid"),
        ("yesterday", "", "date_invalid"),
        ("٠٣/٠٤/٢٠٢٦", "DD/MM/YYYY", "date_invalid"),
        ("31/12/99", "", "date_two_digit_year"),
        ("31/12/99", "DD/MM/YYYY", "date_two_digit_year"),
        ("1775174400", "", "date_epoch"),
        ("1775174400000", "DD/MM/YYYY", "date_epoch"),
        ("46115", "", "date_serial"),
        ("46115,75", "DD/MM/YYYY", "date_serial"),
        ("1775174400000", "epoch_s", "date_invalid"),
        ("999999999999999", "excel", "date_invalid"),
        ("0", "excel", "date_invalid"),
    ],
)
def test_f27_what_is_no_date_is_refused_by_its_own_code(text: str, form: str, code: str) -> None:
    assert refusal(text, form) == (code, {"value": text})


def test_f27_a_date_with_two_readings_is_refused_with_both() -> None:
    details = {"value": "03/04/2026 10:00", "reading": "2026-04-03", "other_reading": "2026-03-04"}
    assert refusal("03/04/2026 10:00") == ("date_two_ways", details)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["03/04/2026", "25/12/2026", ""], Deduced("DD/MM/YYYY")),
        (["3/4/2026 9:00 AM", "12/25/2026"], Deduced("MM/DD/YYYY")),
        (["2026-04-03", " 2026-04-04T10:00Z"], Deduced("YYYY-MM-DD")),
        (["2026-04-03", "25/12/2026"], Deduced("DD/MM/YYYY")),
        (["31/31/2026", "31/12/99", "46115", "25/12/2026"], Deduced("DD/MM/YYYY")),
        (["05/05/2026", "03/04/2026", "04/04/2026"], Deduced("", "03/04/2026")),
        (["05/05/2026", "04/04/2026"], Deduced("")),
        (["25/12/2026", "12/25/2026"], Deduced("")),
        (["2026-04-03", "soon"], Deduced("")),
        (["46115", "1775174400"], Deduced("")),
        ([], Deduced("")),
    ],
)
def test_f27_a_column_tells_how_it_is_to_be_read(cells: list[str], found: Deduced) -> None:
    assert deduce(cells) == found


def test_f27_the_two_readings_of_a_column_are_spelled_out_in_each_language() -> None:
    found = Deduced("", "03/04/2026").details()
    assert found == {"value": "03/04/2026", "reading": "2026-04-03", "other_reading": "2026-03-04"}
    assert [spell(language, found["reading"]) for language in ("pt-BR", "en", "es")] == [
        "3 de abril de 2026",
        "3 April 2026",
        "3 de abril de 2026",
    ]


@given(st.lists(DAYS, max_size=6))
def test_f27_a_deduced_format_never_misreads_the_column_it_was_deduced_from(days: list[date]) -> None:
    for form in ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"):
        cells = [day.strftime(form) for day in days]
        found = deduce(cells)
        if found.format:
            assert [read(cell, found.format).date() for cell in cells] == days


@given(
    st.from_regex(
        r"([0-9]{4}[-/W]?[0-9]{2}[-/][0-9]{2}|[0-9]{2}[-/][0-9]{2}[-/][0-9]{4})([ T]?[0-9:+Z.,]{4,9})?", fullmatch=True
    ),
    st.sampled_from(["", "DD/MM/YYYY", "MM/DD/YYYY HH:mm", "YYYY-MM-DD"]),
)
def test_f27_the_short_way_for_the_usual_spellings_agrees_with_the_long_one(text: str, form: str) -> None:
    long = re.sub(r"[ T]", "  ", text) if len(text) > 10 else f"{text}  00:00"  # two spaces take the long way
    plain, padded = tried(text, form), tried(long, form)
    assert padded == plain if isinstance(plain, datetime) else isinstance(padded, InvalidError)


@given(DAYS, st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m.%d.%Y"]))
def test_f27_without_a_format_a_date_is_read_as_meant_or_not_at_all(day: date, form: str) -> None:
    text = day.strftime(form)
    found = tried(text)
    if isinstance(found, InvalidError):
        readings = {found.details["reading"], found.details["other_reading"]}
        assert (found.code, len(readings), day.isoformat() in readings) == ("date_two_ways", 2, True)
    else:
        assert found.date() == day


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}( [0-9:]{1,8})?", fullmatch=True))
def test_f27_no_text_is_more_than_a_date_or_a_refusal(text: str) -> None:
    for form in ("", "DD/MM/YYYY", "DD/MM/YY", "excel", "epoch_ms"):
        found = tried(text, form)
        assert found.code.startswith("date_") if isinstance(found, InvalidError) else 1900 <= found.year <= 2199


@pytest.mark.parametrize(
    ("text", "zone", "meant"),
    [
        ("2026-03-10 10:00", SP, "2026-03-10T13:00+00:00"),
        ("2026-03-10", SP, "2026-03-10T03:00+00:00"),
        ("2026-03-10T10:00Z", SP, "2026-03-10T10:00+00:00"),
        ("2026-03-10T10:00+02:00", SP, "2026-03-10T08:00+00:00"),
        ("2026-03-29 02:30", "Europe/Madrid", "2026-03-29T01:30+00:00"),  # left out: 03:30 by the clocks
        ("2026-10-25 02:30", "Europe/Madrid", "2026-10-25T00:30+00:00"),  # shown twice: the first time
        ("2018-11-04", SP, "2018-11-04T03:00+00:00"),  # this day began at 01:00
    ],
)
def test_f27_a_time_without_a_zone_is_of_the_zone_it_is_read_in(text: str, zone: str, meant: str) -> None:
    found = moment(text, "", zone)
    assert (found, found.tzinfo) == (datetime.fromisoformat(meant), UTC)


@given(
    st.dates(min_value=date(1970, 1, 1), max_value=date(2037, 12, 31)),
    st.times(),
    st.sampled_from([SP, "Europe/Madrid"]),
)
def test_f27_no_hour_of_any_zone_is_lost_or_moved_by_more_than_its_gap(day: date, hour: time, zone: str) -> None:
    clock = datetime.combine(day, hour)
    shown = moment(clock.isoformat(), "", zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert timedelta() <= shown - clock <= timedelta(hours=1)


@pytest.mark.parametrize(
    "name", ["DD/MM/YYYY", "MM/DD/YYYY HH:mm", "YYYY-MM-DD HH:mm:ss", "DD/MM/YY", "epoch_s", "excel"]
)
def test_a_format_has_a_name(name: str) -> None:
    assert check_format(name) == name


@pytest.mark.parametrize("name", ["", "dd/mm/yyyy", "DD/MM/YYYY hh:mm", "%d/%m/%Y", "epoch", "excel HH:mm"])
def test_what_is_no_format_is_refused(name: str) -> None:
    with pytest.raises(InvalidError) as invalid:
        check_format(name)
    assert (invalid.value.code, invalid.value.details) == ("date_format_unknown", {"value": name})
