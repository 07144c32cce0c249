"""The perceptron of 1958: one threshold unit and a rule that needs no gradient.

The unit fires (1) when its weighted sum is above zero, else it is silent (0). A step is flat, so
there is no slope to descend and `fit` has nothing to work with. Rosenblatt's rule learns without:
after each wrong answer the weights move by the input, towards the answer that was wanted. If a
straight line can part the classes, it finds one after finitely many mistakes.

fastnn computes the unit's answers; the rule itself is the loop below, through set_weights.

    python examples/perceptron.py
"""

import numpy as np

import fastnn as keras

# Two clouds of points that a straight line can part.
rng = np.random.default_rng(3)
x = np.concatenate([rng.normal(-1.5, 0.7, (50, 2)), rng.normal(1.5, 0.7, (50, 2))])
wanted = np.repeat([0, 1], 50)

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="step")])
kernel, bias = np.zeros((2, 1)), np.zeros(1)
model.set_weights([kernel, bias])

for epoch in range(1, 101):
    mistakes = 0
    for row, target in zip(x, wanted, strict=True):
        answer = model.predict(row[None], verbose=0)[0, 0]
        if answer != target:
            mistakes += 1
            kernel += (target - answer) * row[:, None]
            bias += target - answer
            model.set_weights([kernel, bias])
    print(f"epoch {epoch}: {mistakes} mistakes")
    if mistakes == 0:
        break

answers = model.predict(x, verbose=0)[:, 0]
print(f"right: {int(np.sum(answers == wanted))} of {len(x)}")
(w0, w1), b = kernel[:, 0], bias[0]
print(f"the line: {w0:.3f} x0 + {w1:.3f} x1 + {b:.3f} = 0")
