"""Who may do what: keys, sessions and callers."""

from datetime import datetime
from enum import StrEnum

from escuta.directory.model.place import Directory
from escuta.entity import Key, Value

RATE = 1200  # requests a minute, unless a key says otherwise


class Scope(StrEnum):
    """What a key or a role may do; `noun:verb`."""

    SURVEYS_READ = "surveys:read"
    SURVEYS_WRITE = "surveys:write"
    SEGMENTS_READ = "segments:read"
    SEGMENTS_WRITE = "segments:write"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    MANAGERS_READ = "managers:read"
    MANAGERS_WRITE = "managers:write"
    PRODUCTS_READ = "products:read"
    PRODUCTS_WRITE = "products:write"
    SUPPRESSIONS_READ = "suppressions:read"
    SUPPRESSIONS_WRITE = "suppressions:write"
    SENDING_READ = "sending:read"
    SENDING_WRITE = "sending:write"
    FILES_READ = "files:read"
    FILES_WRITE = "files:write"
    RULES_READ = "rules:read"
    RULES_WRITE = "rules:write"
    EXPORTS_READ = "exports:read"
    EXPORTS_WRITE = "exports:write"
    DEPLOYMENTS_READ = "deployments:read"
    DEPLOYMENTS_WRITE = "deployments:write"
    RESPONSES_READ = "responses:read"
    RESPONSES_WRITE = "responses:write"
    RESPONSES_PERSONAL = "responses:personal"  # names, telephones, and every word as it was written
    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    TICKETS_ADMIN = "tickets:admin"  # what is promised, demanded and allowed, and which causes there are
    TOKENS_READ = "tokens:read"
    TOKENS_WRITE = "tokens:write"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"  # tell them once more
    METRICS_READ = "metrics:read"
    DASHBOARDS_READ = "dashboards:read"
    DASHBOARDS_WRITE = "dashboards:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"  # people and roles
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    AUDIT_READ = "audit:read"
    PRIVACY_ADMIN = "privacy:admin"
    PARKED_ADMIN = "parked:admin"


class Role(StrEnum):
    """The Cognito groups."""

    ADMIN = "admin"
    ANALYST = "analyst"
    MANAGER = "manager"


class KeySecret(Value):
    """A secret that an API key had or has, as a hash. What is made from it carries its `turn`."""

    hash: str
    turn: int
    created_at: datetime
    expires_at: datetime | None = None  # of one that was replaced; None: it lasts as long as the key


class ApiKey(Directory):
    """A machine's key `esk_{id}_{secret}`; only hashes of secrets are kept, the newest first."""

    kind = "api_key"

    id: str
    name: str
    secrets: tuple[KeySecret, ...]
    scopes: tuple[Scope, ...]
    segment: str = ""  # "" : the whole hierarchy
    addresses: tuple[str, ...] = ()  # networks that it is used from, as `203.0.113.0/24`; () : anywhere
    rate: int = RATE
    expires_at: datetime | None = None
    created_at: datetime
    created_by: str = ""
    revoked_at: datetime | None = None

    @staticmethod
    def at(api_key: str) -> Key:
        """Return the key of the API key with this id."""
        return Key(f"apikey#{api_key}", "apikey")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List keys, the oldest first."""
        return Key("apikeys", f"{self.created_at.isoformat()}#{self.id}"), None


class Allowance(Directory):
    """What a caller has taken of a minute's requests, over all functions. Its `used_at` is when it last asked."""

    kind = "allowance"

    caller: str
    began_at: datetime
    taken: int
    used_at: datetime

    @staticmethod
    def at(caller: str) -> Key:
        """Return the key of what this caller has taken."""
        return Key(f"rate#{caller}", "rate")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.caller)


class Session(Directory):
    """A signed-in person. It is over with its row, at its end, or when its epoch is no longer that of its user."""

    kind = "session"

    token_key: str  # SHA-256 of the cookie
    user: str  # id
    epoch: str  # of the user when it was made
    role_epoch: str = ""  # of the role, for one that the organisation made
    name: str
    role: str  # one of Role, or the id of a CustomRole
    like: Role = Role.ANALYST  # which built-in role counts
    scopes: tuple[Scope, ...] = ()  # read anew at every use, like the segments
    manager: str = ""  # id
    segments: tuple[str, ...]  # () : the whole hierarchy
    language: str
    csrf: str
    second_factor: bool = False  # opened with a code
    federated: bool = False  # opened through the organisation's own provider, which has second factors of its own
    agent: str = ""  # the browser, as it calls itself
    address: str = ""  # where it was opened from
    idle_minutes: int = 0  # without use, after which it is over; 0: opened before sessions had such an end
    seen_at: datetime | None = None  # when it was used, to some minutes; None: never since it was opened
    created_at: datetime
    expires_at: datetime

    @staticmethod
    def at(token_key: str) -> Key:
        """Return the key of the session with this hash."""
        return Key(f"session#{token_key}", "session")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.token_key)

    def index(self) -> tuple[Key | None, Key | None]:
        """List a person's sessions, so that all of them can be ended."""
        return Key(f"sessions#{self.user}", self.token_key), None

    def ttl(self) -> int:
        """Let DynamoDB forget the session after its end."""
        return int(self.expires_at.timestamp())


class Caller(Value):
    """Who asks: what they may do, and where."""

    id: str
    name: str
    scopes: frozenset[Scope]
    segments: tuple[str, ...] = ()  # roots of the subtrees they may see; () : the whole hierarchy
    language: str = ""
    manager: str = ""  # id of the manager who asks; "" for a program and for who is no manager
    role: Role | None = None  # of a person; a program has none
    rate: int = RATE  # requests a minute
    expires_at: datetime | None = None  # when what it shows ends by itself; of a program
