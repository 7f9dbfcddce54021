"""Deploying an assembly as the CDK does, with boto3 alone: assets into the bucket, a change set, execute, wait."""

import json
import time
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.local.place import ACCOUNT, REGION, Place

STACK = "Escuta"  # what runs
STACKS = (f"{STACK}-data", STACK, f"{STACK}-watch")  # each on top of the one before
_OURS = "Out"  # begins the ids of outputs that are not for another stack
_BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
_DEPLOYED = "/escuta/deployed"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of zip: the same files give the same bytes
_STEP = 0.1
_UNDER_WAY = {"CREATE_PENDING", "CREATE_IN_PROGRESS"}


class DeployError(RuntimeError):
    """CloudFormation refused; the message names the resources."""


def deploy(place: Place, assembly: Path, parameters: Mapping[str, str]) -> bool:
    """Bring the stacks to this assembly; return False when they are there already."""
    version = json.dumps([assembly.name, dict(parameters)])
    if parameter(place, _DEPLOYED) == version:
        return False
    bootstrap(place)
    for name in STACKS:
        template = _upload(place, assembly, name)
        asked = json.loads((assembly / f"{name}.template.json").read_text()).get("Parameters", {})
        _change(place, name, template, {key: value for key, value in parameters.items() if key in asked})
    place.aws("ssm").put_parameter(Name=_DEPLOYED, Value=version, Type="String", Overwrite=True)
    return True


def outputs(place: Place) -> dict[str, str]:
    """Return the outputs of the deployed stacks, without the prefix that keeps their ids apart."""
    formation = place.aws("cloudformation")
    stacks = [formation.describe_stacks(StackName=name)["Stacks"][0] for name in STACKS]
    found = (one for stack in stacks for one in stack.get("Outputs", []) if one["OutputKey"].startswith(_OURS))
    return {one["OutputKey"].removeprefix(_OURS): one["OutputValue"] for one in found}


def remove(place: Place, name: str) -> None:
    """Remove one of the stacks, as `cdk destroy` does; what it retains is left."""
    formation = place.aws("cloudformation")
    formation.delete_stack(StackName=name)
    while _exists(formation, name):
        time.sleep(_STEP)
    place.aws("ssm").put_parameter(Name=_DEPLOYED, Value=f"without {name}", Type="String", Overwrite=True)


def parameter(place: Place, name: str) -> str | None:
    """Return a value kept in the instance itself, so that it is lost when the instance loses its data."""
    ssm = place.aws("ssm")
    try:
        return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return None


def bootstrap(place: Place) -> None:
    """Do what `cdk bootstrap` leaves behind that a template asks for."""
    place.aws("s3").create_bucket(Bucket=_bucket("cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"))
    place.aws("ssm").put_parameter(Name=_BOOTSTRAP, Value="21", Type="String", Overwrite=True)


def _bucket(name: str) -> str:
    return name.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)


def _upload(place: Place, assembly: Path, stack: str) -> str:
    """Put every asset where the template looks for it; return the address of the template."""
    s3 = place.aws("s3")
    files = json.loads((assembly / f"{stack}.assets.json").read_text())["files"]
    template = ""
    for asset in files.values():
        source = assembly / asset["source"]["path"]
        for target in asset["destinations"].values():
            bucket, key = _bucket(target["bucketName"]), target["objectKey"]
            if not _there(s3, bucket, key):
                body = zipped(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
                s3.put_object(Bucket=bucket, Key=key, Body=body)
            if source.name == f"{stack}.template.json":
                template = f"{s3.meta.endpoint_url}/{bucket}/{key}"
    return template


def _there(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return False
        raise
    return True


def zipped(folder: Path) -> bytes:
    """Return the folder as a zip. Stored, not compressed: every start of a function unpacks it again."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.writestr(zipfile.ZipInfo(str(path.relative_to(folder)), _EPOCH), path.read_bytes())
    return buffer.getvalue()


def _change(place: Place, stack: str, template: str, parameters: Mapping[str, str]) -> None:
    formation = place.aws("cloudformation")
    name = f"deploy-{time.time_ns()}"
    formation.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType="UPDATE" if _exists(formation, stack) else "CREATE",
        TemplateURL=template,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    while (made := formation.describe_change_set(StackName=stack, ChangeSetName=name))["Status"] in _UNDER_WAY:
        time.sleep(_STEP)
    if made["Status"] == "FAILED" and "didn't contain changes" in made.get("StatusReason", ""):
        return
    if made["Status"] != "CREATE_COMPLETE":
        raise DeployError(made.get("StatusReason", made["Status"]))
    formation.execute_change_set(StackName=stack, ChangeSetName=name)
    _wait(formation, stack)


def _exists(formation: Any, stack: str) -> bool:
    try:
        found = formation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError:
        return False
    return any(one["StackStatus"] not in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"} for one in found)


def _wait(formation: Any, stack: str) -> None:
    while True:
        status = formation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        if not status.endswith("IN_PROGRESS"):
            break
        time.sleep(_STEP)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        events = formation.describe_stack_events(StackName=stack)["StackEvents"]
        raise DeployError(f"{stack} {status}: " + "; ".join(_failures(events)))


def _failures(events: Iterable[Any]) -> list[str]:
    return [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in events
        if event.get("ResourceStatus", "").endswith("FAILED")
    ][:5]
