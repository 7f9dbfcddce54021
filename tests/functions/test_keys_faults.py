"""Making and replacing keys while AWS is at its worst: nothing that is in use stops before the time it was promised."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from escuta import clock, table
from escuta.directory import access
from escuta.directory.access import keys
from escuta.directory.model import ApiKey, KeySecret, Scope
from tests.conftest import NOON, forget
from tests.functions.callers import ask
from tests.kit import world
from tests.kit.faults import Call, Fault, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")
OVERLAP = timedelta(hours=24)
DAY = NOON + OVERLAP
USED = "A" * 32  # the secret that a program works with all the time
KEY_ID = "0123456789abcdef"


def stand() -> None:
    forget()
    secret = KeySecret(hash=keys._hash(USED), turn=1, created_at=NOON)  # noqa: SLF001 - of a secret that the test knows
    table.create(ApiKey(id=KEY_ID, name="ERP", secrets=(secret,), scopes=(Scope.FILES_READ,), created_at=NOON))


class Person:
    """Somebody who rotates a key until there is an answer, and puts the new secret to work within the day."""

    def __init__(self, rotate: Callable[[ApiKey], str]) -> None:
        """Know no new secret yet."""
        self.rotate, self.learned = rotate, ""

    def __call__(self) -> None:
        """Ask for a new secret, unless there was an answer."""
        if not self.learned:
            self.learned = self.rotate(keys.get(KEY_ID))


def sweep(rotate: Callable[[ApiKey], str], *faults: Fault) -> list[str]:
    """Return after which faults the old secret ends early or late, or the new one does not work."""
    person = Person(rotate)

    def prepare() -> None:
        stand()
        person.learned = ""

    def view() -> world.Snapshot:
        opens = {}
        for name, moment in (("at once", NOON), ("within the day", DAY), ("after it", DAY + timedelta(hours=1))):
            with clock.at(moment - timedelta(minutes=5) if name == "within the day" else moment):
                opens[name] = [
                    access.caller_of_key(text) is not None for text in (f"esk_{KEY_ID}_{USED}", person.learned)
                ]
        return {("key", KEY_ID, "opens"): opens}

    return survey_of_faults(prepare, person, view=view, faults=faults or tuple(Fault))


def by_overlap(key: ApiKey) -> str:
    return keys.rotate(key, OVERLAP)[0]


def by_the_former_alone(key: ApiKey) -> str:
    """Keep one secret beside the new one, the latest, as one would at first."""
    text, rotated = keys.rotate(key, OVERLAP)
    table.save(rotated.changed(secrets=rotated.secrets[:2]))
    return text


def test_the_secret_in_use_lasts_as_long_as_it_was_promised_whatever_fails() -> None:
    assert sweep(by_overlap) == []


def test_the_sweep_catches_a_rotation_that_drops_the_secret_in_use() -> None:
    assert sweep(by_the_former_alone, Fault.LOST_REPLY) != []


ADMIN = f"esk_fedcba9876543210_{'B' * 32}"


def administered() -> None:
    stand()
    secret = KeySecret(hash=keys._hash("B" * 32), turn=1, created_at=NOON)  # noqa: SLF001 - as above
    table.create(ApiKey(id="fedcba9876543210", name="Ana", secrets=(secret,), scopes=tuple(Scope), created_at=NOON))


def secrets_kept() -> world.Snapshot:
    """Return what keys there are, with the turns of their secrets."""
    found = keys.listing(limit=100).items
    return {("keys", "", ""): {"kept": sorted((each.name, [one.turn for one in each.secrets]) for each in found)}}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/keys", {"name": "Loja virtual", "scopes": ["files:read"]}),
        (f"/v1/keys/{KEY_ID}/rotate", {"overlap_hours": 24}),
    ],
    ids=["make", "rotate"],
)
def test_a_call_under_its_key_makes_one_secret_whatever_fails(path: str, body: dict[str, object]) -> None:
    shown: list[str] = []

    def call() -> None:
        answer = ask("POST", path, ADMIN, body=body, headers={"Idempotency-Key": "one"})
        shown.append(answer.json.get("key", ""))  # none, when the store did not answer

    def again() -> None:
        with clock.at(NOON + timedelta(minutes=1)):  # whoever began it cannot be running any more
            call()
        assert access.caller_of_key(shown[-1]) is not None

    found = survey_of_faults(
        administered, call, recover=again, view=secrets_kept, faults=(Fault.CRASH_AFTER, Fault.LOST_REPLY), at=writes
    )
    assert found == []


def writes(call: Call) -> bool:
    return call.operation in {"TransactWriteItems", "PutItem"}
