"""Surveys on websites."""

from escuta.feedback.intercepts import InterceptDraft
from escuta.feedback.model import Intercept
from manage import intercepts
from manage.asking import Asked
from manage.described.operation import Operation, Operations, page, shape

InterceptShown = shape(Intercept, more={"script": str, "snippet": str})

OPERATIONS: Operations = {
    intercepts.listing: Operation(
        name="list_intercepts", query=intercepts.InterceptListing, answer=page(InterceptShown)
    ),
    intercepts.create: Operation(name="create_intercept", body=InterceptDraft, answer=InterceptShown, statuses=(201,)),
    intercepts.get: Operation(name="get_intercept", query=Asked, answer=InterceptShown),
    intercepts.change: Operation(
        name="change_intercept", body=intercepts.InterceptPatch, answer=InterceptShown, matched=True
    ),
    intercepts.revoke: Operation(name="delete_intercept", query=Asked, answer=InterceptShown, matched=True),
}
