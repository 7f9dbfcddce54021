"""People who work with the product: who they are to us, and the roles that an organisation makes for itself."""

from datetime import datetime, timedelta
from enum import StrEnum

from escuta.directory.model.place import Directory
from escuta.directory.model.right import Role, Scope
from escuta.entity import Key


class UserState(StrEnum):
    """Whether somebody may sign in."""

    INVITED = "invited"  # and has not signed in yet
    ACTIVE = "active"
    DISABLED = "disabled"


class User(Directory):
    """Somebody who may sign in, and what they may do. Whether their password is right is for Cognito to say."""

    kind = "user"

    id: str  # derived from the address, which never changes
    username: str = ""  # in Cognito; "" until Cognito has them
    email: str
    name: str
    language: str
    role: str  # one of Role, or the id of a CustomRole
    segments: tuple[
        str, ...
    ] = ()  # () : the whole hierarchy; of a `manager` those of the Manager of this address count
    state: UserState = UserState.INVITED
    epoch: str  # drawn anew whenever rights, password or state change: a session of another epoch is over
    subject: str = ""  # who this is at the identity provider, from the first sign-in through it
    second_factor: bool = False  # signs in with a code from a telephone, too
    unsettled: bool = False  # a password or a second factor is being replaced: the next sign-in ends all sessions
    invited_at: datetime | None = None
    signed_in_at: datetime | None = None
    created_at: datetime
    created_by: str = ""
    updated_at: datetime
    updated_by: str = ""

    @staticmethod
    def at(user: str) -> Key:
        """Return the key of the user with this id."""
        return Key(f"user#{user}", "user")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List users by name."""
        return Key("users", f"{self.name.casefold()}#{self.id}"), None


class Attempts(Directory):
    """How often somebody tried lately what can be guessed."""

    kind = "attempts"

    id: str  # a hash of what it was, and of the name that was typed
    began_at: datetime
    taken: int = 0

    @staticmethod
    def at(attempts: str) -> Key:
        """Return the key of what is counted under this id."""
        return Key(f"attempts#{attempts}", "attempts")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def ttl(self) -> int:
        """Let DynamoDB forget it the day after."""
        return int((self.began_at + timedelta(days=1)).timestamp())


class Admins(Directory):
    """Who the active administrators are: changed with each of them, so that two cannot remove each other at once."""

    kind = "admins"

    users: tuple[str, ...] = ()

    @staticmethod
    def at() -> Key:
        """Return the one key."""
        return Key("users", "admins")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at()


class CustomRole(Directory):
    """A role that the organisation made: scopes under a name."""

    kind = "role"

    id: str
    name: str
    scopes: tuple[Scope, ...]
    like: Role = Role.ANALYST  # which built-in role it counts as, where shares and moves of tickets name those
    epoch: str  # drawn anew whenever its rights change: the sessions of those who have it are over
    created_at: datetime
    created_by: str = ""
    updated_at: datetime
    updated_by: str = ""

    @staticmethod
    def at(role: str) -> Key:
        """Return the key of the role with this id."""
        return Key(f"role#{role}", "role")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List roles by name."""
        return Key("roles", f"{self.name.casefold()}#{self.id}"), None
