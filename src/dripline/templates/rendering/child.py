"""The rendering child: `python -m dripline.templates.rendering.child MEMORY_MB OUTPUT_BYTES`.

It reads batches from its standard input and writes one answer a job to its standard output, until its input ends.
It imports little, so that it starts fast and has most of its memory for templates.
"""

import os
import signal
import sys
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

import msgspec

from dripline.templates.rendering.frames import LENGTH_BYTES, OUT_OF_MEMORY, Batch, framed, length_of
from dripline.templates.rendering.rendering import Templates

_PR_SET_PDEATHSIG = 1


def main(memory_mb: int, output_bytes: int) -> None:
    """Answer batches until the parent closes our input."""
    _die_with_parent()
    answers = _take_output()
    decoder = msgspec.msgpack.Decoder(Batch)
    templates = Templates(output_bytes)
    _limit_memory(memory_mb)
    # An empty frame: ready.
    _send(answers, b"\0" * LENGTH_BYTES)
    for batch in _batches(sys.stdin.buffer, decoder):
        for index, data in batch.jobs:
            try:
                answer = framed(templates.render(batch.sources[index], data))
            except MemoryError:
                _give_up()
            _send(answers, answer)


def _batches(stream: BinaryIO, decoder: msgspec.msgpack.Decoder[Batch]) -> Iterator[Batch]:
    while len(head := stream.read(LENGTH_BYTES)) == LENGTH_BYTES:
        yield decoder.decode(stream.read(length_of(head)))


def _send(stream: BinaryIO, answer: bytes) -> None:
    # At once: the parent tells by the answers which job we are at.
    stream.write(answer)
    stream.flush()


def _take_output() -> BinaryIO:
    """Keep the standard output for answers: whatever a library prints goes to the standard error."""
    mine = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(mine, "wb")


def _limit_memory(megabytes: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def _die_with_parent() -> None:
    """A child inside a template that never ends does not see that its input has ended."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _give_up() -> NoReturn:
    # Not sys.exit(): there may be no memory left for an orderly end.
    os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
