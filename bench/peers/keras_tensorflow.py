"""Keras 3 on TensorFlow."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow  # noqa: F401  (the import must fail here when it is not installed)

from bench.peers.keras_model import train

__all__ = ["VERSIONS", "train"]

VERSIONS = ("keras", "tensorflow", "numpy")
