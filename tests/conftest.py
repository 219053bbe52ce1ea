"""What all tests need."""

import gc
import signal

import pytest

# in the background (`make test &`) Ctrl-C is ignored, and would be by each process that a test starts and interrupts
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module", autouse=True)
def _little_garbage():
    """Brian2 collects garbage before each run, for a second where much is loaded; what stands by now is left out."""
    gc.freeze()
    yield
    gc.unfreeze()
