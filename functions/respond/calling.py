"""The number that somebody leaves to be called: from the thanks, or from this page when it has to be corrected."""

from chalice.app import Response

from escuta.errors import InvalidError
from escuta.feedback import calls, surveys
from escuta.i18n import say
from respond import colors, forms, pages, sheets
from respond.visits import Visit


def take(visit: Visit) -> Response:
    """Keep the number and say that we will call. A number that cannot be one comes back in its field."""
    wanted = forms.call(visit)
    try:
        given = calls.ask(visit.door, visit.token, wanted.submission_id, wanted.phone)
    except InvalidError as error:
        if visit.wants_json:
            raise
        return _again(visit, wanted, visit.language(str(error.details.get("language", ""))))
    version = surveys.version(given.survey, given.version)
    language = visit.language(given.language, version.languages)
    if visit.wants_json:
        return pages.document({"id": given.id, "title": say("respond", language, "call.done")})
    again = sheets.again(visit.link, language) if visit.in_store else ""
    return pages.page("call", language, look=colors.look(version), visit=visit, done=True, again=again)


def _again(visit: Visit, wanted: calls.Wanted, language: str) -> Response:
    return pages.page("call", language, status=422, visit=visit, done=False, wanted=wanted)
