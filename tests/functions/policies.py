"""Reading a content security policy, and what would be weak in one."""

import re

_LOCAL = re.compile(r"http://(localhost|127\.0\.0\.1)(:\d+)?")
_SCRIPT = re.compile(r"'nonce-[A-Za-z0-9_-]{22}' 'strict-dynamic'")
_NEEDED = {"base-uri": "'none'", "object-src": "'none'", "frame-ancestors": None, "form-action": None}


def directives(policy: str) -> dict[str, list[str]]:
    """Return the sources of each directive; one that stands twice is an error, since browsers take the first."""
    pairs = [part.split() for part in policy.split(";") if part.strip()]
    names = [name for name, *_ in pairs]
    assert sorted(names) == sorted(set(names)), "a directive stands twice"
    return {name: sources for name, *sources in pairs}


def weaknesses(policy: str) -> list[str]:
    """Return what opens this policy to more than our own (OWASP, csp-evaluator); [] when nothing does."""
    found = directives(policy)
    weak = [] if found.get("default-src") == ["'none'"] else [f"default-src {' '.join(found.get('default-src', []))}"]
    script = " ".join(found.get("script-src", []))
    if script and not _SCRIPT.fullmatch(script):
        weak.append(f"script-src {script}")
    for name, only in _NEEDED.items():
        if name == "object-src" and "script-src" not in found:
            continue  # nothing runs: default-src says it all
        if name not in found or (only and found[name] != [only]):
            weak.append(name)
    return weak + [
        f"{name}: {problem}" for name, sources in found.items() for problem in map(_open, sources) if problem
    ]


def _open(source: str) -> str:
    if "unsafe" in source:
        return source
    if "*" in source:
        return "wildcard"
    if source.startswith("http:") and not _LOCAL.fullmatch(source):
        return "http:"
    return "scheme" if source.endswith(":") and source != "data:" else ""
