import pytest
from pydantic import ValidationError

from escuta import config


def test_a_missing_setting_stops_the_start_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESCUTA_DROP_BUCKET")

    with pytest.raises(RuntimeError, match="ESCUTA_DROP_BUCKET"):
        config.settings()


def test_a_bad_setting_stops_the_start_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUTA_CLOCK_SHIFT", "soon")

    with pytest.raises(RuntimeError, match="ESCUTA_CLOCK_SHIFT"):
        config.settings()


def test_a_typing_error_in_the_stack_fails_at_synth() -> None:
    with pytest.raises(ValidationError, match="drop_buckett"):
        config.environment(drop_buckett="escuta-drop")


def test_what_the_stack_writes_the_function_reads() -> None:
    assert config.settings().organisation == "Lojas Aurora"
