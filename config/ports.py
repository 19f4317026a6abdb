"""Find the process that listens on a port, to name it if the port is taken."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

_LISTEN = "0A"
_LONGEST_COMMAND = 200


def listener_on(port: int) -> str:
    """Return "process 123 (its command)" for the process that listens on `port`, or an empty text.

    Reads /proc, so it finds nothing on systems without /proc, and no processes of other users.
    """
    wanted = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*") if wanted else ():
        with contextlib.suppress(OSError):  # it ended meanwhile, or is not ours
            if str(descriptor.readlink()) in wanted:
                process = descriptor.parent.parent
                return f"process {process.name} ({_command(process)})"
    return ""


def _listening_inodes(port: int) -> Iterator[str]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        with contextlib.suppress(OSError):
            for line in table.read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == _LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                    yield columns[9]


def _command(process: Path) -> str:
    words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return "".join(letter if letter.isprintable() else "?" for letter in words)[:_LONGEST_COMMAND]
