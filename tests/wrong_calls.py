"""Wrong calls, and some that are odd, each for any package with Keras' names.

`test_keras_errors.py` compares what they raise with what Keras raises.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Calls = dict[str, Callable[[], Any]]
X = np.ones((8, 3), "float32")
Y = np.zeros((8, 1), "float32")
CLASSES = np.arange(8) % 3


def chain(k: Any, *layers: Any) -> Any:
    """A Sequential."""
    return k.Sequential(list(layers))


def model(k: Any, loss: Any = "mse", out: int = 1, **arguments: Any) -> Any:
    """A compiled Sequential for X."""
    made = chain(k, k.Input((3,)), k.layers.Dense(out))
    made.compile("sgd", loss, **arguments)
    return made


def graph(k: Any) -> Any:
    """A model with a named input for X."""
    entry = k.Input((3,), name="a")
    return k.Model(entry, k.layers.Dense(1, name="o")(entry))


def layer_calls(k: Any) -> Calls:
    """Layers: their arguments, and calls of them."""
    return {
        "dense unknown arg": lambda: k.layers.Dense(3, foo=1),
        "dense no units": lambda: k.layers.Dense(),
        "dense str units": lambda: k.layers.Dense("a"),
        "dense 0": lambda: k.layers.Dense(0),
        "dense -1": lambda: k.layers.Dense(-1),
        "dense float": lambda: k.layers.Dense(2.5),
        "dense act": lambda: k.layers.Dense(3, activation="zz"),
        "dense init": lambda: k.layers.Dense(3, kernel_initializer="zz"),
        "dense reg": lambda: k.layers.Dense(3, kernel_regularizer="zz"),
        "dense con": lambda: k.layers.Dense(3, kernel_constraint="zz"),
        "drop 1": lambda: k.layers.Dropout(1),
        "drop 1.0": lambda: k.layers.Dropout(1.0)(X).shape,
        "drop 1.5": lambda: k.layers.Dropout(1.5),
        "drop -": lambda: k.layers.Dropout(-0.1),
        "drop str": lambda: k.layers.Dropout("a"),
        "gdrop 1": lambda: k.layers.GaussianDropout(1.0),
        "adrop 1": lambda: k.layers.AlphaDropout(1.0),
        "gn -1": lambda: k.layers.GaussianNoise(-1),
        "leaky -": lambda: k.layers.LeakyReLU(-1),
        "leaky None": lambda: k.layers.LeakyReLU(None),
        "relu -": lambda: k.layers.ReLU(max_value=-1),
        "relu neg slope": lambda: k.layers.ReLU(negative_slope=-1),
        "elu": lambda: k.layers.ELU(alpha="a"),
        "act none": lambda: k.layers.Activation("zz"),
        "act noarg": lambda: k.layers.Activation(),
        "reshape bad": lambda: k.layers.Reshape((4,))(k.Input((3,))),
        "reshape ok": lambda: k.layers.Reshape((3, 1))(k.Input((3,))).shape,
        "flatten": lambda: k.layers.Flatten(data_format="zz"),
        "repeat": lambda: k.layers.RepeatVector("a"),
        "repeat f": lambda: k.layers.RepeatVector(2)(k.Input((3, 4))),
        "permute": lambda: k.layers.Permute((0, 1)),
        "bn axis": lambda: k.layers.BatchNormalization(axis=5)(k.Input((3,))),
        "bn momentum": lambda: k.layers.BatchNormalization(momentum=2),
        "ln axis": lambda: k.layers.LayerNormalization(axis=5)(k.Input((3,))),
        "emb no": lambda: k.layers.Embedding(3),
        "emb neg": lambda: k.layers.Embedding(-1, 2),
        "norm notadapted": lambda: k.layers.Normalization()(X),
        "rescale": lambda: k.layers.Rescaling(),
        "add one": lambda: k.layers.Add()([k.Input((3,))]),
        "add single": lambda: k.layers.Add()(k.Input((3,))),
        "add shapes": lambda: k.layers.Add()([k.Input((3,)), k.Input((4,))]),
        "concat one": lambda: k.layers.Concatenate()([k.Input((3,))]),
        "concat axis": lambda: k.layers.Concatenate(axis=5)([k.Input((3,)), k.Input((3,))]),
        "sub 3": lambda: k.layers.Subtract()([k.Input((3,))] * 3),
        "dot axes": lambda: k.layers.Dot(axes=5)([k.Input((3,)), k.Input((3,))]),
        "dot noaxes": lambda: k.layers.Dot()([k.Input((3,)), k.Input((3,))]),
        "dot shapes": lambda: k.layers.Dot(axes=1)([k.Input((3,)), k.Input((4,))]),
        "avg one": lambda: k.layers.Average()([k.Input((3,))]),
    }


def model_calls(k: Any) -> Calls:
    """Models: what they are made of, and what they are asked for."""
    return {
        "input none": lambda: k.Input(),
        "input str": lambda: k.Input("a"),
        "input int": lambda: k.Input(3),
        "input both": lambda: k.Input((3,), batch_shape=(None, 3)),
        "input dtype": lambda: k.Input((3,), dtype="zz"),
        "input neg": lambda: k.Input((-3,)),
        "input kw": lambda: k.Input((3,), foo=1),
        "seq int": lambda: chain(k, 3),
        "seq str": lambda: chain(k, "a"),
        "seq dup name": lambda: chain(k, k.layers.Dense(1, name="a"), k.layers.Dense(1, name="a")),
        "seq class": lambda: chain(k, k.layers.Dense),
        "seq add none": lambda: chain(k).add(None),
        "seq pop": lambda: chain(k).pop(),
        "seq build none": lambda: chain(k, k.layers.Dense(1)).build(),
        "seq summary unbuilt": lambda: chain(k, k.layers.Dense(1)).summary(
            print_fn=lambda *a, **k: None
        ),
        "seq count unbuilt": lambda: chain(k, k.layers.Dense(1)).count_params(),
        "seq input_shape unbuilt": lambda: chain(k, k.layers.Dense(1)).input_shape,
        "seq weights unbuilt": lambda: chain(k, k.layers.Dense(1)).weights,
        "seq predict no layer": lambda: chain(k).predict(X, verbose=0),
        "seq kw": lambda: k.Sequential([], foo=1),
        "seq two inputs": lambda: chain(k, k.Input((3,)), k.Input((3,))),
        "seq late input": lambda: chain(k, k.layers.Dense(1), k.Input((3,))),
        "get_layer none": lambda: model(k).get_layer(),
        "get_layer name": lambda: model(k).get_layer("zz"),
        "get_layer idx": lambda: model(k).get_layer(index=9),
        "get_layer both": lambda: model(k).get_layer("a", 1),
        "layers idx": lambda: model(k).layers[9],
        "set_weights len": lambda: model(k).set_weights([X]),
        "set_weights shape": lambda: model(k).set_weights([np.ones((2, 1)), np.ones(1)]),
        "layer set_weights": lambda: k.layers.Dense(1).set_weights([X]),
        "layer kernel": lambda: k.layers.Dense(1).kernel,
        "layer output": lambda: k.layers.Dense(1).output,
        "layer input": lambda: k.layers.Dense(1).input,
        "attr": lambda: model(k).zzz,
        "layer attr": lambda: k.layers.Dense(1).zzz,
        "dense call 1d": lambda: k.layers.Dense(2)(np.ones(3)).shape,
        "dense wrong": lambda: (lambda d: (d(X), d(np.ones((2, 4)))))(k.layers.Dense(2)),
        "dense call str": lambda: k.layers.Dense(2)("a"),
        "dense no call": lambda: k.layers.Dense(2)(),
        "dense build": lambda: k.layers.Dense(2).build(None),
        "fn inputs arr": lambda: k.Model(X, Y),
        "fn disconnected": lambda: k.Model(k.Input((3,)), k.layers.Dense(1)(k.Input((3,)))),
        "fn no out": lambda: k.Model(k.Input((3,)), []),
        "fn not input": lambda: (
            lambda a: k.Model(k.layers.Dense(2)(a), k.layers.Dense(1)(k.layers.Dense(2)(a)))
        )(k.Input((3,))),
        "fn dup": lambda: (lambda a: k.Model([a, a], k.layers.Dense(1)(a)))(k.Input((3,))),
        "fn dup name": lambda: (
            lambda a: k.Model(a, k.layers.Dense(1, name="n")(k.layers.Dense(2, name="n")(a)))
        )(k.Input((3,))),
        "fn one arg": lambda: k.Model(k.Input((3,))),
    }


def training_calls(k: Any) -> Calls:
    """compile, fit, evaluate and predict."""
    return {
        "comp opt": lambda: chain(k, k.Input((3,)), k.layers.Dense(1)).compile("zz", "mse"),
        "comp optint": lambda: chain(k, k.Input((3,)), k.layers.Dense(1)).compile(3, "mse"),
        "comp opt none": lambda: chain(k, k.Input((3,)), k.layers.Dense(1)).compile(None, "mse"),
        "comp loss+fit": lambda: model(k, "zz").fit(X, Y, verbose=0),
        "comp loss": lambda: model(k, "zz"),
        "comp lossint": lambda: model(k, 3),
        "comp metrics str": lambda: model(k, metrics="mae"),
        "comp metrics bad": lambda: model(k, metrics=["zz"]),
        "comp metrics bad fit": lambda: model(k, metrics=["zz"]).fit(X, Y, verbose=0),
        "comp metrics int": lambda: model(k, metrics=3),
        "comp metric none": lambda: model(k, metrics=[None]).fit(X, Y, verbose=0),
        "comp kw": lambda: model(k, foo=1),
        "comp loss list": lambda: model(k, ["mse"]).fit(X, Y, verbose=0),
        "comp loss 2": lambda: model(k, ["mse", "mae"]).fit(X, Y, verbose=0),
        "comp loss dict bad": lambda: model(k, {"zz": "mse"}).fit(X, Y, verbose=0),
        "comp lw": lambda: model(k, loss_weights=[1, 2]).fit(X, Y, verbose=0),
        "comp lw str": lambda: model(k, loss_weights="a").fit(X, Y, verbose=0),
        "comp wm str": lambda: model(k, weighted_metrics="mae"),
        "comp no loss fit": lambda: model(k, None).fit(X, Y, verbose=0),
        "comp metric object": lambda: model(k, metrics=k.metrics.MeanSquaredError()),
        "comp opt none eval": lambda: chain(k, k.Input((3,)), k.layers.Dense(1)).compile(
            None, "mse"
        ),
        "comp opt class": lambda: chain(k, k.Input((3,)), k.layers.Dense(1)).compile(
            k.optimizers.SGD, "mse"
        ),
        "comp metric class": lambda: model(k, metrics=[k.metrics.MeanSquaredError]).fit(
            X, Y, verbose=0
        ),
        "comp loss class": lambda: model(k, k.losses.MeanSquaredError).fit(X, Y, verbose=0),
        "fit uncompiled": lambda: chain(k, k.Input((3,)), k.layers.Dense(1)).fit(X, Y),
        "eval uncompiled": lambda: chain(k, k.Input((3,)), k.layers.Dense(1)).evaluate(X, Y),
        "tob uncompiled": lambda: chain(k, k.Input((3,)), k.layers.Dense(1)).train_on_batch(X, Y),
        "fit none": lambda: model(k).fit(),
        "fit no y": lambda: model(k).fit(X, verbose=0),
        "fit len": lambda: model(k).fit(X, Y[:5], verbose=0),
        "fit width": lambda: model(k).fit(np.ones((8, 4)), Y, verbose=0),
        "fit y wide": lambda: model(k).fit(X, np.ones((8, 2)), verbose=0),
        "fit y wide2": lambda: model(k, out=2).fit(X, np.ones((8, 3)), verbose=0),
        "fit y 1 for 3": lambda: model(k, out=3).fit(X, Y, verbose=0),
        "fit y vec for 3": lambda: model(k, out=3).fit(X, Y[:, 0], verbose=0),
        "fit str": lambda: model(k).fit("a", Y),
        "fit list": lambda: model(k).fit([[1, 2, 3]] * 8, [0] * 8, verbose=0),
        "fit bs 0": lambda: model(k).fit(X, Y, batch_size=0, verbose=0),
        "fit bs -1": lambda: model(k).fit(X, Y, batch_size=-1, verbose=0),
        "fit bs str": lambda: model(k).fit(X, Y, batch_size="a", verbose=0),
        "fit ep -1": lambda: model(k).fit(X, Y, epochs=-1, verbose=0),
        "fit ep 0": lambda: model(k).fit(X, Y, epochs=0, verbose=0).history,
        "fit ep float": lambda: model(k).fit(X, Y, epochs=1.5, verbose=0),
        "fit verbose": lambda: model(k).fit(X, Y, verbose=7),
        "fit verbose str": lambda: model(k).fit(X, Y, verbose="zz"),
        "fit vs 1": lambda: model(k).fit(X, Y, validation_split=1.0, verbose=0),
        "fit vs 2": lambda: model(k).fit(X, Y, validation_split=2.0, verbose=0),
        "fit vs -": lambda: model(k).fit(X, Y, validation_split=-0.5, verbose=0),
        "fit vs small": lambda: model(k).fit(X[:1], Y[:1], validation_split=0.1, verbose=0),
        "fit vd 1": lambda: model(k).fit(X, Y, validation_data=X, verbose=0),
        "fit vd (x,)": lambda: model(k).fit(X, Y, validation_data=(X,), verbose=0),
        "fit vd 4": lambda: model(k).fit(X, Y, validation_data=(X, Y, Y, Y), verbose=0),
        "fit vd shape": lambda: model(k).fit(X, Y, validation_data=(X[:, :2], Y), verbose=0),
        "fit vd list": lambda: model(k).fit(X, Y, validation_data=[X, Y], verbose=0).history.keys(),
        "fit cw": lambda: model(k).fit(X, Y, class_weight=[1], verbose=0),
        "fit cw missing": lambda: model(k, "sparse_categorical_crossentropy", 3).fit(
            X, CLASSES, class_weight={0: 1.0}, verbose=0
        ),
        "fit cw+sw": lambda: model(k).fit(
            X, Y, class_weight={0: 1.0}, sample_weight=np.ones(8), verbose=0
        ),
        "fit sw len": lambda: model(k).fit(X, Y, sample_weight=np.ones(5), verbose=0),
        "fit sw 2d": lambda: model(k).fit(X, Y, sample_weight=np.ones((8, 1)), verbose=0),
        "fit spe 0": lambda: model(k).fit(X, Y, steps_per_epoch=0, verbose=0),
        "fit spe -": lambda: model(k).fit(X, Y, steps_per_epoch=-1, verbose=0),
        "fit cb": lambda: model(k).fit(X, Y, callbacks=[3], verbose=0),
        "fit cb class": lambda: model(k).fit(X, Y, callbacks=[k.callbacks.History], verbose=0),
        "fit cb one": lambda: model(k).fit(X, Y, callbacks=k.callbacks.History(), verbose=0),
        "fit kw": lambda: model(k).fit(X, Y, foo=1),
        "fit vf": lambda: model(k).fit(
            X, Y, validation_data=(X, Y), validation_freq="a", verbose=0
        ),
        "fit vf 0": lambda: model(k).fit(
            X, Y, validation_data=(X, Y), validation_freq=0, verbose=0
        ),
        "fit labels oob": lambda: model(k, "sparse_categorical_crossentropy", 3).fit(
            X, CLASSES + 5, verbose=0
        ),
        "fit labels -": lambda: model(k, "sparse_categorical_crossentropy", 3).fit(
            X, CLASSES - 1, verbose=0
        ),
        "fit cce labels": lambda: model(k, "categorical_crossentropy", 3).fit(
            X, CLASSES, verbose=0
        ),
        "fit scce onehot": lambda: model(k, "sparse_categorical_crossentropy", 3).fit(
            X, np.eye(3)[CLASSES], verbose=0
        ),
        "fit bce wide": lambda: model(k, "binary_crossentropy", 1).fit(
            X, np.ones((8, 3)), verbose=0
        ),
        "fit dict extra": lambda: (
            lambda m: (m.compile("sgd", "mse"), m.fit({"a": X, "zz": X}, Y, verbose=0))
        )(graph(k)),
        "fit dict bad": lambda: (
            lambda m: (m.compile("sgd", "mse"), m.fit({"zz": X}, Y, verbose=0))
        )(graph(k)),
        "pred dict extra": lambda: graph(k).predict({"a": X, "zz": X}, verbose=0).shape,
        "pred dict one bad": lambda: graph(k).predict({"zz": X}, verbose=0).shape,
        "seq dict": lambda: model(k).predict({"zz": X}, verbose=0).shape,
        "pred list1": lambda: model(k).predict([X], verbose=0).shape,
        "pred list2": lambda: model(k).predict([X, X], verbose=0).shape,
        "pred width": lambda: model(k).predict(np.ones((2, 4)), verbose=0),
        "pred 1d": lambda: model(k).predict(np.ones(3), verbose=0),
        "pred empty": lambda: model(k).predict(np.ones((0, 3)), verbose=0),
        "pred none": lambda: model(k).predict(None),
        "pred noarg": lambda: model(k).predict(),
        "pred bs": lambda: model(k).predict(X, batch_size=0, verbose=0),
        "pred str": lambda: model(k).predict("a", verbose=0),
        "pred objarr": lambda: model(k).predict(np.array([["a", "b", "c"]], object), verbose=0),
        "pred nan": lambda: model(k).predict(X * np.nan, verbose=0).shape,
        "eval len": lambda: model(k).evaluate(X, Y[:3], verbose=0),
        "eval width": lambda: model(k).evaluate(X[:, :2], Y, verbose=0),
        "eval none": lambda: model(k).evaluate(),
        "eval no y": lambda: model(k).evaluate(X, verbose=0),
        "eval vs verb": lambda: model(k).evaluate(X, Y, verbose="zz"),
        "tob len": lambda: model(k).train_on_batch(X, Y[:3]),
        "pob": lambda: model(k).predict_on_batch(np.ones((2, 5))),
        "call width": lambda: model(k)(np.ones((2, 5))),
        "call none": lambda: model(k)(None),
    }


def object_calls(k: Any) -> Calls:
    """Optimisers, losses, metrics, initialisers and the like, callbacks."""
    return {
        "opt lr str": lambda: k.optimizers.SGD("a"),
        "opt lr neg": lambda: k.optimizers.SGD(-1.0),
        "opt kw": lambda: k.optimizers.SGD(foo=1),
        "opt lr kw": lambda: k.optimizers.SGD(lr=0.1),
        "opt decay": lambda: k.optimizers.SGD(decay=0.1),
        "opt mom": lambda: k.optimizers.SGD(momentum=2.0),
        "opt clip2": lambda: k.optimizers.SGD(clipnorm=1.0, clipvalue=1.0),
        "opt get": lambda: k.optimizers.get("zz"),
        "opt ema": lambda: k.optimizers.SGD(use_ema=True, ema_momentum=2),
        "opt gas": lambda: k.optimizers.SGD(gradient_accumulation_steps=1),
        "loss get": lambda: k.losses.get("zz"),
        "loss red": lambda: k.losses.MeanSquaredError(reduction="zz"),
        "loss shapes": lambda: k.losses.MeanSquaredError()(np.ones((2, 3)), np.ones((2, 4))),
        "met get": lambda: k.metrics.get("zz"),
        "met kw": lambda: k.metrics.MeanSquaredError(foo=1),
        "auc curve": lambda: k.metrics.AUC(curve="zz"),
        "auc thr": lambda: k.metrics.AUC(num_thresholds=1),
        "prec thr": lambda: k.metrics.Precision(thresholds=2.0),
        "top k": lambda: k.metrics.TopKCategoricalAccuracy(k="a"),
        "init get": lambda: k.initializers.get("zz"),
        "init vs": lambda: k.initializers.VarianceScaling(scale=-1),
        "init mode": lambda: k.initializers.VarianceScaling(mode="z"),
        "reg get": lambda: k.regularizers.get("zz"),
        "reg l1": lambda: k.regularizers.L1("a"),
        "con get": lambda: k.constraints.get("zz"),
        "act get": lambda: k.activations.get("zz"),
        "act int": lambda: k.activations.get(3),
        "sched": lambda: k.optimizers.schedules.PiecewiseConstantDecay([1], [1.0]),
        "sched cos": lambda: k.optimizers.schedules.CosineDecay(0.1, 0)(1),
        "tocat": lambda: k.utils.to_categorical([0, 5], 3),
        "rlr": lambda: k.callbacks.ReduceLROnPlateau(factor=1.5),
        "lambda none": lambda: k.callbacks.LearningRateScheduler(None),
        "mc fine": lambda: k.callbacks.ModelCheckpoint("a.keras"),
        "mc w fine": lambda: k.callbacks.ModelCheckpoint("a.weights.h5", save_weights_only=True),
        "lrs": lambda: model(k).fit(
            X, Y, callbacks=[k.callbacks.LearningRateScheduler(lambda e: "a")], verbose=0
        ),
        "mc ext": lambda: k.callbacks.ModelCheckpoint("a.txt"),
        "mc w": lambda: k.callbacks.ModelCheckpoint("a.keras", save_weights_only=True),
        "mc freq": lambda: k.callbacks.ModelCheckpoint("a.keras", save_freq="zz"),
        "bar": lambda: k.callbacks.BackupAndRestore(""),
    }
