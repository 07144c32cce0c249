"""Keras 3 on JAX."""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from bench.peers.keras_model import train

__all__ = ["VERSIONS", "train"]

VERSIONS = ("keras", "jax", "numpy")
