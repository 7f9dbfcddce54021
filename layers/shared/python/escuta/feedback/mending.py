"""A draft as it can be shown while it is written: a missing text stands in another language, or is dots. Pure."""

from collections.abc import Mapping, Sequence

from escuta.feedback import drafts
from escuta.feedback.model import Question, ScoreClass, SurveyDraft, Texts

_NOTHING = "…"
# What keeps a draft from being published, and yet leaves a page that can be looked at.
_BEARABLE = frozenset({"survey_contrast", "survey_choices", "survey_unreached", "survey_unfinishable", "survey_voices"})


def mended(draft: SurveyDraft) -> SurveyDraft:
    """Return a draft whose page can be made. InvalidError names what keeps it from that."""
    drafts.check_languages(draft.languages)
    whole = _worded(draft)
    for problem in drafts.problems(whole):
        if problem.code not in _BEARABLE and not (
            problem.code == "survey_color" and drafts.COLOR.fullmatch(draft.color)
        ):
            raise problem
    return whole


def _worded(draft: SurveyDraft) -> SurveyDraft:
    speak = draft.languages
    logo = draft.branding.changed(logo_alt=_texts(draft.branding.logo_alt, speak, needed=bool(draft.branding.logo)))
    return draft.changed(
        title=_texts(draft.title, speak, needed=True),
        intro=_texts(draft.intro, speak),
        thanks=_by_name(draft.thanks, speak),
        questions=tuple(_question(question, speak) for question in draft.questions),
        branding=logo,
    )


def _question(question: Question, speak: Sequence[str]) -> Question:
    beside = {name: _texts(getattr(question, name), speak) for name in ("help", "low", "high")}
    return question.changed(
        text=_texts(question.text, speak, needed=True),
        wording=_by_name(question.wording, speak),
        choices=tuple(choice.changed(text=_texts(choice.text, speak, needed=True)) for choice in question.choices),
        **beside,
    )


def _by_name(found: Mapping[ScoreClass, Texts] | Mapping[str, Texts], speak: Sequence[str]) -> dict[str, Texts]:
    return {name: _texts(texts, speak, needed=True) for name, texts in found.items()}


def _texts(texts: Texts, speak: Sequence[str], *, needed: bool = False) -> Texts:
    """Return a text in every language, where it has none in that of the first that it has."""
    said = [texts[language] for language in (*speak, *texts) if texts.get(language, "").strip()]
    if not said and not needed:
        return {}
    return {
        language: words if (words := texts.get(language, "")).strip() else (said or [_NOTHING])[0] for language in speak
    }
