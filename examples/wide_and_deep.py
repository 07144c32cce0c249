"""A wide and deep model: what one line can say, and what a net adds (Cheng et al., 2016).

Boston house prices. The wide part is a linear model of all 13 columns; the deep part a small
residual net of the same. Their sum is the price. A second output tells whether a house is dearer
than the median, from the deep part alone, and its loss counts a tenth.
"""

import fastnn as keras
from fastnn import layers

keras.utils.set_random_seed(4)
(x_train, y_train), (x_test, y_test) = keras.datasets.boston_housing.load_data()
mean, spread = x_train.mean(axis=0), x_train.std(axis=0)
x_train, x_test = (x_train - mean) / spread, (x_test - mean) / spread
median = sorted(y_train)[len(y_train) // 2]

columns = keras.Input((13,), name="columns")
deep = layers.Dense(32, activation="relu")(columns)
deep = layers.add([deep, layers.Dense(32, activation="relu")(deep)])
deep = layers.concatenate([deep, columns])
price = layers.add([
    layers.Dense(1, name="wide")(columns),
    layers.Dense(1, use_bias=False, name="deep")(deep),
], name="price")  # fmt: skip
dear = layers.Dense(1, activation="sigmoid", name="dear")(deep)

model = keras.Model(columns, [price, dear])
model.summary()
model.compile(
    optimizer=keras.optimizers.Adam(0.005),
    loss={"price": "mse", "dear": "binary_crossentropy"},
    loss_weights={"price": 1.0, "dear": 0.1},
    metrics={"price": ["mae"], "dear": ["accuracy"]},
)
model.fit(
    x_train, {"price": y_train, "dear": y_train > median}, epochs=150, batch_size=32, verbose=0
)
logs = model.evaluate(
    x_test, {"price": y_test, "dear": y_test > median}, verbose=0, return_dict=True
)
print(f"price within {logs['price_mae']:.2f} thousand dollars on average")
print(f"dear or not: {logs['dear_accuracy']:.0%} right")

# The wide part by itself, of the same weights.
line = keras.Model(columns, model.get_layer("wide").output)
print(f"of the first price, the line says {line.predict(x_test[:1])[0, 0]:.1f},", end=" ")
print(f"line and net {model.predict(x_test[:1])[0][0, 0]:.1f}, the owner {y_test[0]:.1f}")
