"""What the parts of a figure are called, in the words of whoever made them."""

from collections.abc import Iterable, Mapping

from escuta import table
from escuta.directory import segments
from escuta.directory.model import Product
from escuta.feedback.model import Grouping, Question, SurveyDraft, Texts
from escuta.feedback.querying import checking
from escuta.feedback.querying.asked import Asked


def names(asked: Asked, keys: Iterable[str]) -> Mapping[str, str]:
    """Return the name of each part; what has none is called as it is told apart."""
    match asked.query.group_by:
        case Grouping.SEGMENT:
            known = segments.by_code()
            return {key: known[key].name if key in known else key for key in keys}
        case Grouping.PRODUCT:
            wanted = tuple(keys)
            found = table.find_many(Product, (Product.at(key) for key in wanted))
            called = {product.code: product.name for product in found.values()}
            return {key: called.get(key, key) for key in wanted}
        case Grouping.ANSWER:
            question = next(each for each in checking.counted(asked.version) if each.id == asked.query.by)
            choices = {choice.id: worded(choice.text, asked) for choice in question.choices}
            return {key: choices.get(key, key) for key in keys}
        case _:
            return {key: key for key in keys}


def of_question(question: Question, asked: Asked) -> str:
    """Return the words of a question."""
    return worded(question.text, asked) or question.id


def worded(texts: Texts, asked: Asked) -> str:
    """Return words in the language asked for, else in the first one of the survey."""
    version: SurveyDraft | None = asked.version
    languages = (asked.language, *(version.languages if version else ()))
    return next((texts[language] for language in languages if texts.get(language)), "")


def order(asked: Asked, keys: Iterable[str]) -> list[str]:
    """Return parts in their own order: places as in the hierarchy, answers as on the page, others by their key."""
    known: list[str] = []
    match asked.query.group_by:
        case Grouping.SEGMENT:
            known = [each.code for each in asked.below]
        case Grouping.ANSWER:
            question = next(each for each in checking.counted(asked.version) if each.id == asked.query.by)
            known = [choice.id for choice in question.choices]
            if question.scale:
                known = [str(value) for value in range(question.scale[0], question.scale[1] + 1)]
        case _:
            known = []
    found = set(keys)
    return [*(key for key in known if key in found), *sorted(found - set(known))]
