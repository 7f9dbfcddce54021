"""Two ways to use a page: with a mouse, and with a keyboard alone. A walk is written once and goes both ways."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from playwright.sync_api import FileChooser, Locator, Page, expect

from tests.e2e.waiting import eventually

_MOST = 250  # presses of a key until something must have the focus
_SCROLLED = 5.0  # seconds that a page may take to come to what has the focus
_HAS_FOCUS = "element => element === document.activeElement"
_IS_NEAR = """element => {
  const focused = document.activeElement;
  const among = element.type === "radio" && focused?.type === "radio" && focused.name === element.name;
  return focused === element || among;
}"""
_IS_AT_REST = "() => !document.activeElement || document.activeElement === document.body"
# What has the focus must be seen: in the window, and below nothing that sticks to its edge.
_IS_SEEN = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const drawn = style.opacity !== "0" && style.clipPath === "none" && element.clientWidth > 1;
  const shown = drawn ? element : element.labels?.[0] ?? element;
  const box = shown.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + Math.min(box.width / 2, 20), box.top + Math.min(box.height / 2, 12));
  return Boolean(top) && (shown.contains(top) || top.contains(shown));
}"""


class Hands(Protocol):
    """How somebody does what can be done to a page."""

    def goes(self, page: Page, menu: str, entry: str) -> None:
        """Go to a page by the menus."""

    def begins(self, page: Page) -> None:
        """Press the button of a page that makes something new."""

    def saves(self, page: Page) -> None:
        """Press the button that sends the form of the page."""

    def presses(self, target: Locator) -> None:
        """Press a button, or follow a link."""

    def writes(self, field: Locator, words: str) -> None:
        """Write into a field, instead of what stands there."""

    def ticks(self, box: Locator) -> None:
        """Tick a box, or choose one of several."""

    def chooses(self, field: Locator, value: str) -> None:
        """Choose in a list."""

    def finds(self, field: Locator, words: str) -> None:
        """Search a page for something."""

    def gives(self, button: Locator, field: Locator, path: Path) -> None:
        """Choose a file; the field is what the keyboard reaches, the button what a mouse meets."""


class Mouse:
    """Points and clicks, and types where words are needed."""

    def goes(self, page: Page, menu: str, entry: str) -> None:
        """Open the menu where it is closed, and click."""
        wanted = _entry(page, entry)
        if not wanted.is_visible():
            page.locator("#menus summary", has_text=menu).click()
        wanted.click()
        _is_there(page, wanted)

    def begins(self, page: Page) -> None:
        """Click it."""
        page.locator("main [data-new]").first.click()

    def saves(self, page: Page) -> None:
        """Click it."""
        page.locator("main [data-save]:visible").first.click()

    def presses(self, target: Locator) -> None:
        """Click it."""
        target.click()

    def writes(self, field: Locator, words: str) -> None:
        """Click into it, and type over what is marked."""
        field.click()
        field.select_text()
        field.page.keyboard.type(words)

    def ticks(self, box: Locator) -> None:
        """Click it."""
        box.check()

    def chooses(self, field: Locator, value: str) -> None:
        """Take it from the list."""
        field.select_option(value)

    def finds(self, field: Locator, words: str) -> None:
        """Click, type, and press Enter, since the hands are there by now."""
        self.writes(field, words)
        field.page.keyboard.press("Enter")

    def gives(self, button: Locator, field: Locator, path: Path) -> None:
        """Click the button, and choose in the dialog of the system."""
        _gives(field, path, button.click)


class Keys:
    """Uses the keyboard alone: Tab, arrows, space, and the keys that the product has."""

    def goes(self, page: Page, menu: str, entry: str) -> None:  # noqa: ARG002 - a letter opens a page of any menu
        """Go by `g` and the letter of a page, or with the palette to one that has none."""
        page.wait_for_load_state()  # before that nothing hears the keys
        link = _entry(page, entry)
        letter = link.get_attribute("data-go")
        if letter:
            page.keyboard.press("g")
            page.keyboard.press(letter)
        else:
            page.keyboard.press("Control+k")
            page.keyboard.type(entry)
            expect(page.locator("#palette [aria-selected=true]")).to_contain_text(entry)
            page.keyboard.press("Enter")
        _is_there(page, link)

    def begins(self, page: Page) -> None:
        """Press `c`."""
        page.keyboard.press("c")

    def saves(self, page: Page) -> None:
        """Press the keys that save everywhere."""
        page.keyboard.press("Control+s")

    def presses(self, target: Locator) -> None:
        """Reach it, and press Enter."""
        self._reaches(target)
        target.page.keyboard.press("Enter")

    def writes(self, field: Locator, words: str) -> None:
        """Reach it, and type over what is marked."""
        self._reaches(field)
        field.page.keyboard.press("Control+a")
        field.page.keyboard.type(words)

    def ticks(self, box: Locator) -> None:
        """Reach it and press space; among several, go on with the arrows."""
        self._reaches(box, _IS_NEAR)
        keyboard = box.page.keyboard
        if box.get_attribute("type") == "checkbox":
            keyboard.press("Space")
        elif box.evaluate(_HAS_FOCUS):
            if not box.is_checked():
                keyboard.press("Space")
        else:
            for _ in range(_MOST):
                keyboard.press("ArrowDown")
                if box.is_checked():
                    break
        expect(box).to_be_checked()

    def chooses(self, field: Locator, value: str) -> None:
        """Reach it, and go down until it is chosen; from the top where it stands above."""
        self._reaches(field)
        field.page.keyboard.press("Home")
        for _ in range(_MOST):
            if field.input_value() == value:
                return
            field.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the list does not offer {value}")

    def finds(self, field: Locator, words: str) -> None:
        """Press the key that goes to the search of a page, type, and press Enter."""
        field.page.keyboard.press("/")
        expect(field).to_be_focused()
        field.page.keyboard.type(words)
        field.page.keyboard.press("Enter")

    def gives(self, button: Locator, field: Locator, path: Path) -> None:
        """Reach the field, press Enter, and choose in the dialog of the system."""
        assert button.count()
        field.page.on("filechooser", _hears)  # asked for later, the ear may come after the dialog
        self._reaches(field)
        _gives(field, path, lambda: field.page.keyboard.press("Enter"))

    def _reaches(self, target: Locator, there: str = _HAS_FOCUS) -> None:
        """Press Tab until this has the focus; from the top of a page, jump over its menus as the first link does."""
        expect(target).to_be_attached()
        keyboard = target.page.keyboard
        inside = target.locator("xpath=ancestor::main[@id='content']").count()
        if inside and target.page.evaluate(_IS_AT_REST):
            keyboard.press("Tab")
            keyboard.press("Enter")
        for _ in range(_MOST):
            if target.evaluate(there):
                eventually(f"{target} in sight", lambda: target.evaluate(_IS_SEEN), seconds=_SCROLLED)
                return
            keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")


def _entry(page: Page, name: str) -> Locator:
    menus = page.get_by_role("navigation", name="Menus", exact=True)
    return menus.get_by_role("link", name=name, exact=True, include_hidden=True)


def _is_there(page: Page, entry: Locator) -> None:
    expect(entry).to_have_attribute("aria-current", "page")
    page.wait_for_load_state()  # its keys work, too


def _hears(_: FileChooser) -> None:
    """Hear that a dialog opens; who waits for it takes it."""


def _gives(field: Locator, path: Path, opens: Callable[[], None]) -> None:
    with field.page.expect_file_chooser() as asked:
        opens()
    asked.value.set_files(path)
