"""Who drops files by SFTP."""

from datetime import datetime

from pydantic import Field

from escuta.directory.model.place import Directory
from escuta.entity import Key, Value


class SftpKey(Value):
    """A public key that opens an account. `id` is the beginning of its hash."""

    id: str
    kind: str  # as OpenSSH calls it: `ssh-ed25519`
    fingerprint: str  # `SHA256:...`, as OpenSSH shows it
    public: str  # kind and key, without what its owner called it
    label: str = ""
    added_at: datetime
    added_by: str


class SftpUser(Directory):
    """An account of the SFTP server: it drops into these folders, reads the reports on them, and nothing else."""

    kind = "sftp_user"

    name: str
    folders: tuple[str, ...]
    public_keys: tuple[SftpKey, ...] = ()
    paused: bool = False  # nobody gets in
    note: str = Field(default="", max_length=500)
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str

    @staticmethod
    def at(name: str) -> Key:
        """Return the key of the account of this name."""
        return Key(f"sftp_user#{name}", "sftp_user")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.name)

    def index(self) -> tuple[Key | None, Key | None]:
        """List accounts by name."""
        return Key("sftp_users", self.name), None
