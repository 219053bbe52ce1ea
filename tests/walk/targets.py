"""Everything public that can be called, found by walking the package, each with good arguments.

A new function, memory, layer, option or experiment is found by being there; a parameter of a new name needs a good value
in `good.py`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import io
import pkgutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch

import neuromem as nm
from neuromem import cli, encoders, sweep
from neuromem.memory import Memory
from neuromem.nn.mixer import Mixer
from neuromem.spiking.circuit import LIF, Circuit, Population

from .good import CIRCUIT, CUES, GOOD, ITEMS, MADE, PARTS, STATES, WIRES, good
from .inside import DOORS, INNER, INSIDE
from .values import is_array

NUMBERED = (encoders.Category, encoders.Scalar)  # encoders of numbers, not of items
TEXTS = (
    *("", " ", "0", "-1", "-0.0", "1", "1.5", "nan", "inf", "-inf", "1e308", "1e-320", "1e400", 400 * "9", "2147483647"),
    *("2147483648", "9223372036854775808", "0x10", "1_000", "\N{SUPERSCRIPT TWO}", "\N{ARABIC-INDIC DIGIT THREE}", "None"),
    *("true", "a", "a,b", ",", "1,,2", "1,1", "0.5,0.5", "1,2,3", "\N{SNOWMAN}", "\x1b[31mred", "[red]", "[/b]", "{}", "%s"),
    *("..", "/", "/dev/null", "/dev/full", "/proc/1/mem", "~"),
    *("hopfield:", "hopfield:rule", "hopfield:rule=", "hopfield:x=1", "hopfield:steps=" + 5000 * "-" + "1"),
    *("attention:beta=nan", "sdm:locations=1000000000", "nn.attention:heads=7", "nn."),
    *("nn.attention:weights=/etc/passwd", "nn.attention:weights=/dev/null", "cuda", "cuda:9", "tcp://127.0.0.1:1", "a+b"),
)


class Target(NamedTuple):
    """Something that can be called: its name, the good value of each parameter, and the call."""

    name: str
    good: Mapping[str, Callable[[], Any]]
    call: Callable[[dict[str, Any]], Any]
    strict: bool = False  # whether every form of a good array must be taken
    heavy: bool = False  # whether a call takes long
    texts: bool = False  # whether values are texts, as on a command line


MISSING = inspect.Parameter.empty


def _good(
    name: str, function: Callable[..., Any], given: Mapping[str, Callable[[], Any]] | None = None
) -> dict[str, Callable[[], Any]]:
    """The parameters of a function and how to make a good value for each; MISSING where it is left to its default."""
    found = {}
    for key, parameter in inspect.signature(function).parameters.items():
        if key in ("self", "cls") or parameter.kind is parameter.VAR_KEYWORD:
            continue
        if given and key in given:
            found[key] = given[key]
        elif parameter.default is MISSING or f"{name}.{key}" in GOOD:
            found[key] = good(name, key)
        else:
            found[key] = lambda: MISSING
    return found


def _calling(function: Callable[..., Any], then: Callable[[Any], Any] = lambda result: result) -> Callable[[dict], Any]:
    several = [p.name for p in inspect.signature(function).parameters.values() if p.kind is p.VAR_POSITIONAL]

    def call(arguments: dict[str, Any]) -> Any:
        for name in several:
            others = {key: value for key, value in arguments.items() if key != name}
            value = arguments[name]
            return then(function(*(value if isinstance(value, tuple) else [value]), **others))
        return then(function(**arguments))

    return call


def _alike(x: Any, model: Any) -> Any:
    """Cues as the library of what was stored wants them."""
    return torch.tensor(x, dtype=model.dtype) if isinstance(model, torch.Tensor) and not model.is_complex() else x


def exercise(made: Any) -> Any:
    """What a new object does, so that a setting that was taken is used."""
    if isinstance(made, Mixer):
        return made(STATES[..., : made.width])
    if isinstance(made, Memory) and not isinstance(made, type):
        units = made.units
        if units > 4096:
            return None
        items = ITEMS if units == 16 else nm.patterns.random(4, units, rng=0)
        return made.store(items).recall(nm.cues.flip(items, 0.1, rng=1))
    if hasattr(made, "encode"):
        return made.decode(made.encode(np.array([0, 1]) if isinstance(made, NUMBERED) else ITEMS))
    if isinstance(made, LIF):
        made = Circuit((PARTS[0], Population("cells", 3, made)), WIRES, CIRCUIT.inputs)
    if isinstance(made, Circuit):
        record = nm.spiking.fast.run(made, 8 * made.step_ms)
        return record.time_ms, record.neuron
    return None


def _methods(kind: type) -> Iterator[tuple[str, Any]]:
    for name, method in inspect.getmembers(kind):
        ours = (getattr(method, "__module__", "") or "").startswith("neuromem")
        home = f"{getattr(method, '__module__', '')}.{getattr(method, '__qualname__', '')}".removeprefix("neuromem.")
        inner = name.startswith("_") or home in INSIDE or (issubclass(kind, Mixer) and name in INNER)
        if name == "to_neo" and not importlib.util.find_spec("neo"):
            continue
        if ours and not inner and (inspect.isfunction(method) or inspect.ismethod(method)):
            yield name, method


def _made_by(kind: type, new: Callable[[], Any]) -> dict[str, Callable[[], Any]]:
    """Good values that an object makes itself."""
    if issubclass(kind, Mixer):

        def states() -> torch.Tensor:
            return STATES[..., : new().width].clone()

        whole = {key: states for key in ("keys", "values", "cues", "x", "xi")}
        return whole | {"state": lambda: new().write(states(), states())}
    if issubclass(kind, nm.nn.Transformer):
        return {"state": lambda: new().advance(GOOD["tokens"])[1]}
    if hasattr(kind, "encode") and kind is not encoders.Encoded:
        items = np.array([0, 1]) if issubclass(kind, NUMBERED) else ITEMS
        return {"codes": lambda: new().encode(items)}
    if hasattr(kind, "code"):
        level = {"level": 0} if "level" in inspect.signature(kind.code).parameters else {}
        return {"codes": lambda: new().code(CUES, **level), "labels": lambda: np.array([0, 0, 1, 1])}
    return {}


def _of_class(name: str, kind: type, strict: bool) -> Iterator[Target]:
    constructor = {} if name in MADE else _good(name, kind)
    if name not in MADE:
        yield Target(name, constructor, _calling(kind, exercise), strict)

    def new() -> Any:
        if name in MADE:
            return MADE[name]()
        made = kind(**{key: value for key, make in constructor.items() if (value := make()) is not MISSING})
        if isinstance(made, Memory):
            made.store(ITEMS)
        return made

    for inner, method in _methods(kind):
        parameters = _good(f"{name}.{inner}", method, _made_by(kind, new))
        if parameters:

            def call(arguments: dict[str, Any], inner: str = inner) -> Any:
                made = new()
                result = getattr(made, inner)(**arguments)
                if isinstance(made, Memory) and result is made:
                    return made.recall(_alike(CUES, arguments.get("keys")))
                return None if result is made else result

            yield Target(f"{name}.{inner}", parameters, call, strict)
    if isinstance(getattr(kind, "synapses", None), property):

        def replace(arguments: dict[str, Any]) -> Any:
            made = new()
            made.synapses = arguments["synapses"]
            return made.recall(CUES)

        yield Target(f"{name}.synapses", {"synapses": lambda: new().synapses}, replace, strict)


class Reached(BaseException):
    """An experiment has checked its options, and would begin."""


def _reached(*_: Any, **__: Any) -> None:
    raise Reached


def _experiments() -> Iterator[Target]:
    """An experiment with quick options, up to where its points would be computed."""
    for name in nm.experiments.ALL:
        run = nm.experiments.ALL[name]
        module = importlib.import_module(f"neuromem.experiments.{name}")
        quick = {key: (lambda value=value: value) for key, value in module.QUICK.items()}

        def call(arguments: dict[str, Any], run: Any = run) -> Any:
            with _swept():
                run(**arguments)

        yield Target(f"experiments.{name}.run", _good(f"experiments.{name}.run", run, quick), call, heavy=True)
        options = {key.replace("_", "-"): (lambda: MISSING) for key in inspect.signature(run).parameters}
        common = ("out", "workers", "scheduler")
        words = ["run", name, "--quick"]
        yield Target(
            f"neuromem run {name}",
            options | {key: (lambda: MISSING) for key in common},
            lambda arguments, words=words: _command(words, arguments),
            heavy=True,
            texts=True,
        )


@contextlib.contextmanager
def _swept() -> Iterator[None]:
    """Sweeps end where they would compute their first point."""
    kept = sweep.Table
    sweep.Table = _reached
    try:
        with contextlib.suppress(Reached):
            yield
    finally:
        sweep.Table = kept


def _command(words: list[str], options: Mapping[str, Any]) -> None:
    """The command line; any end but rc 0, or rc 2 with one line, is an error."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as held:
        given = {"out": folder} | dict(options)
        argv = sys.argv
        sys.argv = ["neuromem", *words, *(f"--{key}={value}" for key, value in given.items())]
        held.callback(setattr, sys, "argv", argv)
        held.enter_context(contextlib.redirect_stdout(io.StringIO()))
        error = held.enter_context(contextlib.redirect_stderr(io.StringIO()))
        held.enter_context(_swept())
        try:
            cli.main()
        except SystemExit as end:
            if end.code not in (0, 2, None) or (end.code == 2 and error.getvalue().count("\n") != 1):
                raise RuntimeError(f"rc {end.code}: {error.getvalue()[-200:]}") from None
            if end.code == 2:
                raise nm.InputError(error.getvalue()) from None


