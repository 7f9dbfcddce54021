"""Who may import whom: the house rules of the design, read from the sources."""

import ast
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "layers" / "shared" / "python"
FUNCTIONS = ROOT / "functions"
PACKAGES = {path.name for path in FUNCTIONS.iterdir() if path.is_dir() and path.name != "__pycache__"}
WINGS = ("directory", "outreach", "feedback")
MAY_CALL_AWS = {
    "escuta.cloudwatch": "reads what AWS measured",
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


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Return what a file consists of; each is read once for all rules."""
    return tuple(ast.walk(ast.parse(path.read_text())))


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    """Return every module that a file imports, also those imported inside functions and for typing."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides who is imported"
            module = node.module or ""
            yield from ({f"{module}.{alias.name}" for alias in node.names} if module in PREFIXES else {module})


def offenders(files: dict[str, Path], forbidden: Callable[[str, str], bool]) -> dict[str, list[str]]:
    """Return, by file, the imports of which the rule says so: it is asked with the names of file and import."""
    found = {name: [each for each in imports_of(path) if forbidden(name, each)] for name, path in files.items()}
    return {name: imports for name, imports in found.items() if imports}


PREFIXES = {"escuta", *(f"escuta.{wing}" for wing in WINGS)}
SHARED_FILES = {name_of(path, SHARED): path for path in sorted(SHARED.rglob("*.py"))}
FUNCTION_FILES = {name_of(path, FUNCTIONS): path for path in sorted(FUNCTIONS.rglob("*.py"))}


def within(name: str, *tops: str) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)


ASKS_IN_PROCESS = {"console": {"manage"}}  # whose pages show what the management API answers (decision 32)


def test_a_function_imports_the_product_and_its_own_package_alone() -> None:
    def forbidden(name: str, found: str) -> bool:
        own = name.partition(".")[0]
        return within(found, "infra", "tests", *(PACKAGES - {own} - ASKS_IN_PROCESS.get(own, set())))

    assert offenders(FUNCTION_FILES, forbidden) == {}


def test_the_product_never_looks_up_to_functions_or_infrastructure() -> None:
    assert offenders(SHARED_FILES, lambda _name, found: within(found, "infra", "tests", *PACKAGES)) == {}


def test_a_wing_never_imports_a_wing_above_it_and_the_ground_floor_none() -> None:
    def forbidden(name: str, found: str) -> bool:
        wing = name.split(".")[1] if "." in name else ""
        allowed = WINGS[: WINGS.index(wing) + 1] if wing in WINGS else ()
        return within(found, *(f"escuta.{other}" for other in WINGS if other not in allowed))

    assert offenders(SHARED_FILES, forbidden) == {}


ALL_FILES = {**SHARED_FILES, **FUNCTION_FILES}


@pytest.mark.parametrize(("library", "places"), [
    ("pynamodb", ("escuta.table",)),
    ("boto3", ("escuta.bounded", "escuta.files")),  # clients are bounded; files are put up in parts by boto3 itself
    ("escuta.bounded", (*MAY_CALL_AWS, "escuta.table.rows")),
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


def test_botocore_is_known_only_where_aws_is_called_and_in_the_table() -> None:
    places = ("escuta.table", "escuta.sdk", "escuta.bounded", *MAY_CALL_AWS)
    knows = {name for name, path in ALL_FILES.items() if any(within(found, "botocore") for found in imports_of(path))}
    assert {name for name in knows if not within(name, *places)} == set()


def test_what_is_pure_needs_pydantic_and_the_standard_library_alone() -> None:
    def forbidden(_name: str, found: str) -> bool:
        standard = found.partition(".")[0] in sys.stdlib_module_names
        return not (standard or within(found, *PURE_MAY) or found.rpartition(".")[2] in PURE)

    pure = {
        name: path for name, path in SHARED_FILES.items() if name.rpartition(".")[2] in PURE or within(name, *MODELS)
    }
    assert len(pure) > len(PURE)
    assert offenders(pure, forbidden) == {}


def test_nothing_but_the_clock_asks_what_time_it_is() -> None:
    asking = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    assert {name for name, path in ALL_FILES.items() if attributes_of(path) & asking} == {"escuta.clock"}


def test_nothing_but_the_settings_reads_the_environment() -> None:
    reading = {"os.environ", "os.getenv"}
    assert {name for name, path in ALL_FILES.items() if attributes_of(path) & reading} == {"escuta.config"}


@cache
def attributes_of(path: Path) -> set[str]:
    return {
        f"{node.value.id}.{node.attr}"
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
