"""What a function has before Lambda takes its snapshot: all that the first visitor needs, and nothing of chance."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.cdk.function import DOORS

ROOT = Path(__file__).resolve().parents[2]
# Lambda's own registry, as its runtime brings it.
REGISTRY = """
before, after = [], []
register_before_snapshot, register_after_restore = before.append, after.append
"""
# Whatever is drawn by our own code is told with the line that drew it; pages are shown afterwards.
DRIVE = """
import builtins, importlib, os, random, secrets, sys, uuid

OURS = tuple(sys.argv[2:])
drawn = []

def watched(name, drawing):
    def draw(*args, **kwargs):
        caller = sys._getframe(1)
        if caller.f_code.co_filename.startswith(OURS):
            drawn.append(f"{name} at {caller.f_code.co_filename}:{caller.f_lineno}")
        return drawing(*args, **kwargs)
    return draw

os.urandom = watched("os.urandom", os.urandom)
for module, names in ((random, ("random", "randrange", "uniform", "choice", "sample", "randint", "shuffle")),
                      (secrets, ("token_bytes", "token_hex", "token_urlsafe", "choice", "randbelow")),
                      (uuid, ("uuid1", "uuid4"))):
    for name in names:
        setattr(module, name, watched(f"{module.__name__}.{name}", getattr(module, name)))

import snapshot_restore_py
importlib.import_module(sys.argv[1])
for work in snapshot_restore_py.before:
    work()
assert drawn == [], drawn
assert snapshot_restore_py.before, "nothing is done before the snapshot"
state = random.getstate()
for work in snapshot_restore_py.after:
    work()
assert random.getstate() != state, "all functions would draw the same numbers"
"""
SHOWN = """
from escuta import table
from escuta.entity import Table
read = []
opened = builtins.open
builtins.open = lambda path, *args, **kwargs: (read.append(str(path)), opened(path, *args, **kwargs))[1]
known = set(sys.modules)
from respond import sheets
for name in ("survey.html", "question.html", "kiosk.html", "sw.js"):
    sheets.templates().get_template(name)
for each in Table:
    table.row_of(each)
new = {name for name in set(sys.modules) - known if name.split(".")[0] in {"escuta", "respond", "botocore", "jinja2"}}
assert (read, new) == ([], set()), (read, new)
"""


def driven(tmp_path: Path, module: str, more: str = "") -> str:
    """Import a handler as Lambda does, take the snapshot, and return what it complains of."""
    (tmp_path / "snapshot_restore_py.py").write_text(REGISTRY)
    sources = [ROOT / "functions", ROOT / "layers" / "shared" / "python"]
    settings = ("AUDIT_TABLE", "DIRECTORY_TABLE", "FEEDBACK_TABLE", "OUTREACH_TABLE")
    names = (
        "STAGE ORGANISATION DROP_BUCKET REPORTS_BUCKET LAKE_BUCKET ATTACHMENTS_BUCKET DROP_QUEUE LOAD_QUEUE CLOSE_QUEUE"
        " EXPORT_QUEUE ERASE_QUEUE LAKE_QUEUE DIGEST_QUEUE PLAN_QUEUE DELIVER_QUEUE ALERT_QUEUE EVENT_QUEUE"
        " WEBHOOK_QUEUE EVENT_BUS LINK_SECRET SENDER CONFIGURATION_SET USER_POOL USER_POOL_CLIENT"
    )
    environment = {f"ESCUTA_{name}": "given" for name in (*settings, *names.split())}
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", DRIVE + more, module, *map(str, sources)],
        env={
            **environment,
            "PYTHONPATH": ":".join(map(str, (tmp_path, *sources))),
            "AWS_DEFAULT_REGION": "sa-east-1",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "key",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize("module", sorted(DOORS))
def test_nothing_is_drawn_before_the_snapshot_and_each_start_draws_anew(tmp_path: Path, module: str) -> None:
    assert driven(tmp_path, module) == ""


def test_the_first_visitor_waits_for_no_template_and_no_client(tmp_path: Path) -> None:
    assert driven(tmp_path, "respond.app", SHOWN) == ""


def test_a_token_that_is_made_at_import_is_found(tmp_path: Path) -> None:
    """Keep the variant that the test above must catch."""
    broken = tmp_path / "functions" / "broken"
    broken.mkdir(parents=True)
    (broken / "__init__.py").touch()
    (broken / "app.py").write_text(
        "import secrets\nfrom escuta import snapshot\nSEED = secrets.token_hex(8)\nsnapshot.before(int)\n"
    )
    (tmp_path / "snapshot_restore_py.py").write_text(REGISTRY)
    shared = ROOT / "layers" / "shared" / "python"
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", DRIVE, "broken.app", str(tmp_path / "functions"), str(shared)],
        env={"PYTHONPATH": f"{tmp_path}:{tmp_path / 'functions'}:{shared}"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert "secrets.token_hex at" in done.stderr
