"""One language: words that say nothing of what a thing is are not used, and a state word is written once."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dashboard.domain import states

pytestmark = pytest.mark.lint

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("config", "dashboard", "benchmarks", "tests", "templates", "static", "docs")
SUFFIXES = (".py", ".html", ".js", ".css", ".md", ".xml", ".svg", ".toml", ".txt")
# Nowhere: neither in a name nor in a sentence.
NOWHERE = {"told", "said", "hum", "hums", "rests", "narrowed", "lasting"}
# Not as a name, and not as a part of one; in a sentence they are plain English.
NO_NAME = {"found", "tell", "tells", "it", "among", "took", "often"}
# A name may have the word where it is another one's, or means just that.
NAMES_THAT_STAY = re.compile(r"NotFound|not_found|NOT_FOUND|found_not|page_not_found|it_'")
HERE = Path(__file__).resolve()
HISTORY = ("CHANGELOG.md", "dashboard/migrations/")


def files(*suffixes: str) -> list[Path]:
    """Every file of ours with one of these endings, but for the record of the past."""
    some = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*"))]
    some += sorted(ROOT.glob("*"))
    return [
        file
        for file in some
        if file.is_file()
        and file.suffix in suffixes
        and file != HERE
        and not name_of(file).startswith(HISTORY)
        and not file.name.startswith("requirements")
    ]


def name_of(file: Path) -> str:
    """A file's path within the repository."""
    return file.relative_to(ROOT).as_posix()


def words_of(name: str) -> set[str]:
    """The words that a name is made of, in any of the ways to write one."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def python_names(file: Path) -> Iterator[tuple[int, str]]:
    """Every name that a Python file gives or uses."""
    for node in ast.walk(tree_of(file)):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield line, name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield line, name
            case ast.keyword(arg=str(name)):
                yield node.value.lineno, name
            case ast.alias(name=name, asname=other):
                yield line, other or name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield line, name


def python_prose(file: Path) -> Iterator[tuple[int, str]]:
    """Comments and texts of a Python file."""
    for token in tokenize.generate_tokens(io.StringIO(file.read_text("utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def names_in_templates(file: Path) -> Iterator[tuple[int, str]]:
    """Names between braces, and the hooks of styles and scripts."""
    text = file.read_text("utf-8")
    for part in re.finditer(r"{[{%](.*?)[%}]}", text, re.DOTALL):
        code = re.sub(r"\"[^\"]*\"|'[^']*'", "", part[1])
        yield from (
            (text.count("\n", 0, part.start()) + 1, name) for name in re.findall(r"[A-Za-z_]\w*", code)
        )
    bare = re.sub(r"{[{%#].*?[%}#]}", "", text, flags=re.DOTALL)
    for hook in re.finditer(r"\b(?:class|id)=\"([^\"]*)\"", bare):
        yield from ((0, name) for name in hook[1].split())


def names_in_scripts(file: Path) -> Iterator[tuple[int, str]]:
    """Names of a script, without its comments and texts."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*|\"[^\"\n]*\"|'[^'\n]*'", "", file.read_text("utf-8"), flags=re.DOTALL)
    yield from ((0, name) for name in re.findall(r"[A-Za-z_$][\w$]*", text))


def names_in_stylesheets(file: Path) -> Iterator[tuple[int, str]]:
    """Classes, ids and custom properties of a stylesheet."""
    text = re.sub(r"/\*.*?\*/", "", file.read_text("utf-8"), flags=re.DOTALL)
    yield from ((0, name) for name in re.findall(r"(?:[.#]|--)([A-Za-z][\w-]*)", text))


def names(file: Path) -> Iterator[tuple[int, str]]:
    """Every name in a file, with its line where that is known."""
    readers = {".py": python_names, ".html": names_in_templates, ".xml": names_in_templates}
    readers |= {".js": names_in_scripts, ".css": names_in_stylesheets}
    if file.suffix in readers:
        yield from readers[file.suffix](file)


def prose(file: Path) -> Iterator[tuple[int, str]]:
    """Everything in a file that is a sentence, or may be part of one."""
    if file.suffix == ".py":
        yield from python_prose(file)
    else:
        yield from enumerate(file.read_text("utf-8").splitlines(), 1)


def words_in_names() -> Iterator[str]:
    for file in files(".py", ".html", ".xml", ".js", ".css"):
        for line, name in names(file):
            bad = words_of(name) & (NOWHERE | NO_NAME) if not NAMES_THAT_STAY.search(name) else set()
            # The name of a test is a sentence, and so is that of its file.
            if name.startswith("test_"):
                bad &= NOWHERE
            if bad - ({"it"} if words_of(name) != {"it"} else set()):
                yield f"{name_of(file)}:{line} {name}"


def words_in_prose() -> Iterator[str]:
    anywhere = re.compile("|".join(sorted(NOWHERE)), re.IGNORECASE)
    for file in files(*SUFFIXES):
        # Few files have one of the words anywhere at all: only these are taken apart.
        if not anywhere.search(file.read_text("utf-8")):
            continue
        for line, text in prose(file):
            for word in NOWHERE & {word.lower() for word in re.findall(r"[A-Za-z]+", text)}:
                yield f"{name_of(file)}:{line} {word}"


STATE_WORDS = {
    value
    for kind in vars(states).values()
    if isinstance(kind, type)
    for name, value in vars(kind).items()
    if name.isupper() and isinstance(value, str)
}
# Plain words that are a state's only among states.
ALSO_PLAIN = {
    "administrator",
    "never",
    "email",
    "webhook",
    "service",
    "test",
    "gone",
    "error",
    "manual",
    "unknown",
    "ok",
    "active",
    "reading",
    "live",
    "working",
}


def state_words_elsewhere() -> Iterator[str]:
    """Texts of the dashboard that are just a state's word, outside the file of states."""
    exempt = ("dashboard/simulator/", "dashboard/migrations/", "dashboard/domain/states.py")
    for file in sorted((ROOT / "dashboard").rglob("*.py")):
        if name_of(file).startswith(exempt):
            continue
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Constant) and node.value in STATE_WORDS - ALSO_PLAIN:
                yield f"{name_of(file)}:{node.lineno} {node.value}"


def long_template_lines() -> Iterator[str]:
    for file in sorted((ROOT / "templates").rglob("*")):
        if file.is_file():
            for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
                if len(line) > 120:
                    yield f"{name_of(file)}:{number} {len(line)}"


def test_a_name_says_what_the_thing_is() -> None:
    assert list(words_in_names()) == []


def test_no_sentence_speaks_the_old_dialect() -> None:
    assert list(words_in_prose()) == []


def test_a_state_word_is_written_in_one_file() -> None:
    assert list(state_words_elsewhere()) == []


def test_a_line_of_a_template_can_be_read_at_once() -> None:
    assert list(long_template_lines()) == []
