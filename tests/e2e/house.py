"""The deployed house as its users meet it: the SFTP drop, the API, the outbox, and links to answer."""

import csv
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from escuta import clock, ids, table
from escuta.directory import segments
from escuta.outreach import invitations
from escuta.outreach.model import Channel, Invitation, InvitationState
from infra.local import sftp
from infra.local.place import HOST
from infra.local.stack import Running
from tests.conftest import forget
from tests.e2e.tools import program
from tests.e2e.waiting import eventually
from tests.e2e.web import JSON, Answer, ask

SURVEY = "satisfacao"


@dataclass
class House:
    """A running instance, and a folder for what is sent to it and fetched from it."""

    running: Running
    desk: Path

    @property
    def api(self) -> str:
        """Return the address of the console and the API."""
        return self.running.api

    @property
    def door(self) -> str:
        """Return the address that links begin with."""
        return self.running.door

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Use the product's own verbs on this instance, with none of the clients of another one."""
        forget()
        with self.running.inside():
            yield
        forget()

    def sftp(self, *commands: str) -> str:
        """Run commands with the OpenSSH client, as the integrator; it stops at the first that fails."""
        place = self.running.place
        options = {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": str(place.folder / "known_hosts"),
        }
        done = subprocess.run(  # noqa: S603 - the client, with our own arguments
            [
                *(program("sftp"), "-q", "-b", "-", "-F", "none", "-P", str(place.sftp_port)),
                *("-i", str(sftp.key_file(place))),
                *(part for name, value in options.items() for part in ("-o", f"{name}={value}")),
                f"{sftp.USER}@{HOST}",
            ],
            check=False,
            input="\n".join(commands),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"sftp {commands}: {done.stderr}"
        return done.stdout

    def drop(self, *, folder: str = "contacts", **files: bytes) -> None:
        """Put files into a drop folder; a name is written with `__` for `.`."""
        paths = [self.desk / name.replace("__", ".") for name in files]
        for path, content in zip(paths, files.values(), strict=True):
            path.write_bytes(content)
        self.sftp(*(f'put "{path}" "{folder}/{path.name}"' for path in paths))

    def report(self, stem: str, place: int = 0, *, folder: str = "contacts") -> list[list[str]]:
        """Return the rows of the report on the file with this stem; `place` counts reports of that name by time."""
        return list(csv.reader(StringIO(self._fetched(stem, "report.csv", place, folder)), delimiter=";"))

    def rejected(self, stem: str, *, folder: str = "contacts") -> list[list[str]]:
        """Return the rows of the file that holds the rejected ones alone."""
        return list(csv.reader(StringIO(self._fetched(stem, "rejected.csv", 0, folder)), delimiter=";"))

    def summary(self, stem: str, place: int = 0, *, folder: str = "contacts") -> dict[str, Any]:
        """Return the summary that stands beside the report."""
        found: dict[str, Any] = json.loads(self._fetched(stem, "summary.json", place, folder))
        return found

    def _fetched(self, stem: str, kind: str, place: int, folder: str) -> str:
        def names() -> list[str]:
            listed = self.sftp("cd reports", f"-cd {folder}", "-ls -1").split()
            found = sorted(name for name in listed if name.startswith(f"{stem}.") and name.endswith(f".{kind}"))
            return found if len(found) > place else []

        name = eventually(f"{kind} number {place} of {stem}", names)[place]
        target = self.desk / name
        self.sftp(f'get "reports/{folder}/{name}" "{target}"')
        return target.read_text("utf-8-sig")

    def messages(self, to: str = "") -> list[dict[str, Any]]:
        """Return what was sent to an address or number, the newest first."""
        answer = ask("GET", f"{self.running.place.outbox}messages.json?{urlencode({'to': to})}")
        found: list[dict[str, Any]] = answer.json["messages"]
        return found

    def call(self, method: str, path: str, body: object = None, *, key: str | None = None, **query: str) -> Answer:
        """Call the management API with a key, by default the demo company's, which may do everything."""
        sent = self.running.seeded["api_key"] if key is None else key
        who = {"Authorization": f"Bearer {sent}"} if sent else {}
        raw = b"" if body is None else json.dumps(body).encode()
        url = f"{self.api}/v1/{path}" + (f"?{urlencode(query)}" if query else "")
        return ask(method, url, raw, Accept_Language="pt-BR", **who, **(JSON if raw else {}))

    def read(self, path: str, **query: str) -> Any:
        """Return what the management API shows."""
        answer = self.call("GET", path, **query)
        assert answer.status == 200, answer.text
        return answer.json

    def counted(self, *codes: str) -> dict[str, int]:
        """Return how many answers are counted in these segments, over all days that the demo company has."""
        today = datetime.now(UTC).date()
        period = {"from": str(today - timedelta(days=400)), "to": str(today + timedelta(days=1))}
        return {code: self.read("metrics", survey=SURVEY, segment=code, **period)["responses"] for code in codes}

    def counts(self, wanted: dict[str, int]) -> None:
        """Wait until the counters say exactly this."""
        eventually(f"counters {wanted}", lambda: self.counted(*wanted) == wanted)

    def stored(self, segment: str) -> list[dict[str, Any]]:
        """Return the newest answers of a segment."""
        found: list[dict[str, Any]] = self.read("responses", survey=SURVEY, segment=segment)["items"]
        return found

    def invite(
        self,
        person: str,
        *,
        segment: str = "cwb-01",
        language: str = "pt-BR",
        address: str = "",
        state: InvitationState = InvitationState.SENT,
        expires: timedelta = timedelta(days=30),
    ) -> "Invited":
        """Write an invitation, by default as if its mail had been sent, and return it with its links."""
        with self.inside():
            now, identity = clock.now(), ids.derive("e2e", person, ids.new())
            place = segments.get(segment)
            invitation = Invitation(
                id=identity,
                link_key=invitations.link_key(identity),
                deployment=ids.derive("deployment", "demo"),
                survey=SURVEY,
                contact=ids.derive("contact", person),
                segment=place.code,
                segment_path=place.path,
                timezone=place.timezone,
                channel=Channel.EMAIL,
                address=address or f"{person.lower()}@example.com",
                language=language,
                first_name=person,
                name=person,
                state=state,
                created_at=now,
                expires_at=now + expires,
            )
            table.create(invitation)
            answer, unsubscribe = (invitations.link(invitation, purpose) for purpose in ("answer", "unsubscribe"))
            return Invited(invitation, answer, unsubscribe)

    def invitation(self, link: str) -> Invitation:
        """Return the invitation behind a link as it is stored now."""
        with self.inside():
            found = invitations.find(ids.token_key(link.rpartition("/")[2]))
        assert found is not None
        return found


@dataclass(frozen=True)
class Invited:
    """An invitation and its two links."""

    invitation: Invitation
    link: str
    unsubscribe: str
