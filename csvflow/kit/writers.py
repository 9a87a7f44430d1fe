"""Whether some process still has a local file open for writing, where the system can tell."""

from __future__ import annotations

import errno
import fcntl
import os
import signal


def being_written(path: str) -> bool:
    """Tell whether the file is open for writing; False where that can't be known.

    Linux grants a read lease only on a file that nobody has open for writing (fcntl(2),
    F_SETLEASE). It is given back at once; should a writer come in between, the signal that asks
    for it is one that is ignored by default.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False
