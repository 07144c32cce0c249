"""Regression without biases: what ten ReLU units add to a straight line.

Two networks predict the value of a house from 13 numbers about its district. The linear one has
13 weights, one for each number; the other puts ten ReLU units in between and has 140. Both train
for 1000 passes on the numbers as they are, and are tested on 102 districts they have not met.
With matplotlib installed, truth and prediction are drawn into boston.png, or the file named.

    python examples/boston.py [SEED] [PICTURE.png]
"""

import sys
from pathlib import Path

import fastnn as keras

seed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
picture = Path(sys.argv[2] if len(sys.argv) > 2 else "boston.png")

(x_train, y_train), (x_test, y_test) = keras.datasets.boston_housing.load_data()


def train(name: str, layers: list[keras.layers.Dense]) -> keras.Sequential:
    model = keras.Sequential([keras.Input((13,)), *layers])
    model.compile(optimizer="adam", loss="mse")
    model.fit(x_train, y_train, epochs=1000, batch_size=32, verbose=0)
    mse = model.evaluate(x_test, y_test, verbose=0)
    print(f"{name}: {model.count_params()} weights, test MSE {mse:.2f}")
    return model


keras.utils.set_random_seed(seed)
models = {
    "linear": train("linear", [keras.layers.Dense(1, use_bias=False)]),
    "relu": train(
        "relu",
        [
            keras.layers.Dense(10, activation="relu", use_bias=False),
            keras.layers.Dense(1, use_bias=False),
        ],
    ),
}

try:
    import matplotlib
except ImportError:
    print("no picture: matplotlib is not installed (pip install 'fastnn[plot]')")
    sys.exit()

matplotlib.use("Agg")  # draws into files; needs no screen
from matplotlib import pyplot as plt  # noqa: E402  (the choice above comes first)

# Districts from the cheapest to the dearest: truth rises, predictions scatter about it.
order = y_test.argsort()
figure, axes = plt.subplots(len(models), 1, figsize=(8, 7), sharex=True)
for axis, (name, model) in zip(axes, models.items(), strict=True):
    axis.plot(y_test[order], label="truth")
    axis.plot(model.predict(x_test, verbose=0)[order, 0], ".", label=f"{name} network")
    axis.set_ylabel("value (1000 $)")
    axis.legend()
axes[-1].set_xlabel("test districts, by value")
figure.savefig(picture)
print(f"drew {picture}")
