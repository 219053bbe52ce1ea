"""What all tests need."""

import collections
import gc
import signal

import pytest

# in the background (`make test &`) Ctrl-C is ignored, and would be by each process that a test starts and interrupts
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Files with slow tests come first, then those with many, so that no long one is left alone at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    number = collections.Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in slow, -number[item.path]))


@pytest.fixture(scope="module", autouse=True)
def _little_garbage():
    """Brian2 collects garbage before each run, for a second where much is loaded; what stands by now is left out."""
    gc.freeze()
    yield
    gc.unfreeze()
