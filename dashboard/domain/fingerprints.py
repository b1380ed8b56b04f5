"""What failures have in common: their error with everything masked that differs from run to run.

Pure functions. A digest is stored with every failed run: whoever changes what is masked has to work the
stored ones out anew, in a migration.
"""

from __future__ import annotations

import re
from hashlib import blake2b

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


def mask_varying(text: str) -> str:
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
    normal = f"{type.strip()}\n{_ROW.sub('<>', mask_varying(text))}"
    return blake2b(normal.encode("utf-8", "replace"), digest_size=DIGEST).hexdigest()


def _mask(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    if kind == "kept":
        return match[0]
    return _masked_word(match["word"]) if kind == "word" else f"<{kind}>"


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
