"""What is known beside the answers: of the link, of the person it was sent to, of the place. Conditions test it."""

from collections.abc import Iterator, Mapping

from escuta.directory import products, segments
from escuta.feedback.model import Condition, Facts, StoreToken, SurveyDraft
from escuta.feedback.sources import Source
from escuta.outreach.model import Invitation

_PLACE = ("city", "state", "country")


def names(version: SurveyDraft) -> frozenset[str]:
    """Return the names of the facts that the survey's logic tests."""
    conditions = [
        condition
        for question in version.questions
        for condition in (question.show, question.require, *(jump.when for jump in question.jumps))
        if condition is not None
    ]
    return frozenset(field for condition in conditions for field in fields(condition))


def fields(condition: Condition) -> Iterator[str]:
    """Yield the facts that one condition names, those of its parts included."""
    if condition.field:
        yield condition.field
    for part in (*condition.all, *condition.any):
        yield from fields(part)


def of(source: Source, version: SurveyDraft, hidden: Mapping[str, str]) -> Facts:
    """Return what is known behind a link. The place and the product are read only when the survey asks for them."""
    wanted = names(version)
    known: Facts = {f"hidden.{name}": value for name, value in hidden.items()}
    known["channel"] = _channel(source)
    known["language"] = source.language
    if isinstance(source, Invitation):
        known |= {f"contact.{name}": value for name, value in source.custom.items()}
        known["segment"] = source.segment_path
        known["product"] = source.product
    known |= _place(source.segment, wanted)
    if "product.group" in wanted and known.get("product"):
        product = products.named(known["product"])
        known["product.group"] = product.group if product else ""
    return {name: value for name, value in known.items() if name in wanted}


def _channel(source: Source) -> str:
    if isinstance(source, Invitation):
        return str(source.channel)
    return "store" if isinstance(source, StoreToken) else "web"


def _place(code: str, wanted: frozenset[str]) -> Facts:
    if not any(name.partition(".")[0] == "segment" for name in wanted):
        return {}
    segment = segments.by_code().get(code)
    if segment is None:
        return {"segment": (code,)}
    return {"segment": segment.path, **{f"segment.{name}": getattr(segment, name) for name in _PLACE}}
