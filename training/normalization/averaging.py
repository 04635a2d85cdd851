"""Weights averaged over training, for all models that are learned step by step.

Belongs here: that. Does not belong here: the steps themselves (each model's own module).
"""

from __future__ import annotations

import numpy as np


class Average:
    """Mean of the weights over the later steps of training, which generalises better than the last step's."""

    def __init__(self, weights: np.ndarray) -> None:
        self.weights = weights
        self.total = np.zeros(weights.size, np.float64)
        self.taken = 0

    def add(self, epoch: int) -> None:
        """Count the weights as they stand, from the second pass on."""
        if epoch >= 1:
            self.total += self.weights
            self.taken += 1

    def mean(self) -> np.ndarray:
        """Return the mean."""
        return (self.total / max(self.taken, 1)).astype(np.float32)
