"""What is logged: no detail may have the name of a field of the record itself, since logging raises then.

Tests run without a log, so that only a deployed function would meet it.
"""

import ast
import logging
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for folder in ("functions", "layers/shared/python") for path in (ROOT / folder).rglob("*.py"))
TAKEN = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime"})


def details(source: str) -> Iterator[str]:
    """Yield the names of the details of every log line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "extra" and isinstance(node.value, ast.Dict):
            yield from (str(key.value) for key in node.value.keys if isinstance(key, ast.Constant))


def test_a_detail_with_the_name_of_a_field_of_the_record_is_seen_here() -> None:
    assert list(details('log.info("x", extra={"message": 1, **more, "kind": 2})')) == ["message", "kind"]
    assert {"message", "name", "args"} <= TAKEN


def test_no_detail_of_a_log_line_takes_the_name_of_a_field_of_the_record() -> None:
    taken = {str(path.relative_to(ROOT)): TAKEN & {*details(path.read_text("utf-8"))} for path in SOURCES}
    assert {path: names for path, names in taken.items() if names} == {}
