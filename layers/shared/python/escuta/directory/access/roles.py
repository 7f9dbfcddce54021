"""What each role may do."""

from escuta.directory.model import Role, Scope

_HOUSE = {Scope.USERS_READ, Scope.KEYS_READ, Scope.AUDIT_READ}  # who is there and what they did: for administrators
_READ = frozenset(scope for scope in Scope if scope.endswith(":read")) - _HOUSE
SCOPES: dict[Role, frozenset[Scope]] = {
    Role.ADMIN: frozenset(Scope),
    Role.ANALYST: _READ | {Scope.DASHBOARDS_WRITE},
    Role.MANAGER: frozenset(
        {
            Scope.SURVEYS_READ,
            Scope.SEGMENTS_READ,
            Scope.CONTACTS_READ,
            Scope.RESPONSES_READ,
            Scope.RESPONSES_PERSONAL,  # they call the customer back
            Scope.TICKETS_READ,
            Scope.TICKETS_WRITE,
            Scope.TOKENS_READ,
            Scope.TOKENS_WRITE,
            Scope.METRICS_READ,
            Scope.DASHBOARDS_READ,
        }
    ),
}
