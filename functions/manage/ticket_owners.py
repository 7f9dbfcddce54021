"""Who may be given the tickets of a place."""

from typing import Any

from escuta.directory import access, managers
from escuta.feedback.tickets import counts
from manage.asking import Asked, Request

_MOST = 100  # people: a form that offers more is one to search in


def listing(request: Request, segment: str) -> dict[str, Any]:
    """Return who may be given a ticket of a segment, or may watch it: those who answer for it, or for one above.

    The nearest first, then by name; `of` is the segment that they answer for. `open` is how many tickets they have now,
    at all places. At most 100 people; of places above those that the caller may see, nobody.
    """
    request.query(Asked)
    place = request.segment(segment)
    within = [code for end, code in enumerate(place.path, 1) if access.may_see(request.caller, place.path[:end])]
    found = {
        manager.id: (code, manager)
        for code, some in reversed(managers.near(place.path).items())
        for manager in some
        if code in within
    }
    nearest = sorted(found.values(), key=lambda each: -place.path.index(each[0]))[:_MOST]
    loads = counts.loads(manager.id for _, manager in nearest)
    return {
        "items": [
            {
                "id": manager.id,
                "name": manager.name,
                "of": code,
                "languages": [manager.language, *(each for each in manager.languages if each != manager.language)],
                "open": loads[manager.id].open,
            }
            for code, manager in nearest
        ]
    }
