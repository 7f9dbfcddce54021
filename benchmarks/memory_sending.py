"""Peak memory of a worker that plans and then delivers: `python -m benchmarks.memory_sending 1000 100000`.

Each number of people is worked off in a process of its own, in pages and batches of a hundred, as the queues bring
them. Flat: the peak after a hundred thousand is that after a thousand. Not part of `make bench`: it takes minutes.
"""

import json
import resource
import subprocess
import sys

from rich.console import Console

from benchmarks import planning, sending
from benchmarks.ground import batch, invitation, standing
from distribute.deliver import handler
from escuta.outreach.model import Invitation, InvitationState

PEOPLE = (1_000, 100_000)
HUNDRED = 100
DIFFERENT = 20  # batches, of which each next hundred people is another one


def main() -> None:
    """Print the peak for each number of people; the one number that a child is given, it works off itself."""
    if len(sys.argv) == 3 and sys.argv[1] == "send":  # noqa: PLR2004 - a word and a number
        print(peak(int(sys.argv[2])))  # noqa: T201 - what the parent reads
        return
    screen = Console(width=120)
    for people in map(int, sys.argv[1:] or PEOPLE):
        command = [sys.executable, "-m", "benchmarks.memory_sending", "send", str(people)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - ourselves
        screen.print(f"{people:>9,} people: {int(told.split()[-1]) / 1024:.0f} MB at most")


def peak(people: int) -> int:
    """Plan and deliver to so many, and return the most memory that this process ever had, in KiB."""
    page = [planning.person(number) for number in range(HUNDRED)]
    deployment = planning.sending_to(page)
    batches = [
        [invitation(InvitationState.QUEUED, first * HUNDRED + number) for number in range(1, HUNDRED + 1)]
        for first in range(DIFFERENT)
    ]
    given = {f"BatchGetItem|invitation#{some[0].link_key}": batch(*some) for some in batches}
    others = {asked: answer for asked, answer in sending.ANSWERS.items() if not asked.startswith("BatchGetItem")}
    with standing({**given, **planning.answers(page, deployment), **others}):
        for number in range(people // HUNDRED):
            planning.plan(deployment)
            deliver(batches[number % DIFFERENT])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def deliver(queued: list[Invitation]) -> None:
    """Deliver a batch, as SQS would have it."""
    records = [
        {"messageId": str(place), "body": json.dumps({"invitation": one.link_key})} for place, one in enumerate(queued)
    ]
    if handler({"Records": records}, None)["batchItemFailures"]:
        raise RuntimeError("an invitation was not delivered")


if __name__ == "__main__":
    main()
