"""The commands behind the Makefile: `python -m infra.operate deploy prod`."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.text import Text

from infra.cdk.stages import FOLDER, Stage, StageError, read
from infra.operate import afterwards, checking, checklist, deploying, drill, looking, redriving, synthesis, tool
from infra.operate.account import Account, StoppedError, laptop, opened

screen = Console(highlight=False, soft_wrap=True)
_YES = "1"


def main(arguments: list[str] | None = None) -> int:
    """Run the command that was asked for; what stands in its way is told in a sentence."""
    asked = _parser().parse_args(arguments)
    does: Callable[[argparse.Namespace], int] = asked.does
    try:
        return does(asked)
    except (StoppedError, StageError) as stopped:
        screen.print(Text(str(stopped), style="red"))
    except ClientError as error:
        said = error.response["Error"]
        what = f"AWS refused {error.operation_name}: {said.get('Code')}: {said.get('Message')}"
        screen.print(Text(what, style="red"))
    except BotoCoreError as error:
        screen.print(Text(f"AWS could not be asked: {error}", style="red"))
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.operate")
    parser.add_argument("--stages", type=Path, default=FOLDER, help="the folder of the stages")
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, does, what in (
        ("bootstrap", _bootstrap, "prepare account and region for the CDK, once"),
        ("deploy", _deploy, "deploy a stage"),
        ("diff", _diff, "show what a deployment would change"),
        ("destroy", _destroy, "remove the functions and the alarms of a stage; the data stays"),
        ("checklist", _checklist, "say what the account still lacks; FIX=1 sets the limit of SMS"),
        ("redrive", _redrive, "show what failed and lies aside, and with GO=1 give it another try"),
        ("restore-drill", _drill, "prove that the tables can be restored; GO=1 does it"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("stage", nargs="?", default="", help="name of a file in the folder of the stages")
        command.add_argument("--json", action="store_true", help="checklist: the results for a program")
        command.set_defaults(does=does)
    return parser


def _stage(asked: argparse.Namespace) -> Stage:
    if not asked.stage:
        known = sorted(path.stem for path in asked.stages.glob("*.toml") if path.stem != "example")
        there = f"There are: {', '.join(known)}." if known else f"There is none yet: copy {asked.stages}/example.toml."
        raise StoppedError(f"Which stage? STAGE=<name> reads {asked.stages}/<name>.toml. {there}")
    return read(asked.stage, asked.stages)


def _bootstrap(asked: argparse.Namespace) -> int:
    return deploying.bootstrap(tool.command(), opened(_stage(asked)).stage)


def _diff(asked: argparse.Namespace) -> int:
    account = opened(_stage(asked))
    return deploying.diff(tool.command(), synthesis.synthesised(account.stage, asked.stages))


def _deploy(asked: argparse.Namespace) -> int:
    account = opened(_stage(asked))
    cdk = tool.command()
    assembly = synthesis.synthesised(account.stage, asked.stages)
    deploying.require_bootstrap(account, assembly)
    told = deploying.deploy(cdk, account.stage, assembly)
    _tell(account, told)
    return 0


def _tell(account: Account, told: Path) -> None:
    """Say what is left to do."""
    outputs = deploying.read_outputs(told)
    screen.print(f"\n[bold]{account.stage.stack} is deployed.[/bold] What is left for you to do:")
    left = afterwards.steps(account.stage, outputs, afterwards.look(account, outputs))
    for number, step in enumerate(left, start=1):
        screen.print(Text(f"\n{number}. {step.why}"))
        for line in step.lines:
            screen.print(Text(f"   {line}"))
    screen.print(f"\nAll outputs: {told}", style="dim")


def _destroy(asked: argparse.Namespace) -> int:
    stage = _stage(asked)
    stacks = deploying.removable(stage, os.environ.get("STACK", ""))
    account = opened(stage)
    assembly = synthesis.synthesised(account.stage, asked.stages)
    return deploying.destroy(tool.command(), assembly, stacks, go=_says("GO"))


def _checklist(asked: argparse.Namespace) -> int:
    account = opened(_stage(asked))
    checks = checklist.checks(synthesis.synthesised(account.stage, asked.stages), looking.look, fix=_says("FIX"))
    return checking.show(screen, list(checking.results(account, checks)), as_json=asked.json)


def _redrive(asked: argparse.Namespace) -> int:
    account = opened(_stage(asked)) if asked.stage else laptop()
    queue = os.environ.get("QUEUE", "").lower()
    return redriving.run(account, screen, queue=queue, go=_says("GO"), forget=_says("FORGET"))


def _drill(asked: argparse.Namespace) -> int:
    account = opened(_stage(asked)) if asked.stage else laptop()
    if _says("CLEAN"):
        return drill.clean(account, screen, go=_says("GO"))
    return drill.run(account, screen, drill.asked(), drill.by_itself(account))


def _says(name: str) -> bool:
    """Tell whether the environment says yes to something."""
    return os.environ.get(name) == _YES


if __name__ == "__main__":
    sys.exit(main())
