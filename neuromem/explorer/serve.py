"""A server of the page on the loopback address, and the browser that opens it."""

from __future__ import annotations

import errno
import signal
import socket
import threading
import webbrowser
from typing import Any

from neuromem.checks import refusal, shown, whole
from neuromem.explorer import page

from .state import Named, State, check

LOOPBACK = "127.0.0.1"
WAY_OUT = "give another, such as --port 0, which takes any that is free"


def free(address: str, port: int) -> int:
    """Return a port that can be served, and refuse one that can't.

    Parameters
    ----------
    address : str
        Such as "127.0.0.1".
    port : int
        0 stands for any that is free.

    Returns
    -------
    int
        The port.

    Raises
    ------
    InputError
        If it is no port, another program has it, or the machine has no such address.
    """
    whole("port", port, least=0, most=65535, way_out=WAY_OUT)
    try:
        socket.getaddrinfo(address or None, port)  # "" is every address of the machine
        with socket.create_server((address, port)) as tried:
            return tried.getsockname()[1]
    except (TypeError, UnicodeError, socket.gaierror):  # no name that a machine can have, or that is known
        raise refusal("address", "be one of this machine", shown(address), f"give for example {LOOPBACK}") from None
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        was = f"another program has port {port}" if taken else f"{address}:{port} can't be served ({error.strerror})"
        raise refusal("port", "be free", was, WAY_OUT) from None


def serve(named: Named, state: State, *, address: str = LOOPBACK, port: int = 5007, show: bool = True) -> Any:
    """Start to serve the page, and return at once.

    Each window that is opened has a page and a state of its own, which begins as the link says.

    Parameters
    ----------
    named : Named
        What pages may show besides what neuromem has.
    state : State
        What a page shows at first.
    address : str, default "127.0.0.1"
        Where it is served: the loopback address, which only this machine reaches, unless told.
    port : int, default 5007
        0 takes any that is free.
    show : bool, default True
        Whether to open a browser.

    Returns
    -------
    bokeh.server.server.Server
        Which runs; `server.io_loop.start()` waits for it.

    Raises
    ------
    InputError
        If the port is none or taken, Panel is not installed, or the state names something else.
    """
    check(state, named)
    port = free(address, port)
    page(named, state)  # what fails, fails here
    import panel as pn

    def window() -> Any:
        made = page(named, state)
        query = pn.state.location.search if pn.state.location else ""
        if query:
            made.open(query)
        return made.view

    settings = {
        "address": address,
        "port": port,
        "show": False,
        "start": False,
        "verbose": False,
        "title": "neuromem explore",
    }
    alone = address in (LOOPBACK, "localhost")  # a page of another site may then not ask
    origins = [f"{LOOPBACK}:{port}", f"localhost:{port}"] if alone else [f"*:{port}"]
    interrupted = signal.getsignal(signal.SIGINT)
    server = pn.serve({"/": window}, websocket_origin=origins, **settings)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, interrupted)  # Panel's would ask a loop to stop that may not run
    server.start()
    link = f"http://{address}:{server.port}/"
    if show and not _opened(link):
        print(f"no browser was found: open {link} in one")
    return server


def _opened(link: str) -> bool:
    try:
        return webbrowser.open(link)
    except webbrowser.Error:
        return False
