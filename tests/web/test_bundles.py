"""One stylesheet and one script out of many files."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.test import Client

from dashboard.web import bundles

SCRIPTS = sorted((settings.BASE_DIR / "static" / "js").glob("*.js"))


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """An empty site of its own; bundles are put together once per process, here once per test."""
    settings.BASE_DIR = tmp_path
    for kind in ("css", "js"):
        (tmp_path / "static" / kind).mkdir(parents=True)
    bundles.sheet.cache_clear()
    yield tmp_path / "static"
    bundles.sheet.cache_clear()


def test_the_sheet_is_in_the_order_that_is_written_down_without_comments(folder: Path) -> None:
    for name, text in {"a": "/* one\n   two */\n  .a { }\n\n", "b": ".b {}", "c": ".c {}"}.items():
        (folder / "css" / f"{name}.css").write_text(text, "utf-8")
    (folder / "css" / "site.order").write_text("b.css\na.css\n", "utf-8")
    assert bundles.sheet().text == ".b {}\n.a { }"


def test_another_text_has_another_name_and_the_same_text_the_same() -> None:
    names = [bundles.Bundle(text).version for text in ("one", "two", "one")]
    assert names[0] == names[2] != names[1]
    assert re.fullmatch(r"[0-9a-f]{12}", names[0])


def test_modules_are_joined_each_once_after_what_it_imports(folder: Path) -> None:
    modules = {
        "site": 'import "./first.js";\nimport { twice, ONE } from "./two-words.js";\n// Why.\ngo();  // now',
        "first": 'import { ONE } from "./two-words.js";\nlet own = ONE;',
        "two-words": "export const [ONE, TWO] = [1, 2];\nexport async function twice(n) {\n  return n;\n}",
    }
    for name, text in modules.items():
        (folder / "js" / f"{name}.js").write_text(text, "utf-8")
    assert bundles.joined("site").splitlines() == [
        *("const module_two_words = (() => {", '"use strict";', "const [ONE, TWO] = [1, 2];"),
        *("async function twice(n) {", "return n;", "}", "return { ONE, TWO, twice };", "})();"),
        *("const module_first = (() => {", '"use strict";', "const { ONE } = module_two_words;"),
        *("let own = ONE;", "return {  };", "})();"),
        *("const module_site = (() => {", '"use strict";', "const { twice, ONE } = module_two_words;"),
        *("go();", "return {  };", "})();"),
    ]


@pytest.mark.parametrize("line", ["export default 1;", "export let one = 1;", 'import * as x from "./y.js";'])
def test_a_form_that_is_not_joined_is_refused(folder: Path, line: str) -> None:
    (folder / "js" / "site.js").write_text(line, "utf-8")
    with pytest.raises(ValueError, match="is not joined"):
        bundles.joined("site")


def test_no_text_of_a_script_goes_over_lines_since_indents_are_left_out() -> None:
    for file in SCRIPTS:
        assert all(line.count("`") % 2 == 0 for line in file.read_text("utf-8").splitlines()), file.name


def test_paper_has_margins_of_its_own_outside_every_layer() -> None:
    sheet = bundles.sheet("site").text
    assert "@page { margin: 14mm 12mm; }\n@layer utilities" in sheet


def test_every_script_is_in_a_bundle_and_every_style_in_the_sheet() -> None:
    sheets = [bundles.sheet(name).text for name in bundles.SHEETS]
    joined = "".join(bundles.script(name).text for name in bundles.SCRIPTS)
    for file in SCRIPTS:
        assert f"const module_{file.stem.replace('-', '_')} = " in joined
    assert bundles.script().text.startswith("var htmx=")
    assert "/*" not in "".join(sheets)
    assert sheets[0].count("@layer components") > 20
    assert all("@layer components" in text for text in sheets)


def test_the_frame_s_stylesheet_leaves_out_what_a_list_of_runs_does_not_draw() -> None:
    site, pages = (bundles.sheet(name).text for name in ("site", "pages"))
    assert ".runs-table" in site
    for name in ("deps-table", "facts", "note-form", "people-table", "alone"):
        assert f".{name} " in pages
        assert f".{name} " not in site


@pytest.mark.parametrize(
    "url", [bundles.stylesheet_url, bundles.script_url, partial(bundles.script_url, "wall")]
)
def test_a_bundle_is_kept_for_ever_and_small(client: Client, url: Any) -> None:
    plain = client.get(url())
    for accepted, encoding, unpacked in (
        ("gzip", "gzip", gzip.decompress),
        ("gzip, br", "br", brotli.decompress),
    ):
        packed = client.get(url(), headers={"Accept-Encoding": accepted})
        assert plain["Cache-Control"] == packed["Cache-Control"] == "public, max-age=31536000, immutable"
        assert (packed["Content-Encoding"], packed["Vary"]) == (encoding, "Accept-Encoding")
        assert unpacked(packed.content) == plain.content
    old = re.sub("[0-9a-f]{12}", "0" * 12, url())
    assert (client.get(old).status_code, client.get(old)["Location"]) == (301, url())
    assert client.get(old)["Cache-Control"] == "no-store"
