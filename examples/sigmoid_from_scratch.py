"""Backpropagation written out, and the same network in fastnn.

A table of four rows (exclusive or, with a column of ones in place of biases) is learnt by two
layers of sigmoid units. First by twelve lines of NumPy that spell out the chain rule, then by
fastnn from the same first weights: plain gradient descent on the sum of squared errors, all four
rows in each of 1500 steps. The two tell the same story, step for step.

    python examples/sigmoid_from_scratch.py
"""

import numpy as np

import fastnn as keras

STEPS = 1500
x = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)

rng = np.random.default_rng(0)
first = [rng.uniform(size=(3, 4)), rng.uniform(size=(4, 1))]


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


# By hand. For s = sigmoid(z), ds/dz = s * (1 - s).
weights1, weights2 = (w.copy() for w in first)
by_hand = []
for _ in range(STEPS):
    hidden = sigmoid(x @ weights1)
    output = sigmoid(hidden @ weights2)
    by_hand.append(np.sum((y - output) ** 2))
    d_output = 2 * (output - y) * output * (1 - output)
    d_hidden = (d_output @ weights2.T) * hidden * (1 - hidden)
    weights2 -= hidden.T @ d_output
    weights1 -= x.T @ d_hidden

# By fastnn, in float64 so that rounding does not blur the comparison.
model = keras.Sequential(
    [
        keras.Input((3,)),
        keras.layers.Dense(4, activation="sigmoid", use_bias=False, dtype="float64"),
        keras.layers.Dense(1, activation="sigmoid", use_bias=False, dtype="float64"),
    ]
)
model.set_weights(first)
model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss="sum_squared_error")
history = model.fit(x, y, epochs=STEPS, batch_size=4, shuffle=False, verbose=0)
by_fastnn = np.array(history.history["loss"])

for step in (0, 100, 500, 1000, STEPS - 1):
    print(f"step {step + 1:>4}: loss {by_hand[step]:.6f} by hand, {by_fastnn[step]:.6f} by fastnn")
print("falls at every step:", bool(np.all(np.diff(by_fastnn) < 0)))
print(f"largest difference of the losses: {np.abs(by_fastnn - by_hand).max():.1e}")
for row, target, answer in zip(x, y, model.predict(x, verbose=0), strict=True):
    print(f"{row[:2].astype(int)} -> {answer[0]:.3f} (wanted {int(target[0])})")
