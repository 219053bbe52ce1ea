"""Compiled entry points: after a fork, among threads, and after a change of one of their parts."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import neuromem as nm

SECONDS = 120  # then it hangs
RECALLS = """
    import multiprocessing, sys, threading
    import numpy as np
    import neuromem as nm

    items = nm.patterns.random(6, 64, rng=0)
    cues = nm.cues.flip(items, 0.1, rng=1)
    MEMORIES = [nm.Hopfield(64), nm.DenseHebbian(64), nm.Sparsey(64), nm.SDM(64), nm.Willshaw(64), nm.Cliques(64)]
    for memory in MEMORIES:
        memory.store(items)

    def recall(number):
        return MEMORIES[number % len(MEMORIES)].recall(cues).items
"""


def run(code: str, **environment: str) -> str:
    """What a process of its own prints; an error if it fails or hangs."""
    code = textwrap.dedent(RECALLS) + textwrap.dedent(code)
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, errors = process.communicate(timeout=SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with what it left behind
    assert process.returncode == 0, errors
    return out


FORKED = """
    if __name__ == "__main__":
        before = [recall(number) for number in range(len(MEMORIES))]
        with multiprocessing.get_context("fork").Pool(2) as pool:
            after = pool.map(recall, range(len(MEMORIES)))
        again = [recall(number) for number in range(len(MEMORIES))]
        for one, other, third in zip(before, after, again):
            np.testing.assert_array_equal(one, other)
            np.testing.assert_array_equal(one, third)
        print(len(after))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_recalls_after_its_parent_did():
    assert run(FORKED) == "6\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_of_a_forked_child_recalls_too():
    code = """
        fork = multiprocessing.get_context("fork")

        def ended(task):
            child = fork.Process(target=task)
            child.start()
            child.join(60)
            return child.exitcode

        recall(0)
        print(ended(lambda: sys.exit(ended(lambda: recall(0)))))
    """
    assert run(code) == "0\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_workers_of_a_data_loader_recall():
    code = """
        import torch

        class Recalled(torch.utils.data.Dataset):
            def __len__(self):
                return len(MEMORIES)

            def __getitem__(self, number):
                return torch.from_numpy(recall(number))

        here = [recall(number) for number in range(len(MEMORIES))]
        there = torch.utils.data.DataLoader(Recalled(), num_workers=2, multiprocessing_context="fork")
        print([np.array_equal(one, other[0]) for one, other in zip(here, there, strict=True)])
    """
    assert run(code) == f"{[True] * 6}\n"


@pytest.mark.parametrize("layer", ["workqueue", "omp"])
def test_threads_recall_at_once(layer):
    code = """
        import numba

        alone, wrong, begin = recall(0), [], threading.Barrier(4)

        def many():
            begin.wait()
            for _ in range(50):
                if not np.array_equal(recall(0), alone):
                    wrong.append(1)

        threads = [threading.Thread(target=many) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(numba.threading_layer(), len(wrong))
    """
    assert run(code, NUMBA_THREADING_LAYER=layer, NUMBA_NUM_THREADS="2") == f"{layer} 0\n"


TOGETHER = """
    import filelock
    import entry

    def first(barrier, queue):
        barrier.wait()
        queue.put((entry.one(1), sum(entry.one.stats.cache_misses.values())))

    def several():
        fork = multiprocessing.get_context("fork")
        barrier, queue = fork.Barrier(3), fork.SimpleQueue()
        processes = [fork.Process(target=first, args=(barrier, queue)) for _ in range(3)]
        for process in processes: process.start()
        for process in processes: process.join()
        found = [queue.get() for _ in processes]
        return [value for value, _ in found], sum(misses for _, misses in found)
"""


@pytest.fixture
def entry(tmp_path, monkeypatch):
    """The folder of a module with one entry point."""
    (tmp_path / "entry.py").write_text(
        "from neuromem.kernels.compiled import serial\n@serial\ndef one(x):\n    return x + 1\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_processes_that_begin_together_compile_once(entry):
    assert run(textwrap.dedent(TOGETHER) + "print(several())") == "([2, 2, 2], 1)\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_process_that_is_given_nothing_compiles_by_itself(entry):
    code = """
        from neuromem.kernels import compiled

        compiled.WAIT = 0.1
        with filelock.FileLock(f"{entry.one.stats.cache_path}/entry.{entry.one.__qualname__}.lock"):
            print(several()[0])
    """
    assert run(textwrap.dedent(TOGETHER) + textwrap.dedent(code)) == "[2, 2, 2]\n"


def test_every_parallel_kernel_is_guarded():
    """`compiled.parallel` is the one place that may ask numba for threads."""
    folder = Path(nm.__file__).parent
    files = [file for file in folder.rglob("*.py") if re.search(r"parallel=True", file.read_text())]
    assert [file.relative_to(folder).as_posix() for file in files] == ["kernels/compiled.py"]


def test_a_change_of_a_part_is_seen(tmp_path):
    """numba alone keeps the old one: it looks at the file of the entry point only."""
    part, entry = tmp_path / "part.py", tmp_path / "entry.py"
    entry.write_text(
        "from neuromem.kernels.compiled import parallel, serial\nfrom part import value\n"
        "def both(out):\n    out[0] = value()\n"
        "one, many = serial(both), parallel(both)\n"
    )
    show = "import numpy as np, entry; out = np.zeros(2, int); entry.one(out); entry.many(out[1:]); print(out)"
    for value in (1, 2):
        part.write_text(f"import numba\n@numba.njit(cache=True)\ndef value():\n    return {value}\n")
        assert run(f"sys.path.insert(0, {str(tmp_path)!r}); {show}") == f"[{value} {value}]\n"
