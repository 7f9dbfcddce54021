import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta import ids

SECRET = b"correct horse battery"


def test_a_derived_id_is_the_same_for_ever() -> None:
    assert ids.derive("ticket", "r1", "detractor") == "6fphbgs4h4wbgjwdi4qxhjylhq"


@given(st.text())
def test_a_derived_id_is_base_32_of_a_hash(part: str) -> None:
    raw = part.encode()
    digest = hashlib.sha256(len(raw).to_bytes(4, "big") + raw).digest()
    assert ids.derive(part) == base64.b32encode(digest[:16]).decode().rstrip("=").lower()


@given(st.lists(st.text() | st.integers(), max_size=3), st.text())
def test_an_id_of_a_family_is_the_one_derived_of_all_its_parts(head: list[str | int], last: str) -> None:
    assert ids.family(*head)(last) == ids.derive(*head, last)


@given(st.binary(min_size=1), st.text())
def test_a_keyed_hash_is_base_32_of_an_hmac(secret: bytes, value: str) -> None:
    digest = hmac.digest(secret, value.encode(), "sha256")
    assert ids.keyed_hash(secret, value) == base64.b32encode(digest[:20]).decode().lower()


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_different_parts_give_different_ids(one: list[str], other: list[str]) -> None:
    assert (ids.derive(*one) == ids.derive(*other)) == (one == other)


def test_a_link_token_is_bound_to_its_purpose() -> None:
    assert ids.link_token(SECRET, "answer", "i1") != ids.link_token(SECRET, "unsubscribe", "i1")


@given(st.text())
def test_a_link_token_survives_a_link_and_knows_that_it_is_whole(identity: str) -> None:
    token = ids.link_token(SECRET, "answer", identity)

    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert len(token) == 23
    assert ids.is_whole(token)


@pytest.mark.parametrize("length", range(23))
def test_a_cut_token_is_not_whole(length: int) -> None:
    assert not ids.is_whole(ids.link_token(SECRET, "answer", "i1")[:length])


def test_a_token_with_another_letter_is_not_whole() -> None:
    token = ids.with_check("A" * 22)

    assert not ids.is_whole("B" + token[1:])


@pytest.mark.parametrize("glued", [".", ")", ">", "=", "&amp;", "&gt;", ").", "'", '"'])
def test_punctuation_that_mail_clients_glue_to_a_link_is_dropped(glued: str) -> None:
    assert ids.clean_token("abc-_" + glued) == "abc-_"


def test_what_is_stored_for_a_token_does_not_give_the_token() -> None:
    token = ids.new_token()

    assert token[:8] not in ids.token_key(token)
    assert ids.token_key(token) == ids.token_key(token)


def test_the_same_address_hashes_differently_under_another_secret() -> None:
    assert ids.keyed_hash(SECRET, "ana@example.com") != ids.keyed_hash(b"other", "ana@example.com")