def _modules() -> Iterator[tuple[str, Any]]:
    for found in pkgutil.walk_packages(nm.__path__, "neuromem."):
        parts = found.name.split(".")[1:]
        deep = len(parts) > 2 + (parts[0] == "spiking")  # the parts of one memory, or of one engine
        inside = deep or parts[0] in INSIDE or ".".join(parts) in INSIDE
        if not inside and not any(part.startswith("_") for part in parts):
            yield ".".join(parts), importlib.import_module(found.name)


def targets() -> dict[str, Target]:
    """Every target by its name, in an order that is always the same."""
    found: dict[str, Target] = {}
    seen: set[int] = set()
    memories = [nm.models.ALL[name] for name in nm.models.ALL]
    for name, module in _modules():
        part = name.partition(".")[0]
        strict = part in ("patterns", "cues", "metrics", "models")
        public = set(getattr(module, "__all__", ())) or {key for key in vars(module) if not key.startswith("_")}
        for key in sorted(public):
            thing = vars(module).get(key)
            home = getattr(thing, "__module__", "") or ""
            if not home.startswith(f"neuromem.{name}") or inspect.ismodule(thing) or id(thing) in seen:
                continue
            given_back = inspect.isclass(thing) and issubclass(thing, tuple)
            if given_back or f"{name}.{key}" in INSIDE or thing in memories:  # memories: below
                continue
            seen.add(id(thing))
            called = f"{part if part in ('spiking', 'nn') and inspect.isclass(thing) else name}.{key}"
            if inspect.isclass(thing) and not issubclass(thing, BaseException) and not getattr(thing, "_is_protocol", False):
                found |= {target.name: target for target in _of_class(called, thing, strict)}
            elif inspect.isfunction(thing) or hasattr(thing, "__wrapped__"):
                found[called] = Target(called, _good(called, thing), _calling(thing), strict)
    for door in DOORS:
        function = pkgutil.resolve_name(f"neuromem.{door}")
        found[door] = Target(door, _good(door, function), _calling(function), heavy=True)
    for kind in memories:
        found |= {target.name: target for target in _of_class(f"models.{kind.__name__}", kind, True)}
    found |= {target.name: target for target in _experiments()}
    return {name: target for name, target in sorted(found.items()) if target.good}


def arguments(target: Target, parameter: str | None = None, value: Any = None) -> dict[str, Any]:
    """Good arguments, but for one parameter, which gets the value."""
    made = {key: make() for key, make in target.good.items()}
    if parameter is not None:
        made[parameter] = value
    return {key: value for key, value in made.items() if value is not MISSING}


def copies(given: Mapping[str, Any]) -> dict[str, Any]:
    """Copies of the arrays among arguments, to see that a call does not change them."""
    return {key: value.copy() for key, value in given.items() if isinstance(value, np.ndarray) and is_array(value)}
