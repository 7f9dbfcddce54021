"""What comments are searched for."""

from datetime import date, datetime

from pydantic import Field

from escuta.feedback.model import Rereading, Topic, TopicsDraft
from manage import topics
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, Shown, page, shape


class TopicInForce(Shown):
    """A topic as it comes out of what ships with the product and what was saved."""

    code: str
    name: dict[str, str]
    terms: dict[str, list[str]]
    excluding: dict[str, list[str]]
    on: bool
    own: bool = Field(description="It does not ship with the product.")


class TopicsShown(Shown):
    """The topics: `topics` as they were saved, `all` as they come out."""

    rev: int
    version: int = Field(description="0 is what ships with the product.")
    topics: list[Topic]
    updated_at: datetime | None
    updated_by: str
    since: datetime | None = Field(description="From when on answers are read by this version.")
    all: list[TopicInForce]


class NowAndThen(Shown):
    """A count by the topics that hold, and by those that are tried."""

    now: int
    then: int


class TopicCount(NowAndThen):
    """In how many comments a topic is found."""

    name: str


class WordCount(Shown):
    """A word that no topic knows, and in how many comments without any topic it stands."""

    word: str
    comments: int


class CommentTried(Shown):
    """A comment, masked, with the topics found in it."""

    comment: str
    language: str
    now: list[str]
    then: list[str]


class TopicsPreview(Shown):
    """What topics find in comments beside what those that hold find."""

    comments: int
    with_topic: NowAndThen
    topics: dict[str, TopicCount]
    words: list[WordCount]
    items: list[CommentTried]


RereadingShown = shape(
    Rereading,
    without={"rev", "first", "last", "next"},
    more={"from": date, "to": date, "done": bool, "next_day": date | None},
)

OPERATIONS: Operations = {
    topics.get: Operation(name="get_topics", query=Asked, answer=TopicsShown),
    topics.put: Operation(name="replace_topics", body=TopicsDraft, answer=TopicsShown, matched=True),
    topics.preview: Operation(name="preview_topics", body=topics.Trying, answer=TopicsPreview),
    topics.rereadings: Operation(name="list_rereadings", query=Listing, answer=page(RereadingShown)),
    topics.reread: Operation(name="create_rereading", body=topics.NewRereading, answer=RereadingShown, statuses=(201,)),
}
