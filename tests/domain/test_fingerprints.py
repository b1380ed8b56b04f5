"""What two failures have in common: what is masked, and what stays a difference."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.fingerprints import fingerprint, mask_varying


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("", ""),
        ("Tool call failed", "Tool call failed"),
        ("file_not_found_error in /workspace/report.py", "file_not_found_error in /workspace/report.py"),
        ("  Two\n   lines\tof it ", "Two lines of it"),
        ("what is <n> or <id> already", "what is <n> or <id> already"),
        # ids
        ("Session sess_019ec53e942a7b1c was lost", "Session sess_<hash> was lost"),
        ("run 550e8400-e29b-41d4-a716-446655440000 ended", "run <id> ended"),
        ("order 01JZX3V9QKT5 is gone", "order <id> is gone"),
        ("order a1b2g3 is gone", "order <id> is gone"),
        # hashes
        ("at commit 8f3a2b1c", "at commit <hash>"),
        ("at commit deadbeef", "at commit <hash>"),
        ("sha256:" + "0af9" * 16, "sha<n>:<hash>"),
        # numbers
        ("after 300 ms", "after <n> ms"),
        ("timeout_ms=300000", "timeout_ms=<n>"),
        ("1,234,567.5 of 3.14 at -5 or 1e-05", "<n> of <n> at <n> or <n>"),
        ("in 120s, 250d or 1.5s", "in <n>s, <n>d or <n>s"),
        ("worker12 of release-42 on v1.2.3", "worker<n> of release-<n> on v<n>.<n>"),
        ("k8s", "k<n>s"),
        ("٣ runs", "<n> runs"),
        # times
        ("at 2026-06-16T09:42:00.123Z:", "at <time>:"),
        ("at 2026-06-16 09:42:00,123 UTC", "at <time>"),
        ("on 2026-06-16 at 9:42 pm", "on <time> at <time>"),
        ("on Tue, 16 Jun 2026 09:42:00 GMT", "on <time> <time>"),
        ("on June 16, 2026", "on <time>"),
        ("on 16/Jun/2026", "on <time>"),
        ("Monday may march", "Monday may march"),
        # addresses
        ("connection to 10.1.22.3:5432 refused", "connection to <address> refused"),
        ("connection to fe80::1 refused", "connection to <address> refused"),
        ("connection to 2001:db8::ff00:42:8329", "connection to <address>"),
        ("connection to ::ffff:10.0.0.1", "connection to <address>"),
        ("at 0x7fA3", "at <address>"),
        ("device 00:1a:2b:3c:4d:5e", "device <address>"),
        ("to first.last+tag@mail.example.com", "to <address>"),
        ("std::vector and abc::def", "std::vector and abc::def"),
        ("host-7.internal:5432", "host-<n>.internal:<n>"),
    ],
)
def test_what_differs_from_run_to_run_is_masked_and_words_stay(text: str, normal: str) -> None:
    assert mask_varying(text) == normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("commit 12345678", "commit 8f3a2b1c"),  # a hash may happen to be all digits
        ("at 2026-06-16 09:42", "at 2026-06-16T09:42:00Z"),
        ("report.py:42:17", "report.py:142:7"),
        ("missing [1, 2, 3]", "missing [4]"),
        ("1.5s", "2s"),
        ("10.0.0.1:80 refused", "[fe80::1]:80 refused".replace("[", "").replace("]", "")),
        ("too  slow\n", "too slow"),
    ],
)
def test_one_mask_is_as_good_as_another(one: str, other: str) -> None:
    assert fingerprint("unknown_error", one) == fingerprint("unknown_error", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("timeout_error", "too slow"), ("unknown_error", "too slow")),
        (("unknown_error", "too slow"), ("unknown_error", "too slow!")),
        (("unknown_error", "Vault is gone"), ("unknown_error", "File is gone")),
        (("unknown_error", "took 3 ms"), ("unknown_error", "took 3 s")),
        (("a", "b"), ("", "a b")),
        (("", ""), ("", "3")),
    ],
)
def test_other_words_are_another_failure(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert fingerprint(*one) != fingerprint(*other)


def test_a_fingerprint_is_short_and_can_stand_in_an_address() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", fingerprint("unknown_error", "\ud800 \x00 <b>"))


def test_a_type_is_never_masked() -> None:
    assert fingerprint("http_404", "no") != fingerprint("http_500", "no")


words = st.text("aeiounrstlmgz", min_size=1, max_size=9)
texts = st.one_of(
    st.text(max_size=60),
    st.text("0123456789abcdefABCDEFxyzZT:.,-+/@_ <>[]en", max_size=60),
    st.lists(words, max_size=8).map(" ".join),
)
numbers = st.one_of(st.integers(0, 10**12).map(str), st.floats(0, 10**6).map(lambda item: f"{item:.3f}"))
ids = st.one_of(
    st.uuids(version=4).map(str),
    st.uuids(version=4).map(lambda item: f"sess_{item.hex}"),
    st.integers(2**80, 2**96 - 1).map(lambda item: f"file_{item:x}"),
)
ids = ids.map(lambda item: item.split("_")[-1])
times = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda item: item.isoformat()
)
addresses = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.tuples(st.ip_addresses(v=4), st.integers(1, 65535)).map(lambda item: f"{item[0]}:{item[1]}"),
    st.ip_addresses(v=6).map(str).filter(lambda item: any(digit in item for digit in "0123456789")),
    st.integers(0, 2**48).map(hex),
)
hashes = (
    st.binary(min_size=4, max_size=32).map(lambda item: item.hex()).filter(lambda item: not item.isdigit())
)
MASKED = st.one_of(numbers, ids, times, addresses, hashes)


@given(texts)
def test_masking_what_is_masked_changes_nothing(text: str) -> None:
    assert mask_varying(mask_varying(text)) == mask_varying(text)


@given(texts)
def test_no_digit_is_ever_left(text: str) -> None:
    assert not re.search(r"\d", mask_varying(text))


@given(st.text(), st.text())
def test_no_text_breaks_it(type_: str, text: str) -> None:
    assert len(fingerprint(type_, text)) == 16


@given(st.lists(words, min_size=3, max_size=6), st.data())
def test_another_id_number_time_address_or_hash_is_the_same_failure(
    before: list[str], data: st.DataObject
) -> None:
    for kind in (numbers, ids, times, addresses, hashes):
        one, other = data.draw(kind), data.draw(kind)
        place = f"{before[0]} {{}}, {' '.join(before[1:])}"
        assert fingerprint("x", place.format(one)) == fingerprint("x", place.format(other)), (one, other)


@given(st.lists(words, max_size=6), st.lists(words, max_size=6), MASKED)
def test_other_words_stay_others_whatever_is_between_them(
    one: list[str], other: list[str], value: str
) -> None:
    words = [f"{' '.join(text)} ({value})" for text in (one, other)]
    assert (fingerprint("x", words[0]) == fingerprint("x", words[1])) == (one == other)


@given(st.uuids())
def test_a_prefix_of_an_id_stays(value: UUID) -> None:
    assert mask_varying(f"sess_{value.hex}") in ("sess_<hash>", "sess_<n>")


@pytest.mark.parametrize(
    "piece",
    ["a", "1", "1.", "a.", "a:", "1:", "<", ":", "a@a.", "1e", "-+", "a_", " 1", "f:", "Mon ", ".", "x1"],
)
def test_a_megabyte_of_anything_is_looked_at_in_its_beginning_only(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert len(mask_varying(text)) <= 200_000
    assert fingerprint("x", text) == fingerprint("x", text + " and more")


def test_only_the_first_two_thousand_words_make_a_difference() -> None:
    words = ["line"] * 1_999
    assert fingerprint("x", " ".join([*words, "one"])) != fingerprint("x", " ".join([*words, "other"]))
    assert fingerprint("x", " ".join([*words, "7", "one"])) == fingerprint(
        "x", " ".join([*words, "70", "other"])
    )
