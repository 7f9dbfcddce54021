"""Bringing an instance up and down: what `make up` does, and what a test calls."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from infra.local import assembly, deploy, emulator, processes, sftp, sidecars
from infra.local.place import HOST, Place

ORGANISATION = "Lojas Aurora"
SENDER = "pesquisa@aurora.example"
INBOUND = "resposta.aurora.example"
_SEEDED = "/escuta/seeded"
_STEP = 0.1

Say = Callable[[str], None]
Seed = Callable[[Say, str], Mapping[str, str]]  # told the origin of the demo company's website


@dataclass(frozen=True, kw_only=True)
class Running:
    """An instance that runs: where it is, what the stack put out, and what the seed handed over."""

    place: Place
    outputs: Mapping[str, str]
    environment: Mapping[str, str]  # of a function: the settings, and the keys of the account's owner
    broken: Mapping[str, str]  # functions that cannot be imported, with the reason
    seeded: Mapping[str, str] = field(default_factory=dict)

    @property
    def api(self) -> str:
        """Return the address of the console and the API; paths begin with a slash."""
        return self.place.api

    @property
    def door(self) -> str:
        """Return the address that links begin with; paths begin with a slash."""
        return self.place.door

    def invoke(self, function: str, event: Mapping[str, object]) -> None:
        """Call a function by its output's name (`MeteringSweep`) and do not wait for it."""
        self.place.aws("lambda").invoke(
            FunctionName=f"{self.outputs[function]}:live", InvocationType="Event", Payload=json.dumps(event).encode()
        )

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Make `escuta` in this process work on this instance, as a function of it would."""
        before = dict(os.environ)
        os.environ.update(self.environment)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def up(
    place: Place,
    seed: Seed | None = None,
    say: Say = lambda _: None,
    assembled: Path | None = None,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> Running:
    """Start the instance, deploy the current sources, seed it once. What is there already is left as it is.

    `assembled` is another assembly to deploy, such as that of a released version, with other `answers` to its stack.
    """
    say("synthesising the stack")
    made = assembled or assembly.ready()
    say("starting the embedded AWS")
    started = emulator.start(place)
    say("deploying")
    sftp.make_keys(place)
    deploy.deploy(place, made, {**_answers(place), **answers})
    _verify_sender(place)
    say("starting the functions, the SFTP server and the outbox")
    running = look(place)
    sidecars.start(place, running.environment)
    if seed and not running.seeded:
        running = _seed(running, seed, say)
    if started:
        say("catching up with what the streams may have missed")
        for sweep in ("MeteringSweep", "TicketingSweep"):
            running.invoke(sweep, {})
    return running


def _answers(place: Place) -> dict[str, str]:
    """Return what the stack asks whoever deploys it."""
    return {
        "Organisation": ORGANISATION,
        "Sender": SENDER,
        "PublicUrl": place.door,
        "HouseUrl": place.api,
        "SettleSeconds": "1",
        "InboundDomain": INBOUND,
        "WebhookHosts": f"localhost:{place.outbox_port}",
        "SftpHost": f"{HOST}:{place.sftp_port}",
        "SftpFingerprint": sftp.fingerprint(place),
    }


def look(place: Place) -> Running:
    """Return the instance that runs at this place."""
    return Running(
        place=place,
        outputs=deploy.outputs(place),
        environment=_environment(place),
        broken=_broken(place),
        seeded=json.loads(deploy.parameter(place, _SEEDED) or "{}"),
    )


def down(place: Place) -> bool:
    """Stop everything; data is kept. Return whether anything ran."""
    stopped = [sidecars.stop(place), emulator.stop(place)]
    return any(stopped)


def clean(place: Place) -> None:
    """Stop everything and forget its data."""
    down(place)
    shutil.rmtree(place.folder, ignore_errors=True)


def is_up(place: Place) -> bool:
    """Tell whether the embedded AWS of this place runs."""
    return processes.running(place.folder, emulator.NAME) is not None


def _broken(place: Place) -> dict[str, str]:
    """Wait until every function is published; return those that cannot be imported, with the reason."""
    client = place.aws("lambda")
    names = [function["FunctionName"] for function in client.list_functions(MaxItems=50)["Functions"]]
    failed = {}
    for name in names:
        while (state := client.get_function_configuration(FunctionName=name, Qualifier="live"))["State"] == "Pending":
            time.sleep(_STEP)
        if state["State"] == "Failed":
            failed[name] = state.get("StateReason", "")
    return failed


def _verify_sender(place: Place) -> None:
    client = place.aws("sesv2")
    known = {identity["IdentityName"] for identity in client.list_email_identities()["EmailIdentities"]}
    for identity in {SENDER, SENDER.partition("@")[2]} - known:
        client.create_email_identity(EmailIdentity=identity)


def _environment(place: Place) -> dict[str, str]:
    configuration = place.aws("lambda").get_function_configuration(FunctionName=f"{deploy.STACK}-manage")
    return {**configuration["Environment"]["Variables"], **place.keys}


def _seed(running: Running, seed: Seed, say: Say) -> Running:
    """Run the seed and keep its answer beside the data, so that both are lost or kept together."""
    with running.inside():
        seeded = dict(seed(say, running.place.outbox.rstrip("/")))
    running.place.aws("ssm").put_parameter(Name=_SEEDED, Value=json.dumps(seeded), Type="String", Overwrite=True)
    return replace(running, seeded=seeded)
