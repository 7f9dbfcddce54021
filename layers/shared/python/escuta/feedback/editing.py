"""The draft of a survey as its authors left it: kept beside what is published, and gone when it is published."""

from escuta import clock, table
from escuta.config import settings
from escuta.errors import InvalidError
from escuta.feedback import drafts, surveys
from escuta.feedback.model import KeptDraft, Survey, SurveyDraft


def current(head: Survey) -> KeptDraft:
    """Return what is being edited: the kept draft, else, as revision 0, what is published, else a survey to begin."""
    kept = table.find(KeptDraft, KeptDraft.at(head.id), consistent=True)
    return kept or KeptDraft(
        survey=head.id,
        version=head.version,
        definition=published(head) or _blank(head),
        updated_at=head.updated_at,
        updated_by="",
    )


def published(head: Survey) -> SurveyDraft | None:
    """Return what the newest version says, without what it is called; None before the first."""
    if not head.version:
        return None
    return plain(surveys.version(head.id, head.version))


def plain(draft: SurveyDraft) -> SurveyDraft:
    """Return what an author decided of a version, and nothing else."""
    return SurveyDraft(**{name: getattr(draft, name) for name in SurveyDraft.model_fields})


def keep(before: KeptDraft, definition: SurveyDraft, *, by: str) -> KeptDraft:
    """Keep a draft, whatever is still wrong with it. ConflictError `stale` when somebody else kept one meanwhile."""
    if len(definition.model_dump_json().encode()) > drafts.LARGEST_DRAFT:
        raise InvalidError("survey_too_large", field="questions", most=drafts.LARGEST_DRAFT)
    if before.rev and before.definition == definition:
        return before
    changed = before.changed(definition=definition, updated_at=clock.now(), updated_by=by)
    return table.save(changed) if before.rev else table.create(changed)


def discard(kept: KeptDraft) -> None:
    """Throw a kept draft away: what is published is edited from now on."""
    table.delete(KeptDraft, kept.key())


def settled(survey: str, draft: SurveyDraft) -> tuple[table.Action, ...]:
    """Return what the publishing of a draft does to the kept one: it is gone when it says the same."""
    kept = table.find(KeptDraft, KeptDraft.at(survey), consistent=True)
    if kept is None or kept.definition != plain(draft):
        return ()
    return (table.Remove(KeptDraft, kept.key(), kept.rev),)


def _blank(head: Survey) -> SurveyDraft:
    language = settings().language
    return SurveyDraft(languages=(language,), title={language: head.name}, questions=())
