"""One stylesheet and one script for a page, out of small files: few requests, and files that can be read.

A list of runs, which most readers open first, has the stylesheet of the frame alone; all other pages have one
more for what only they draw, and a calendar and a wall have one of their own. So with scripts: a calendar has
one more, and a wall, which needs no htmx, has its own alone.

Modules are joined, not changed: each is a function that gives what it exports, in the order in which browsers
run them, behind htmx. Comments and indents stay here.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

SHEETS = ("site", "pages", "calendar", "wall")
SCRIPTS = ("site", "calendar", "wall")
_HTMX = "django_htmx/htmx-2.min.js"
_IMPORT = re.compile(r'^import (?:(\{[^}]*\}) from )?"\./([\w-]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const) ([\w$]+|\[[^\]]*\]))", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_JS_COMMENT = re.compile(r"(?:^|  +)//(?: .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Bundle:
    """A file for browsers: its text, and the name that its content gives it."""

    text: str

    @cached_property
    def version(self) -> str:
        """Another text has another one."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    @cached_property
    def brotli(self) -> bytes:
        """As small as Brotli makes it, made once."""
        packed: bytes = brotli.compress(self.text.encode())
        return packed

    @cached_property
    def gzipped(self) -> bytes:
        """As small as gzip makes it, made once."""
        return gzip.compress(self.text.encode(), 9, mtime=0)


@cache
def sheet(name: str = "site") -> Bundle:
    """A stylesheet, one of `SHEETS`, in the order of its file in `static/css`."""
    folder = _static("css")
    names = (folder / f"{name}.order").read_text("utf-8").split()
    text = "\n".join((folder / name).read_text("utf-8") for name in names)
    return Bundle(_without_indents(_CSS_COMMENT.sub("", text)))


@cache
def script(name: str = "site") -> Bundle:
    """One of `SCRIPTS`: our modules from that one on, behind htmx where every page in the frame runs it."""
    return Bundle(f"{_htmx()}\n{joined(name)}" if name == "site" else joined(name))


@cache
def version() -> str:
    """Of everything that a page loads."""
    bundles = (*map(sheet, SHEETS), *map(script, SCRIPTS))
    return Bundle("".join(bundle.version for bundle in bundles)).version


def stylesheet_url(name: str = "site") -> str:
    """Where this version of a stylesheet is; another version has another address."""
    return reverse("stylesheet", args=[name, sheet(name).version])


def script_url(name: str = "site") -> str:
    """Where this version of a script is."""
    return reverse("script", args=[name, script(name).version])


def joined(entry: str) -> str:
    """The module of that name and all that it imports, as one script for strict mode.

    Raises ValueError for an import or an export of a form that is not joined.
    """
    return _without_indents("".join(_in_order(entry, set())))


def _in_order(name: str, seen: set[str]) -> Iterator[str]:
    """What a module imports, then the module: each once."""
    if name in seen:
        return
    seen.add(name)
    text = (_static("js") / f"{name}.js").read_text("utf-8")
    for _, imported in _IMPORT.findall(text):
        yield from _in_order(imported, seen)
    yield _as_function(name, _JS_COMMENT.sub("", text))


def _as_function(name: str, text: str) -> str:
    exported = ", ".join(names.strip("[]") for names in _EXPORT.findall(text))
    body = _EXPORT.sub("", _IMPORT.sub(_taken, text))
    if wrong := _LEFT.search(body):
        raise ValueError(f"{name}.js: {wrong[0]} is not joined")
    return f'const {_variable(name)} = (() => {{\n"use strict";\n{body}\nreturn {{ {exported} }};\n}})();\n'


def _taken(imported: re.Match[str]) -> str:
    return f"const {imported[1]} = {_variable(imported[2])};" if imported[1] else ""


def _variable(name: str) -> str:
    return "module_" + name.replace("-", "_")


def _without_indents(text: str) -> str:
    return "\n".join(filter(None, (line.strip() for line in text.splitlines())))


def _htmx() -> str:
    return Path(str(finders.find(_HTMX))).read_text("utf-8")


def _static(kind: str) -> Path:
    folder: Path = settings.BASE_DIR / "static" / kind
    return folder
