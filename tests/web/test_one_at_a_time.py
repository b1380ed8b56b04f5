"""One thread makes the answers, whoever asks; nobody's slow network holds it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings

from dashboard.web.one_at_a_time import OneAtATime


class Answer:
    """An answer as Django gives it: its chunks, and whether they are made while it is sent."""

    def __init__(self, chunks: Iterable[bytes], *, streaming: bool) -> None:
        self.chunks, self.streaming, self.closed_in = chunks, streaming, ""

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)

    def close(self) -> None:
        self.closed_in = threading.current_thread().name


def asked(body: bytes = b"", **environ: Any) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), **environ}


def app(answer: Callable[[dict[str, Any]], Any]) -> OneAtATime:
    return OneAtATime(lambda environ, _start: answer(environ))


def chunks_made_in(names: list[str], count: int) -> Iterator[bytes]:
    for number in range(count):
        names.append(threading.current_thread().name)
        yield b"%d" % number


@pytest.mark.parametrize("streaming", [False, True])
def test_an_answer_is_made_and_closed_in_the_one_thread(*, streaming: bool) -> None:
    names: list[str] = []
    answer = Answer(chunks_made_in(names, 3), streaming=streaming)
    assert b"".join(app(lambda _: answer)(asked(), None)) == b"012"
    assert {*names, answer.closed_in} == {"pages_0"}


def test_chunks_of_a_long_answer_are_made_as_they_are_taken() -> None:
    names: list[str] = []
    answer = Answer(chunks_made_in(names, 3), streaming=True)
    sent: Any = app(lambda _: answer)(asked(), None)
    assert names == []
    assert next(sent) == b"0"
    assert len(names) == 1
    sent.close()  # the reader is gone
    assert answer.closed_in == "pages_0"


def test_a_reader_who_takes_nothing_keeps_no_answer_from_another() -> None:
    application = app(lambda environ: environ["answer"])
    slow: Any = application(asked(answer=Answer(chunks_made_in([], 9), streaming=True)), None)
    next(slow)
    assert list(application(asked(answer=Answer([b"quick"], streaming=False)), None)) == [b"quick"]
    slow.close()


def test_a_file_is_left_to_the_server_to_send() -> None:
    file = io.BytesIO(b"a stylesheet")
    assert app(lambda _: file)(asked(), None) is file


def test_answers_are_made_one_after_the_other() -> None:
    under_way, most = [0], [0]

    def work(_: Any) -> Answer:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.01)
        under_way[0] -= 1
        return Answer([b"x"], streaming=False)

    application = app(work)
    with ThreadPoolExecutor(8) as readers:
        answers = list(readers.map(lambda _: b"".join(application(asked(), None)), range(16)))
    assert (answers, most) == ([b"x"] * 16, [1])


def test_an_error_reaches_whoever_asked_and_the_next_is_answered() -> None:
    def work(environ: dict[str, Any]) -> Answer:
        if "broken" in environ:
            raise ValueError
        return Answer([b"x"], streaming=False)

    application = app(work)
    with pytest.raises(ValueError):  # noqa: PT011 - it has no text
        application(asked(broken=True), None)
    assert list(application(asked(), None)) == [b"x"]


LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize(
    ("announced", "read"),
    [
        ("", 0),
        ("5", 5),
        ("0" * 12 + "5", 5),
        (str(LIMIT), LIMIT),
        (str(LIMIT + 1), 0),
        ("9" * 5_000, 0),
        ("-1", 0),
        ("ten", 0),
        ("\u0663", 0),
    ],
)
def test_a_body_is_read_before_its_turn_and_only_one_of_a_form_s_length(announced: str, read: int) -> None:
    sent = io.BytesIO(b"x" * (LIMIT + 10))
    environ = asked() | {"wsgi.input": sent, "CONTENT_LENGTH": announced}
    seen = list(app(lambda given: Answer([given["wsgi.input"].read()], streaming=False))(environ, None))
    assert (len(b"".join(seen)), sent.getbuffer().nbytes - len(sent.read())) == (read, read)


def test_it_knows_for_how_long_an_answer_has_been_under_way() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(_: Any) -> Answer:
        begun.set()
        go_on.wait(10)
        return Answer([b"x"], streaming=False)

    application = app(work)
    assert application.busy_for() == 0
    with ThreadPoolExecutor(1) as reader:
        answer = reader.submit(application, asked(), None)
        begun.wait(10)
        assert application.busy_for() > 0
        go_on.set()
        answer.result(10)
    assert application.busy_for() == 0
