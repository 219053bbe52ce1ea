"""The claims of all families, and a choice among them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from pathlib import Path

from neuromem import checks
from neuromem.experiments.claims.claim import COSTS, LEDGER, Claim

TOOLS = {"claim", "ledger", "page", "reproduce", "verdicts"}  # files of the folder that are no family


def families() -> list[Path]:
    """The files that hold claims, one a family.

    Returns
    -------
    list of Path
        In the order of their names.
    """
    here = Path(__file__).parent
    return [here / f"{module.name}.py" for module in pkgutil.iter_modules([str(here)]) if module.name not in TOOLS]


def ledger() -> dict[str, Claim]:
    """Every claim by its id, family by family.

    Returns
    -------
    dict
        Claims in the order of their files.

    Examples
    --------
    >>> ledger()["P01"].published
    (0.138,)
    """
    order = [file.stem for file in families()]
    for name in order:
        importlib.import_module(f"{__package__}.{name}")
    return dict(sorted(LEDGER.items(), key=lambda one: order.index(one[1].family) if one[1].family in order else len(order)))


def select(names: Iterable[str] = (), cost: str = "hours") -> list[str]:
    """The ids of the claims that are asked for.

    Parameters
    ----------
    names : iterable of str
        Ids or families; none of them asks for all claims.
    cost : {"instant", "seconds", "minutes", "hours"}
        The most that a claim may cost.

    Returns
    -------
    list of str
        Ids in the ledger's order.

    Raises
    ------
    InputError
        If a name is neither an id nor a family.
    """
    claims, wanted = ledger(), set(names)
    families = {one.family for one in claims.values()}
    for name in wanted - claims.keys() - families:
        raise checks.refusal("claims", "be ids or families", f"was {name!r}", checks.nearest(name, [*claims, *families]))
    checks.choice("cost", cost, COSTS)
    dear = COSTS[COSTS.index(cost) + 1 :]
    return [i for i, one in claims.items() if (not wanted or wanted & {i, one.family}) and one.cost not in dear]
