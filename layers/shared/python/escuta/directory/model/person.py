"""People, and what they ask of their data."""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from zlib import crc32

from pydantic import Field

from escuta.directory.model.place import Directory
from escuta.entity import Key

CONTACT_SHARDS = 8
WORD_LETTERS = 2  # with which a word is looked for at the least


class Consent(StrEnum):
    """Under which basis a person may be asked (LGPD art. 7, GDPR art. 6); `denied` closes every channel."""

    CONSENT = "consent"
    LEGITIMATE_INTEREST = "legitimate_interest"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    DENIED = "denied"


class Contact(Directory):
    """A person. Identity: external id, else e-mail, else telephone; `id` is derived from it."""

    kind = "contact"

    id: str
    external_id: str = ""
    name: str = ""
    email: str = ""  # canonical: the domain in lower case
    phone: str = ""  # E.164
    language: str = ""  # BCP 47, one of ours, or "" when the person did not say
    timezone: str = ""
    segment: str  # code of the segment of the last visit
    product: str = ""
    last_visit_at: datetime | None = None  # a visit before it changes neither segment nor product
    custom: dict[str, str] = Field(default_factory=dict)  # name -> canonical text; the type is the definition's
    consent: str = ""  # one of `Consent`; "": nobody said
    consent_at: datetime | None = None
    consent_source: str = ""  # what said so: `file {id} row {number}`, `api {key}`, a link
    marks: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # row that said it -> fields that it holds
    created_at: datetime
    updated_at: datetime
    created_by: str = ""  # `{content}.{row}` that made the person; makes a redelivered chunk say the same again
    updated_by: str = ""  # `{content}.{row}+{row}` of the last file that changed the person, or who else did

    @staticmethod
    def at(contact: str) -> Key:
        """Return the key of the contact with this id."""
        return Key(f"contact#{contact}", "contact")

    @staticmethod
    @lru_cache(maxsize=1024)
    def shards(segment: str) -> tuple[str, ...]:
        """Return the index partitions over which a segment's contacts are spread."""
        return tuple(f"contacts#{segment}#{shard}" for shard in range(CONTACT_SHARDS))

    @staticmethod
    def reached_at(address: str) -> str:
        """Return the index partition of who is reached at this address; many may share one."""
        return f"address#{address.lower()}"

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List a segment's contacts by name, and who is reached at an e-mail address, or without one a telephone."""
        shard = self.shards(self.segment)[crc32(self.id.encode()) % CONTACT_SHARDS]
        address = self.email or self.phone
        reached = Key(self.reached_at(address), self.id) if address else None
        return Key(shard, f"{self.name.casefold()}#{self.id}"), reached


class ContactWord(Directory):
    """A word by which a person is looked for: of the name, or the telephone of somebody who is reached by e-mail.

    It only leads to the person, who is what they are: who was called so before is found by it for a moment, perhaps.
    """

    kind = "contact_word"

    contact: str
    word: str  # in lower case and without accents
    name: str  # all of the name, as `word` is
    segment: str  # where the person was last: most of those who are called the same are elsewhere

    @staticmethod
    def among(word: str) -> str:
        """Return the partition of what is looked for by this word, or by any that begins as it does."""
        return f"contact_words#{word[:WORD_LETTERS]}" if word[:1] != "+" else f"contact_words#{word}"

    def key(self) -> Key:
        """Return the primary key: the words that begin the same stand together, in order."""
        return Key(self.among(self.word), f"{self.word}#{self.contact}")


