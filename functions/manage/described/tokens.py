"""Links in stores, and links that hand over answers."""

from datetime import datetime

from pydantic import Field

from escuta.feedback.model import Kiosk, StoreToken
from manage import prefills, tokens
from manage.asking import Asked
from manage.described.operation import Operation, Operations, Shown, page, shape

KioskShown = shape(Kiosk, without={"exit_salt", "exit_hash"})
TokenShown = shape(
    StoreToken,
    without={"token_key", "replaced", "kiosk"},
    more={
        "kiosk": KioskShown | None,
        "link": str,
        "used": int | None,
        "seen_at": datetime | None,
        "waiting": int,
        "aside": int,
    },
)


class PrefilledLink(Shown):
    """The link with what it hands over."""

    link: str = Field(description="Whoever has it can answer with it, and cannot change what it hands over.")


OPERATIONS: Operations = {
    tokens.listing: Operation(name="list_tokens", query=tokens.TokenListing, answer=page(TokenShown)),
    tokens.create: Operation(name="create_token", body=tokens.NewToken, answer=TokenShown, statuses=(201,)),
    tokens.get: Operation(name="get_token", query=Asked, answer=TokenShown),
    tokens.change: Operation(name="change_token", body=tokens.TokenPatch, answer=TokenShown, matched=True),
    tokens.revoke: Operation(name="delete_token", query=Asked, answer=TokenShown, matched=True),
    tokens.rotate: Operation(name="rotate_token", body=tokens.Turn, answer=TokenShown),
    tokens.svg: Operation(name="get_token_svg", query=Asked, kinds=("image/svg+xml",)),
    tokens.png: Operation(name="get_token_png", query=tokens.Scale, kinds=("image/png",)),
    tokens.printed: Operation(name="get_token_poster", query=tokens.Printing, kinds=("text/html",)),
    prefills.create: Operation(name="create_prefill", body=prefills.NewPrefill, answer=PrefilledLink),
}
