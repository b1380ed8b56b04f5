"""Fingerprints of the failed runs that are already stored.

The rule is a copy, frozen as it was at this migration: the live one may change, and this step must not.
"""

import json
import re
from hashlib import blake2b
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BATCH = 500

DIGEST = 8  # bytes: two of a million groups meet with a chance of one in thirty million
# What is looked at of a text that never ends. Counted in words, since ids and numbers differ in length.
WORDS, CHARACTERS = 2_000, 50_000

_DAYS = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
_MONTHS = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]{0,6}"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d++)?)?(?:\s?(?:Z|UTC|GMT|[AaPp][Mm]|[+-]\d\d:?\d\d)(?![^\W_]))?"
_END = r"(?![^\W_])"
_HEX = r"[0-9a-fA-F]"

# Read from left to right, each match begins where a word begins: a letter or digit is never left behind.
_TOKEN = re.compile(
    rf"""
    (?P<kept><(?:time|id|hash|address|n)>)
  | (?P<time>(?:\d{{4}}[-/]\d\d[-/]\d\d(?:[T\ ,]\ ?{_CLOCK})?|{_CLOCK}){_END}
      | (?:{_DAYS},?\ )?(?:\d{{1,2}}[\ /-]{_MONTHS}[\ /-]\d{{4}}|{_MONTHS}\ \d{{1,2}}(?:,?\ \d{{4}})?){_END})
  | (?P<id>{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}{_END})
  | (?P<address>0[xX]{_HEX}++{_END}
      | \d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d{{1,5}})?{_END}(?!\.\d)
      | (?<![\w:])(?=::|{_HEX}{{1,4}}:)(?=[a-fA-F:]{{0,40}}\d)
        (?:{_HEX}{{0,4}}:){{2,7}}{_HEX}{{0,4}}(?:(?:\.\d{{1,3}}){{3}})?{_END}
      | (?<![\w.+-])\w[\w.+-]{{0,63}}+@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}})
  | (?P<n>\d++(?:[.,]\d++)*[eE][-+]?\d++{_END})
  | (?:(?<![^\s(=\[,:])[-+](?=\d))?(?:\d++[.,](?=\d))*(?P<word>[^\W_]++)
    """,
    re.VERBOSE,
)
_DIGITS = re.compile(r"\d+")
_LETTERS_OF_A_HASH = re.compile(r"[a-fA-F]{8,}")  # no word has eight letters up to f
_HASH = re.compile(r"(?!\d+[a-fA-F]$)[\da-fA-F]{4,}|[\da-fA-F]{8,}")  # but `250d` are days
_BEGINNING = re.compile(rf"(?:\W*+\w++){{0,{WORDS}}}+\W*+")
_TURNS = re.compile(r"(?<=\d)(?=\D)|(?<=\D)(?=\d)")
_ROW = re.compile(r"<(?:time|id|hash|address|n)>(?:[\s,;:./-]*<(?:time|id|hash|address|n)>)*")


def masked(text: str) -> str:
    """The text in one line, with `<time>`, `<id>`, `<hash>`, `<address>` and `<n>` for what differs.

    Of a very long text only the beginning: its first 2,000 words.
    """
    line = " ".join(text[:CHARACTERS].split())
    beginning = _BEGINNING.match(line)
    return _TOKEN.sub(_mask, beginning[0] if beginning else line)


def fingerprint(type: str, text: str) -> str:  # noqa: A002 - the API's word
    """A short name of that kind of failure, the same for every run that failed in this way.

    One mask is as good as another, and a row of them as good as one: that eight digits may be a number
    or a hash, or that a list is longer today, does not make it another failure.
    """
    normal = f"{type.strip()}\n{_ROW.sub('<>', masked(text))}"
    return blake2b(normal.encode("utf-8", "replace"), digest_size=DIGEST).hexdigest()


def _mask(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    if kind == "kept":
        return found[0]
    return _masked_word(found["word"]) if kind == "word" else f"<{kind}>"


def _masked_word(word: str) -> str:
    """A word as it is, a mixture of letters and digits as an id, digits at the end of a word as a number."""
    if not _DIGITS.search(word):
        return "<hash>" if _LETTERS_OF_A_HASH.fullmatch(word) else word
    if _DIGITS.fullmatch(word):
        return "<n>"
    if _HASH.fullmatch(word):
        return "<hash>"
    if len(word) >= 6 and len(_TURNS.findall(word)) > 1:
        return "<id>"
    return _DIGITS.sub("<n>", word)


def tell_failures_apart(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the failed runs that are already there their fingerprints."""
    runs = apps.get_model("dashboard", "Run").objects.filter(status="failed", fingerprint__isnull=True)
    last = 0
    while batch := list(runs.filter(pk__gt=last).order_by("pk")[:BATCH]):
        for run in batch:
            run.fingerprint = fingerprint(*_error(run))
        runs.model.objects.bulk_update(batch, ["fingerprint"])
        last = batch[-1].pk


def _error(run: Any) -> tuple[str, str]:
    """The type and the whole message of an error; the columns', where the record cannot be read."""
    try:
        error = json.loads(run.record).get("error")
    except (ValueError, AttributeError):
        return run.error_type, run.error_message
    if not isinstance(error, dict):
        return "", _plain(error)
    return _plain(error.get("type")), _plain(error.get("message"))


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0004_slow")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="fingerprint",
            field=models.CharField(
                help_text="what kind of failure it is; null unless it failed", max_length=16, null=True
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("fingerprint__isnull", False)),
                fields=["fingerprint", "at", "deployment_id", "agent_id", "agent_version"],
                name="run_fingerprint_at",
            ),
        ),
        migrations.RunPython(tell_failures_apart, migrations.RunPython.noop),
    ]
