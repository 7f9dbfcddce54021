import pytest

from escuta.directory import access
from escuta.directory.model import Caller, Role, Scope
from escuta.errors import ForbiddenError

STORE = ("aurora", "sul", "poa")
REGION = ("aurora", "sul")
NEIGHBOUR = ("aurora", "sul", "curitiba")
ROOT = ("aurora",)


def caller(*segments: str, scopes: frozenset[Scope] = frozenset()) -> Caller:
    return Caller(id="key:1", name="ERP", scopes=scopes, segments=segments)


@pytest.mark.parametrize(
    ("bound", "path", "seen"),
    [
        ((), ROOT, True),
        ((), STORE, True),
        (("poa",), STORE, True),
        (("poa",), NEIGHBOUR, False),
        (("poa",), REGION, False),
        (("poa",), ROOT, False),
        (("sul",), STORE, True),
        (("sul",), NEIGHBOUR, True),
        (("sul",), REGION, True),
        (("sul",), ROOT, False),
        (("norte", "poa"), STORE, True),
        (("norte",), STORE, False),
    ],
)
def test_a_caller_sees_its_segments_and_what_is_below(
    bound: tuple[str, ...],
    path: tuple[str, ...],
    seen: bool,  # noqa: FBT001 - the expected value
) -> None:
    assert access.may_see(caller(*bound), path) is seen


def test_a_scope_that_is_missing_is_named() -> None:
    asker = caller(scopes=frozenset({Scope.TICKETS_READ}))

    access.require(asker, Scope.TICKETS_READ)
    with pytest.raises(ForbiddenError, match="scope_missing") as refused:
        access.require(asker, Scope.TICKETS_WRITE)
    assert refused.value.details == {"scope": "tickets:write"}


def test_only_an_admin_may_send_and_publish() -> None:
    for scope in (Scope.DEPLOYMENTS_WRITE, Scope.SURVEYS_WRITE, Scope.SEGMENTS_WRITE, Scope.CONTACTS_WRITE):
        assert [role for role in Role if scope in access.SCOPES[role]] == [Role.ADMIN]


def test_a_manager_does_not_see_files_or_deployments() -> None:
    assert not access.SCOPES[Role.MANAGER] & {Scope.FILES_READ, Scope.DEPLOYMENTS_READ}


def test_a_manager_replaces_the_links_of_the_own_stores_and_an_analyst_only_looks() -> None:
    assert {Scope.TOKENS_READ, Scope.TOKENS_WRITE} <= access.SCOPES[Role.MANAGER]
    assert access.SCOPES[Role.ANALYST] & {Scope.TOKENS_READ, Scope.TOKENS_WRITE} == {Scope.TOKENS_READ}


def test_who_calls_customers_back_sees_who_they_are_and_an_analyst_does_not() -> None:
    assert [role for role in Role if Scope.RESPONSES_PERSONAL in access.SCOPES[role]] == [Role.ADMIN, Role.MANAGER]
