"""The commands behind the Makefile: `python -m infra.local up|down|clean|show`."""

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from infra.local import sftp, stack
from infra.local.place import Place
from infra.local.processes import StartError

_WARNING = (
    "The embedded AWS answers any key and speaks plain HTTP on 127.0.0.1. It is for trying and testing on your own "
    "machine, never for a shared one."
)
_screen = Console(highlight=False)


def main() -> int:
    """Run the command that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m infra.local")
    parser.add_argument("command", choices=("up", "down", "clean", "show"))
    parser.add_argument("--empty", action="store_true", help="up: without the demo company")
    asked = parser.parse_args()
    place = Place.from_environment()
    if asked.command == "up":
        return _up(place, empty=asked.empty)
    if asked.command == "show":
        return _show(place)
    if asked.command == "down":
        _screen.print("Stopped; the data is kept." if stack.down(place) else "Nothing was running.")
    else:
        stack.clean(place)
        _screen.print("Stopped and forgotten.")
    return 0


def _up(place: Place, *, empty: bool) -> int:
    _screen.print(Text(_WARNING, style="yellow"))
    began = time.monotonic()
    with _screen.status("starting") as status:

        def say(what: str) -> None:
            _screen.print(f"[dim]{time.monotonic() - began:6.1f} s[/dim]  {what}")
            status.update(what)

        try:
            running = stack.up(place, None if empty else _seed, say)
        except StartError as error:
            _screen.print(Text(str(error), style="red"))
            return 1
    _print_addresses(running, time.monotonic() - began)
    return _print_broken(running)


def _seed(say: stack.Say, site: str) -> Mapping[str, str]:
    from infra.local.seed import seed  # noqa: PLC0415 - it loads the whole product, which only the first start needs

    return asdict(seed(lambda what: say(f"demo company: {what}"), site))


def _show(place: Place) -> int:
    if not stack.is_up(place):
        _screen.print("Nothing is running. Start it with: make up")
        return 1
    _print_addresses(stack.look(place), None)
    return 0


def _print_addresses(running: stack.Running, seconds: float | None) -> None:
    _screen.print()
    for name, value in _addresses(running):
        # Never broken into lines: every one of them is there to be copied.
        _screen.print(Text(f"{name:<12} ", style="bold") + Text(value, style="not bold"), soft_wrap=True)
    if seconds is not None:
        _screen.print(f"\nReady in {seconds:.0f} s. Stop with: make down", style="dim")


def _addresses(running: stack.Running) -> list[tuple[str, str]]:
    place, seeded = running.place, running.seeded
    shown = [("Console", f"{place.api}/console")]
    if seeded:
        shown += [
            ("", f"administrator {seeded['admin']}  password {seeded['password']}"),
            ("", f"store manager {seeded['manager']}  password {seeded['password']}"),
            ("Survey link", f"{place.door}/s/{seeded['survey_token']}"),
            ("Store token", f"{place.door}/t/{seeded['store_token']}"),
            ("Kiosk", f"{place.door}/t/{seeded['kiosk_token']}  access code {seeded['kiosk_code']}"),
            ("Website", f"{place.outbox}shop"),
            ("Webhooks", f"{place.outbox}hooks  secret {seeded['webhook_secret']}"),
            ("API", f"curl -H 'Authorization: Bearer {seeded['api_key']}' {place.api}/v1/surveys"),
        ]
    else:
        shown.append(("API", f"{place.api}/v1"))
    return [*shown, ("SFTP drop", sftp.command(place)), ("Outbox", place.outbox), ("Logs", str(place.folder))]


def _print_broken(running: stack.Running) -> int:
    for name, reason in running.broken.items():
        _screen.print(Text(f"{name} does not start: {reason}", style="red"))
    if running.broken:
        _screen.print(Text(f"The whole log: {running.place.log('emulator')}", style="red"))
    return 1 if running.broken else 0


if __name__ == "__main__":
    sys.exit(main())
