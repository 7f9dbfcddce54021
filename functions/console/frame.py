"""What stands around every page: the five menus as far as somebody may use them, the theme, the words of the house."""

from typing import NamedTuple

from aws_lambda_powertools.event_handler import Response

from console import pages
from console.visit import THEMES, Visit, theme_cookie
from escuta.directory.model import Scope
from escuta.errors import InvalidError


class Item(NamedTuple):
    """One entry of a menu. Its words are `menu.{name}`; `keys` opens it after `g`; `scope` is what it takes to use."""

    name: str
    path: str
    scope: Scope | None
    keys: str = ""


class Menu(NamedTuple):
    """One of the five menus, or what stands before them."""

    name: str
    icon: str
    items: tuple[Item, ...]


MENUS = (
    Menu("home", "house", (Item("home", "", Scope.METRICS_READ, "h"), Item("desk", "desk", None, "m"))),
    Menu("surveys", "clipboard-list", (Item("surveys", "surveys", Scope.SURVEYS_READ, "s"),)),
    Menu(
        "deploy",
        "send",
        (
            Item("distribute", "deploy/distribute", Scope.DEPLOYMENTS_READ, "d"),
            Item("tokens", "deploy/tokens", Scope.TOKENS_READ, "k"),
            Item("templates", "deploy/templates", Scope.SURVEYS_READ, "e"),
            Item("history", "deploy/history", Scope.DEPLOYMENTS_READ, "y"),
            Item("exports", "deploy/exports", Scope.EXPORTS_READ, "x"),
        ),
    ),
    Menu(
        "analyze",
        "chart-line",
        (
            Item("dashboards", "analyze", Scope.DASHBOARDS_READ, "a"),
            Item("responses", "analyze/responses", Scope.RESPONSES_READ, "r"),
            Item("comments", "analyze/comments", Scope.RESPONSES_READ, "c"),
            Item("topics", "analyze/topics", Scope.SURVEYS_READ),
        ),
    ),
    Menu(
        "action",
        "ticket",
        (
            Item("tickets", "action/tickets", Scope.TICKETS_READ, "t"),
            Item("places", "action/places", Scope.TICKETS_READ),
            Item("rules", "action/rules", Scope.TICKETS_READ),
            Item("causes", "action/causes", Scope.TICKETS_READ),
            Item("hours", "action/hours", Scope.SEGMENTS_READ),
        ),
    ),
    Menu(
        "admin",
        "settings",
        (
            Item("general", "admin/general", Scope.SETTINGS_READ, "o"),
            Item("sending_rules", "admin/sending", Scope.SENDING_READ),
            Item("promoter", "admin/promoter", Scope.SEGMENTS_READ),
            Item("detractor", "admin/detractor", Scope.TICKETS_READ),
            Item("mobile", "admin/mobile", Scope.TOKENS_READ),
            Item("segments", "admin/segments", Scope.SEGMENTS_READ, "l"),
            Item("contacts", "admin/contacts", Scope.CONTACTS_READ, "p"),
            Item("imports", "admin/imports", Scope.FILES_READ, "i"),
            Item("managers", "admin/managers", Scope.MANAGERS_READ),
            Item("products", "admin/products", Scope.PRODUCTS_READ),
            Item("suppressions", "admin/suppressions", Scope.SUPPRESSIONS_READ),
            Item("integrations", "admin/integrations", Scope.WEBHOOKS_READ),
            Item("users", "admin/users", Scope.USERS_READ, "u"),
            Item("privacy", "admin/privacy", Scope.PRIVACY_ADMIN),
            Item("audit", "admin/audit", Scope.AUDIT_READ),
        ),
    ),
)


def menus(visit: Visit) -> tuple[Menu, ...]:
    """Return the menus with what this person may use; a menu of which nothing is left is not shown."""
    session = visit.session
    if session is None:
        return ()
    shown = (
        menu._replace(items=tuple(item for item in menu.items if _usable(visit, item.scope, item.name)))
        for menu in MENUS
    )
    return tuple(menu for menu in shown if menu.items)


def current(visit: Visit) -> Item | None:
    """Return the entry whose page, or a page below it, is shown."""
    _, _, tail = visit.event.path.partition("/console")
    tail = tail.strip("/")
    items = [item for menu in MENUS for item in menu.items]
    above = [item for item in items if item.path and (tail == item.path or tail.startswith(f"{item.path}/"))]
    return max(above, key=lambda item: len(item.path), default=items[0] if not tail else None)


def choose_theme(visit: Visit) -> Response[str]:
    """Remember whether the pages are light, dark, or as the device is."""
    form = visit.signed_form()
    if form.get("theme") not in THEMES:
        raise InvalidError("value_not_allowed", field="theme", allowed=", ".join(THEMES))
    return pages.go(visit, visit.way_back(form), cookie=theme_cookie(form["theme"]))


def _usable(visit: Visit, scope: Scope | None, name: str) -> bool:
    if name == "desk":
        return bool(visit.session and visit.session.manager)
    return scope is None or visit.api.may(scope)
