"""Optimizers, learning-rate schedules and gradient clipping. Floor 3."""

from microgradlab.optim.base import Optimizer
from microgradlab.optim.clipping import clip_grad_norm, clip_grad_value
from microgradlab.optim.optimizers import (
    OPTIMIZERS,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    RMSProp,
    by_name,
)
from microgradlab.optim.schedules import (
    SCHEDULES,
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    OneCycleLR,
    Schedule,
    StepLR,
    WarmupLR,
    schedule_by_name,
)

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "ConstantLR",
    "CosineAnnealingLR",
    "ExponentialLR",
    "OneCycleLR",
    "Optimizer",
    "RMSProp",
    "Schedule",
    "StepLR",
    "WarmupLR",
    "by_name",
    "clip_grad_norm",
    "clip_grad_value",
    "schedule_by_name",
]
