"""Asking Comprehend about new comments, before they are counted, where an organisation wants that.

What it says is kept with the response, so that it is asked once and everybody reads the same. Comments go there masked.
Where it does not answer, or is switched off, the offline reading stands.
"""

from collections.abc import Callable, Iterator, Sequence

from escuta import table
from escuta.errors import ConflictError, UnavailableError
from escuta.feedback import comments, comprehend
from escuta.feedback.comments import languages
from escuta.feedback.model import Heard, Response, ResponseState
from escuta.observe import logger


def listen(some: Sequence[Response], *, in_time: Callable[[], bool] = lambda: True) -> list[Response]:
    """Return responses as they stand once what their comments say is kept with them; none gets lost.

    `in_time` is asked before each call to Comprehend: what there is no time for is read offline.
    """
    if not comprehend.is_on():
        return list(some)
    stored = _stored([each for each in some if _is_new(each)])
    asked = [each for each in stored.values() if _is_new(each)]
    said = comprehend.felt([_sent(each) for each in asked], in_time=in_time)
    kept = {each.id: _kept(each, felt) for each, felt in zip(asked, said, strict=True) if felt is not None}
    return list(_newest(some, stored | kept))


def _is_new(response: Response) -> bool:
    return response.state is ResponseState.FINAL and bool(response.comment) and response.heard is None


def _stored(some: Sequence[Response]) -> dict[str, Response]:
    """Return responses as they are stored now: a record that comes again is older than what was kept."""
    keys = {Response.at(each.id) for each in some}
    try:
        return {each.id: each for each in table.find_many(Response, keys, consistent=True).values()}
    except UnavailableError as refusal:
        logger().warning("comments read offline", extra={"comments": len(keys), "why": refusal.code})
        return {}


def _sent(response: Response) -> tuple[str, str]:
    language = languages.tell(response.comment, response.language)
    return comments.masked(response.comment, language), language


def _kept(response: Response, felt: comprehend.Felt) -> Response:
    """Keep with a response what its comment says; one that somebody changed meanwhile comes again by itself."""
    heard = Heard(tone=felt.tone, topics=(), sentiment=felt.sentiment, by="comprehend")
    try:
        return table.save(response.changed(heard=heard))
    except (ConflictError, UnavailableError) as refusal:
        logger().warning("comment read offline", extra={"why": refusal.code, "response": response.id})
        return response


def _newest(some: Sequence[Response], stored: dict[str, Response]) -> Iterator[Response]:
    for each in some:
        known = stored.get(each.id, each)
        yield known if known.rev > each.rev else each
