"""The main job: learn the bundled handwritten digits, say how well and how fast, keep the model."""

import argparse

import numpy as np

import fastnn
from fastnn._cli import files, network
from fastnn._cli.pipeline import Pipeline
from fastnn.datasets import digits

_HIDDEN = (128,)
_BRIGHTEST = 16.0


def run(arguments: argparse.Namespace) -> int:
    """Train on the training digits for a fixed number of epochs and test on the rest."""
    output = files.check_model_output(arguments.output)
    fastnn.utils.set_random_seed(arguments.seed)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    n_pixels = x_train[0].size
    pipeline = Pipeline(
        target="digit",
        features=[f"pixel_{i}" for i in range(n_pixels)],
        feature_mean=[0.0] * n_pixels,
        feature_scale=[_BRIGHTEST] * n_pixels,
        classes=[str(digit) for digit in range(10)],
    )
    print(
        f"fastnn {fastnn.__version__}: {len(x_train)} digits of 8 x 8 pixels to learn from, "
        f"{len(x_test)} to test with"
    )
    settings = network.Settings(arguments.epochs, batch_size=32, learning_rate=0.002, patience=0)
    model = network.build(n_pixels, _HIDDEN, pipeline.n_outputs)
    x = pipeline.scale_features(x_train.reshape(-1, n_pixels).astype(np.float64))
    done = network.train(model, (x, y_train.astype(np.int64)), None, settings)
    network.report_run(done, settings.epochs)
    x = pipeline.scale_features(x_test.reshape(-1, n_pixels).astype(np.float64))
    network.report_classes(model.predict(x, verbose=0), y_test.astype(np.int64))
    files.save(model, pipeline, output)
    print(f"saved {output}")
    return 0
