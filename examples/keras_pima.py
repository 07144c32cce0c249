"""A first network in five steps: will a patient develop diabetes within five years?

The program is Keras' classic tutorial; only the import is another. The data are 768 patients with
eight measurements each, and the network answers with one probability.

    python examples/keras_pima.py [SEED]
"""

import sys

import fastnn as keras

# A seed makes the run repeatable: the same weights, shuffles and result on every machine.
keras.utils.set_random_seed(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
(x, y), _ = keras.datasets.pima.load_data()

# 1. Define: layers in the order the numbers pass through them.
model = keras.Sequential()
model.add(keras.layers.Dense(12, input_dim=8, activation="relu"))
model.add(keras.layers.Dense(8, activation="relu"))
model.add(keras.layers.Dense(1, activation="sigmoid"))

# 2. Compile: what to make small, by which method, and what to report on the way.
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])

# 3. Fit: 150 passes over the data, ten patients to a step.
history = model.fit(x, y, epochs=150, batch_size=10, verbose=0)
losses = history.history["loss"]
print(f"loss {losses[0]:.3f} after 1 pass, {losses[-1]:.3f} after {len(losses)}")

# 4. Evaluate. On the rows it has learnt from, as the tutorial does: this is how well the network
#    fits, not how well it would do on patients it has not met.
loss, accuracy = model.evaluate(x, y, verbose=0)
print(f"training accuracy: {accuracy:.2%}")

# 5. Predict: a probability above one half means yes.
yes = (model.predict(x, verbose=0) > 0.5).astype(int)
for patient in range(0, 750, 150):
    print(f"patient {patient}: predicted {yes[patient, 0]}, was {y[patient]}")
