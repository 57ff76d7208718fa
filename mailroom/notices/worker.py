"""The reading child: ``python -m mailroom.notices.worker MEMORY_MB CPU_SECONDS``.

Takes a JSON line ``{"path": …}`` on standard input and answers the reading as a JSON line on standard output,
one after the other, until the input ends: so it dies with its parent. It limits itself before it opens
anything. Says nothing anywhere else, since whatever it could say is about a client's document.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import IO

from mailroom.notices.fields import Reading
from mailroom.notices.reader import read_pdf

NICENESS = 5


def limit(memory_mb: int) -> None:
    """No more address space than this, no core file (it would hold the document), and after others in line."""
    size = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)


def allow_cpu(seconds: int) -> None:
    """So many more seconds of CPU time: a child whose parent was killed over a looping file ends by itself."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime) + seconds + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


def answer(request: str) -> Reading:
    """Read the file that the line names."""
    path = Path(json.loads(request)["path"])
    try:
        return read_pdf(path)
    except MemoryError:
        return Reading("rejected", needs_review=True, error="too_much_memory")
    except Exception:  # noqa: BLE001 - the outermost edge: no file, however odd, may take its neighbours down,
        # and a traceback of it could hold a client's data.
        return Reading("rejected", needs_review=True, error="reader_failed")


def serve(requests: IO[str], replies: IO[str], cpu_seconds: int) -> None:
    """Answer until the requests end; a child that ran out of memory is not trusted with another file."""
    for request in requests:
        allow_cpu(cpu_seconds)
        reading = answer(request)
        replies.write(json.dumps(reading.as_json()) + "\n")
        replies.flush()
        if reading.error == "too_much_memory":
            return


def main(memory_mb: int, cpu_seconds: int) -> None:
    """Keep standard output for the answers alone, whatever a library prints, say that all is loaded, and serve."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit(memory_mb)
    replies.write('{"ready": true}\n')
    replies.flush()
    serve(sys.stdin, replies, cpu_seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
