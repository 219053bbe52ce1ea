"""Whether work fits in memory, asked before it starts."""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path

from .errors import refusal

GROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # Linux's limits of a container


def fits(name: str, size: float, way_out: str) -> None:
    """Refuse work that needs more memory than this process can have, before the work starts.

    Parameters
    ----------
    name : str
        The argument that makes the work large, such as "units".
    size : float
        Bytes that will be held at the same time.
    way_out : str
        What the caller can do instead, such as "use fewer units".

    Raises
    ------
    InputError
        If `size` is more than 80 % of the memory of the machine, or of the limit set for this
        process.

    Examples
    --------
    >>> fits("units", 10**18, "use fewer units")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neuromem.checks.InputError: units must make arrays that fit in the ... GB of this machine, \
but would need 1,000,000,000.0 GB; use fewer units.
    """
    have = _memory()
    if size > 0.8 * have:
        was = f"would need {size / 1e9:,.1f} GB" if size < 1e30 else "would need more than any machine has"
        raise refusal(name, f"make arrays that fit in the {have / 1e9:.3g} GB of this machine", was, way_out)


@functools.cache
def _machine() -> float:
    """Bytes of the machine, or the least of the limits of the container."""
    import psutil  # 30 ms, which --help need not wait for

    limits = [float(psutil.virtual_memory().total)]
    for file in GROUPS:
        with contextlib.suppress(OSError, ValueError):  # no such group, or the word "max"
            limits.append(float(Path(file).read_text(encoding="ascii")))
    return min(limits)


def _memory() -> float:
    """Bytes that this process can hold: of the machine, or what its own limit leaves."""
    limits = [_machine()]
    with contextlib.suppress(ImportError):
        import resource  # not on Windows

        finite = [n for n in resource.getrlimit(resource.RLIMIT_AS) if n != resource.RLIM_INFINITY]
        if finite:
            import psutil

            limits.append(min(finite) - float(psutil.Process().memory_info().vms))
    return max(min(limits), 0)
