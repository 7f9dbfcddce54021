"""Who may import whom: the house rules of the design, read from the sources."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "layers" / "shared" / "python"
FUNCTIONS = ROOT / "functions"
PACKAGES = {path.name for path in FUNCTIONS.iterdir() if path.is_dir() and path.name != "__pycache__"}
WINGS = ("directory", "outreach", "feedback")
MAY_CALL_AWS = {
    "escuta.directory.access.cognito": "signs people in with Cognito",
    "escuta.events.bus": "EventBridge",
    "escuta.feedback.comprehend": "Comprehend, where an organisation has its comments read there",
    "escuta.files": "S3",
    "escuta.outreach.messages": "SES and SNS",
    "escuta.queues": "SQS",
    "escuta.secrets": "the secret that signs links",
}
PURE = {"comparing", "eligibility", "impact", "logic", "model", "periods", "resting", "rules", "statistics", "times"}
MODELS = tuple(f"escuta.{wing}.model" for wing in WINGS)
PURE_MAY = {"escuta.entity", "escuta.errors", "pydantic", "pydantic_core", *MODELS}


def name_of(path: Path, top: Path) -> str:
    parts = path.relative_to(top).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, also those imported inside functions and for typing."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides who is imported"
            module = node.module or ""
            yield from ({f"{module}.{alias.name}" for alias in node.names} if module in PREFIXES else {module})


PREFIXES = {"escuta", *(f"escuta.{wing}" for wing in WINGS)}
SHARED_FILES = {name_of(path, SHARED): path for path in sorted(SHARED.rglob("*.py"))}
FUNCTION_FILES = {name_of(path, FUNCTIONS): path for path in sorted(FUNCTIONS.rglob("*.py"))}


def within(name: str, *tops: str) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)


@pytest.mark.parametrize("name", FUNCTION_FILES)
def test_a_function_imports_the_product_and_its_own_package_alone(name: str) -> None:
    others = PACKAGES - {name.partition(".")[0]}
    assert [found for found in imports_of(FUNCTION_FILES[name]) if within(found, "infra", "tests", *others)] == []


@pytest.mark.parametrize("name", SHARED_FILES)
def test_the_product_never_looks_up_to_functions_or_infrastructure(name: str) -> None:
    found = [found for found in imports_of(SHARED_FILES[name]) if within(found, "infra", "tests", *PACKAGES)]
    assert found == []


@pytest.mark.parametrize("name", SHARED_FILES)
def test_a_wing_never_imports_a_wing_above_it_and_the_ground_floor_none(name: str) -> None:
    wing = name.split(".")[1] if "." in name else ""
    allowed = WINGS[: WINGS.index(wing) + 1] if wing in WINGS else ()
    above = [f"escuta.{other}" for other in WINGS if other not in allowed]
    assert [found for found in imports_of(SHARED_FILES[name]) if within(found, *above)] == []


ALL_FILES = {**SHARED_FILES, **FUNCTION_FILES}


@pytest.mark.parametrize(("library", "places"), [
    ("pynamodb", ("escuta.table",)),
    ("boto3", tuple(MAY_CALL_AWS)),
    ("chalice", ("respond",)),
    ("socket", ("escuta.outreach.webhooks.calling",)),  # whatever else connects does it through the SDK of AWS
    ("http.client", ("escuta.outreach.webhooks.calling",)),
    ("standardwebhooks", ("escuta.outreach.webhooks.signing",)),
    ("aws_lambda_powertools.event_handler", ("manage", "console")),
])  # fmt: skip
def test_a_library_is_known_only_where_it_belongs(library: str, places: tuple[str, ...]) -> None:
    knows = {name for name, path in ALL_FILES.items() if any(within(found, library) for found in imports_of(path))}
    assert {name for name in knows if not within(name, *places)} == set()
    assert knows, f"nothing imports {library}: the rule is about a library that is gone"


def test_botocore_is_known_only_beside_boto3_and_in_the_table() -> None:
    places = ("escuta.table", "escuta.sdk", *MAY_CALL_AWS)
    knows = {name for name, path in ALL_FILES.items() if any(within(found, "botocore") for found in imports_of(path))}
    assert {name for name in knows if not within(name, *places)} == set()


@pytest.mark.parametrize(
    "name", [name for name in SHARED_FILES if name.rpartition(".")[2] in PURE or within(name, *MODELS)]
)
def test_what_is_pure_needs_pydantic_and_the_standard_library_alone(name: str) -> None:
    for found in imports_of(SHARED_FILES[name]):
        standard = found.partition(".")[0] in sys.stdlib_module_names
        assert standard or within(found, *PURE_MAY) or found.rpartition(".")[2] in PURE, f"{name} imports {found}"


@pytest.mark.parametrize("name", [name for name in ALL_FILES if name != "escuta.clock"])
def test_nothing_but_the_clock_asks_what_time_it_is(name: str) -> None:
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(ALL_FILES[name].read_text()))
        if isinstance(node, ast.Call)
    }
    assert calls & {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"} == set()


@pytest.mark.parametrize("name", [name for name in ALL_FILES if name != "escuta.config"])
def test_nothing_but_the_settings_reads_the_environment(name: str) -> None:
    text = {
        ast.unparse(node)
        for node in ast.walk(ast.parse(ALL_FILES[name].read_text()))
        if isinstance(node, ast.Attribute)
    }
    assert text & {"os.environ", "os.getenv"} == set()