class Transaction(Directory):
    """One visit or purchase; a person may have many. `id` = H(reference), else H(segment, time, product)."""

    kind = "transaction"

    id: str
    contact: str
    reference: str = ""  # number of the order or receipt
    segment: str
    segment_path: tuple[str, ...]  # as it was when the visit was taken in
    product: str = ""
    occurred_at: datetime
    amount: str = ""  # decimal, as `129.90`
    currency: str = ""  # ISO 4217
    custom: dict[str, str] = Field(default_factory=dict)
    marks: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # as of a contact
    created_at: datetime
    updated_at: datetime
    created_by: str = ""  # as of a contact
    updated_by: str = ""

    @staticmethod
    def at(contact: str, transaction: str) -> Key:
        """Return the key of this visit of this person."""
        return Key(f"contact#{contact}", f"transaction#{transaction}")

    @staticmethod
    @lru_cache(maxsize=1024)
    def shards(segment: str) -> tuple[str, ...]:
        """Return the index partitions over which a segment's visits are spread."""
        return tuple(f"transactions#{segment}#{shard}" for shard in range(CONTACT_SHARDS))

    def key(self) -> Key:
        """Return the primary key, in the partition of the person."""
        return self.at(self.contact, self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List a segment's visits by time."""
        shard = crc32(self.contact.encode()) % CONTACT_SHARDS
        return Key(f"transactions#{self.segment}#{shard}", f"{self.occurred_at.isoformat()}#{self.id}"), None


class FieldType(StrEnum):
    """How the text of a custom field is read, compared and shown."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    CHOICE = "choice"


class CustomField(Directory):
    """The definition of a custom field of people and visits; one without a definition is text."""

    kind = "custom_field"

    name: str  # `plan`, in `custom.plan`
    type: FieldType = FieldType.TEXT
    labels: dict[str, str] = Field(default_factory=dict)  # language -> words
    choices: tuple[str, ...] = ()

    @staticmethod
    def at(name: str) -> Key:
        """Return the key of the definition of this field."""
        return Key(f"custom_field#{name}", "custom_field")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.name)

    def index(self) -> tuple[Key | None, Key | None]:
        """List the definitions by name."""
        return Key("custom_fields", self.name), None


class Forgotten(Directory):
    """Somebody who was erased and is not to come back: one row for each mark (external id, e-mail, telephone)."""

    kind = "forgotten"

    mark: str  # keyed hash: the list gives nobody away
    at_time: datetime
    shared: bool = False  # an address of somebody with an external id: others with one of their own may have it too

    @staticmethod
    def at(mark: str) -> Key:
        """Return the key of this mark."""
        return Key("forgotten", mark)

    def key(self) -> Key:
        """Return the primary key, in the one partition of all marks: a list that somebody reads must be whole."""
        return self.at(self.mark)


class ForgottenHead(Directory):
    """How many marks there are. Its revision tells a loader whether the list that it keeps is still the list."""

    kind = "forgotten_head"

    marks: int = 0

    @staticmethod
    def at() -> Key:
        """Return the one key, before every mark."""
        return Key("forgotten", "#head")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at()


class ErasureState(StrEnum):
    """How far an erasure is."""

    RUNNING = "running"
    DONE = "done"


class Erasure(Directory):
    """The receipt of an erasure: what was reached where, in figures, and nothing of the person."""

    kind = "erasure"

    id: str
    contact: str  # emptied when everything is done
    hint: str  # the address, masked
    keep_out: bool = True  # tomorrow's file may not make the person anew
    state: ErasureState = ErasureState.RUNNING
    reached: dict[str, int] = Field(default_factory=dict)  # kind of thing -> how many were emptied or removed
    person: dict[str, str] = Field(default_factory=dict)  # marks to look for; emptied with `contact`
    links: tuple[str, ...] = ()  # invitations that were found, likewise
    responses: tuple[str, ...] = ()  # likewise
    places: tuple[str, ...] = ()  # what the walks found and is to be emptied: `rows:{file}:{chunk}`, ...
    waiting: tuple[str, ...] = ()  # files that name the person and are not loaded yet
    step: str = ""
    cursor: str = ""  # of the walk of this step
    round: int = 0  # everything is looked for twice: something may have been under way the first time
    request: str = ""  # id of the request that asked for it
    started_at: datetime
    started_by: str
    finished_at: datetime | None = None

    @staticmethod
    def at(erasure: str) -> Key:
        """Return the key of the erasure with this id."""
        return Key(f"erasure#{erasure}", "erasure")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List erasures by the time they began."""
        return Key("erasures", f"{self.started_at.isoformat()}#{self.id}"), None


class PrivacyKind(StrEnum):
    """What somebody wants of their data."""

    SEE = "see"
    ERASE = "erase"


class PrivacyRequest(Directory):
    """Somebody asks to see or to erase their data, through a link that only they have. `id` = H(contact, kind, day)."""

    kind = "privacy_request"

    id: str
    wants: PrivacyKind
    contact: str
    hint: str  # the address, masked, so that the reader knows whom it is about
    language: str
    requested_at: datetime
    due_at: datetime  # 15 days: LGPD art. 19
    done_at: datetime | None = None
    done_by: str = ""

    @staticmethod
    def at(request: str) -> Key:
        """Return the key of the request with this id."""
        return Key(f"privacy#{request}", "privacy")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List requests by what is open and when it is due."""
        return Key("privacy", f"{'done' if self.done_at else 'open'}#{self.due_at.isoformat()}#{self.id}"), None
