"""Checks of the account: prepared for the CDK, allowed to deploy, with room enough."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from infra.operate import deploying, synthesis
from infra.operate.account import Account
from infra.operate.checking import Result, ok, problem, warning

_SPARE = 100  # concurrency that AWS wants to be left without a reservation
_ROLES = ("deploy", "file-publishing")  # of `cdk bootstrap`, that whoever deploys takes on
_THROTTLE = 100  # requests a second below which a campaign is felt


class Room:
    """Checks that depend on what the stage is made of."""

    def __init__(self, assembly: Path) -> None:
        """Take the synthesised stage."""
        self._assembly = assembly

    def bootstrap(self, account: Account) -> Iterator[Result]:
        """Look for what `cdk bootstrap` leaves. Without it nothing can be deployed."""
        has, needs = deploying.bootstrapped(account), synthesis.bootstrap_needed(self._assembly)
        if has >= needs:
            yield ok("CDK bootstrap", f"version {has}")
        else:
            found = f"version {has}, {needs} is needed" if has else "not there"
            yield problem("CDK bootstrap", found, f"make bootstrap STAGE={account.stage.name}")

    def concurrency(self, account: Account) -> Iterator[Result]:
        """Compare what is reserved for functions with what the account has; a hundred must be left over."""
        needs = reserved(synthesis.templates(self._assembly)) + _SPARE
        has = account.aws("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
        if has >= needs:
            yield ok("Lambda concurrency", f"{has}, of which the stage reserves {needs - _SPARE}")
        else:
            yield problem(
                "Lambda concurrency",
                f"{has}, and {needs} are needed",
                "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
                f"--region {account.region} --desired-value {max(1000, needs)}",
            )


def reserved(templates: Iterator[dict[str, Any]]) -> int:
    """Return how much concurrency the functions of these templates reserve."""
    found = (each for template in templates for each in template["Resources"].values())
    return sum(
        int(each["Properties"].get("ReservedConcurrentExecutions", 0))
        for each in found
        if each["Type"] == "AWS::Lambda::Function"
    )


def identity(account: Account) -> Iterator[Result]:
    """Tell who we are; the account was compared with the stage before anything else."""
    told = account.aws("sts").get_caller_identity()
    yield ok("credentials", f"{told['Arn']} in {account.region}")


def throttle(account: Account) -> Iterator[Result]:
    """Look at the throttle of API Gateway, which all APIs of the account in the region share."""
    told = account.aws("apigateway").get_account().get("throttleSettings", {})
    rate = told.get("rateLimit", 0)
    if rate >= _THROTTLE:
        yield ok("API Gateway throttle", f"{rate:.0f} a second, {told.get('burstLimit', 0)} at once")
    else:
        place = f"https://{account.region}.console.aws.amazon.com/servicequotas/home/services/apigateway/quotas"
        yield warning("API Gateway throttle", f"{rate:.0f} a second", f"Ask for more: {place}")


def permission(account: Account) -> Iterator[Result]:
    """Ask whether we may take on the roles that the CDK's bootstrap has made: by them it deploys."""
    stage = account.stage
    who = _principal(account, account.aws("sts").get_caller_identity()["Arn"])
    if not who:
        yield warning("permission to deploy", "the root of the account", "Deploy with a role; the root is for keys.")
        return
    wanted = [
        f"arn:aws:iam::{stage.account}:role/cdk-hnb659fds-{name}-role-{stage.account}-{stage.region}" for name in _ROLES
    ]
    told = account.aws("iam").simulate_principal_policy(
        PolicySourceArn=who, ActionNames=["sts:AssumeRole"], ResourceArns=wanted
    )
    refused = _refused(told["EvaluationResults"], wanted)
    if not refused:
        yield ok("permission to deploy", f"{who.rpartition('/')[2]} may take on the roles of the CDK")
    else:
        roles = ", ".join(each.rpartition("/")[2] for each in refused)
        yield problem(
            "permission to deploy", f"{who} may not take on {roles}", "Allow it sts:AssumeRole on these roles."
        )


def _principal(account: Account, arn: str) -> str:
    """Return the ARN that policies are looked up by; "" for the root. A session is one of its role."""
    if arn.endswith(":root"):
        return ""
    if ":assumed-role/" not in arn:
        return arn
    name = arn.split("/")[1]
    return str(account.aws("iam").get_role(RoleName=name)["Role"]["Arn"])


def _refused(evaluated: Sequence[dict[str, Any]], wanted: Sequence[str]) -> list[str]:
    """Return those of the resources that are refused. AWS tells of each, or of all at once."""
    told = {}
    for each in evaluated:
        for one in each.get("ResourceSpecificResults", ()):
            told[one["EvalResourceName"]] = one["EvalResourceDecision"]
        told.setdefault(each.get("EvalResourceName", "*"), each["EvalDecision"])
    return [arn for arn in wanted if told.get(arn, told.get("*")) != "allowed"]
