"""The peers: each module has one library's way to write the same update as fast as it can."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass

from benchmarks.problem import Problem, Training


class NotFeasibleError(Exception):
    """A problem is too large for a peer."""


@dataclass(frozen=True)
class Peer:
    """One way to train.

    Attributes:
        name: as it is shown.
        package: that has to be installed.
        place: the module here, and its class.
        is_whole: whether many updates are one call of it, and not one.
    """

    name: str
    package: str
    place: str
    is_whole: bool = False

    @property
    def is_installed(self) -> bool:
        """Whether its package is there."""
        return importlib.util.find_spec(self.package) is not None

    def training(self, problem: Problem) -> Training:
        """Its training of a problem; loads its library.

        Raises:
            NotFeasibleError: the problem is too large for it.
        """
        module, name = self.place.split(":")
        make = getattr(importlib.import_module(f"benchmarks.peers.{module}"), name)
        training: Training = make(problem)
        return training


OURS = (
    Peer("microgradlab, an update a call", "llvmlite", "compiled:UpdateACall"),
    Peer("microgradlab, an epoch a call", "llvmlite", "compiled:EpochACall", is_whole=True),
    Peer("microgradlab, `fast=True`", "llvmlite", "compiled:FastEpochACall", is_whole=True),
)
"""microgradlab's compiled training, in three ways."""

THEIRS = (
    Peer("NumPy", "numpy", "by_hand:ByHand"),
    Peer("PyTorch", "torch", "pytorch:Eager"),
    Peer("`jax.jit`", "jax", "xla:Jit"),
    Peer("`jax.lax.scan`", "jax", "xla:Scan", is_whole=True),
    Peer("CasADi", "casadi", "symbolic:Mapped"),
)
"""The others."""
