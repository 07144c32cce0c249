"""What a dense layer computes, by hand: activation(x @ kernel + bias).

A small network is trained, its weights are taken out with get_weights, and a few lines of NumPy
turn them into the same predictions.

    python examples/hand_computation.py
"""

import numpy as np

import fastnn as keras

keras.utils.set_random_seed(1)
(x, y), _ = keras.datasets.pima.load_data()
x = (x - x.mean(axis=0)) / x.std(axis=0)

model = keras.Sequential(
    [
        keras.Input((8,)),
        keras.layers.Dense(3, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20, verbose=0)

# One kernel and one bias per layer: (inputs, units) and (units,).
kernel1, bias1, kernel2, bias2 = model.get_weights()
print("shapes:", kernel1.shape, bias1.shape, kernel2.shape, bias2.shape)

# One unit of one layer for one patient, number by number ...
total = float(bias1[0])
for i in range(8):
    total += float(x[0, i]) * float(kernel1[i, 0])
print(f"unit 0 of layer 1, patient 0: sum {total:.6f}, after ReLU {max(total, 0):.6f}")

# ... and everything for everyone, as two matrix products.
hidden = np.maximum(x @ kernel1 + bias1, 0)
by_hand = 1 / (1 + np.exp(-(hidden @ kernel2 + bias2)))
predicted = model.predict(x, verbose=0)

print("by hand:  ", *(f"{p:.6f}" for p in by_hand[:5, 0]))
print("predicted:", *(f"{p:.6f}" for p in predicted[:5, 0]))
# NumPy works in float64 here and the network in float32, which keeps about seven digits.
print(f"largest difference over {len(x)} patients: {np.abs(by_hand - predicted).max():.1e}")
