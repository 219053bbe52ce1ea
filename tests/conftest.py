"""What all tests need."""

import collections
import gc
import signal

import pytest

# in the background (`make test &`) Ctrl-C is ignored, and would be by each process that a test starts and interrupts
signal.signal(signal.SIGINT, signal.default_int_handler)


LONGEST = {  # files that take long
    *("test_site", "test_explorer_browser", "test_walk", "test_release", "test_experiments", "test_cli", "test_claims"),
    *("test_networks_and_theory", "test_spiking", "test_cuda", "test_cells", "test_drives", "test_nn_associative_recall"),
}


def pytest_collection_modifyitems(items):
    """Long files come first, then those with many tests, so that no long one is left alone at the end."""
    number = collections.Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path.stem not in LONGEST, -number[item.path]))


@pytest.fixture(scope="module", autouse=True)
def _little_garbage():
    """Brian2 collects garbage before each run, for a second where much is loaded; what stands by now is left out."""
    gc.freeze()
    yield
    gc.unfreeze()
