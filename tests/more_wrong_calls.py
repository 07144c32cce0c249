"""More wrong and odd calls, each for any package with Keras' names; see `wrong_calls.py`."""

from typing import Any

import numpy as np

from wrong_calls import Calls, X, Y, model


def with_attribute(made: Any, name: str, value: Any) -> Any:
    """What an attribute is after it was set."""
    setattr(made, name, value)
    return getattr(made, name)


def callback_calls(k: Any) -> Calls:
    """Callbacks: their arguments, and lists of them."""
    return {
        "es pat": lambda: k.callbacks.EarlyStopping(patience=-1),
        "es pat str": lambda: k.callbacks.EarlyStopping(patience="a"),
        "es mon": lambda: k.callbacks.EarlyStopping(monitor=3),
        "es mode": lambda: k.callbacks.EarlyStopping(mode="zz"),
        "es baseline": lambda: k.callbacks.EarlyStopping(baseline="a"),
        "es kw": lambda: k.callbacks.EarlyStopping(foo=1),
        "es no such metric": lambda: model(k).fit(
            X, Y, verbose=0, callbacks=[k.callbacks.EarlyStopping("zz", mode="min")]
        ),
        "rlr factor neg": lambda: k.callbacks.ReduceLROnPlateau(factor=-1),
        "rlr pat": lambda: k.callbacks.ReduceLROnPlateau(patience=-1),
        "lambda bad": lambda: k.callbacks.LambdaCallback(on_epoch_end=3),
        "lambda kw": lambda: k.callbacks.LambdaCallback(foo=3),
        "csv sep": lambda: k.callbacks.CSVLogger("a.csv", separator="ab"),
        "tb freq": lambda: k.callbacks.TensorBoard("logs", update_freq="zz"),
        "lrs none": lambda: model(k).fit(
            X, Y, verbose=0, callbacks=[k.callbacks.LearningRateScheduler(lambda e: None)]
        ),
        "lrs neg": lambda: model(k).fit(
            X, Y, verbose=0, callbacks=[k.callbacks.LearningRateScheduler(lambda e: -1.0)]
        ),
        "cb str": lambda: model(k).fit(X, Y, verbose=0, callbacks="a"),
        "cb dict": lambda: model(k).fit(X, Y, verbose=0, callbacks={}),
        "cb none in list": lambda: model(k).fit(X, Y, verbose=0, callbacks=[None]),
        "cb nested": lambda: model(k).fit(X, Y, verbose=0, callbacks=[[k.callbacks.History()]]),
        "cb tuple": lambda: model(k).fit(X, Y, verbose=0, callbacks=(k.callbacks.History(),)),
    }


def measure_calls(k: Any) -> Calls:
    """Metrics, losses, initialisers, regularisers, constraints and activations."""
    return {
        "met update shape": lambda: k.metrics.MeanSquaredError().update_state(
            np.ones((2, 3)), np.ones((2, 4))
        ),
        "met noargs": lambda: k.metrics.MeanSquaredError().update_state(),
        "met sw": lambda: k.metrics.MeanSquaredError().update_state(
            np.ones((2, 1)), np.ones((2, 1)), np.ones(3)
        ),
        "met result unset": lambda: float(k.metrics.MeanSquaredError().result()),
        "auc empty": lambda: float(k.metrics.AUC().result()),
        "auc range": lambda: k.metrics.AUC().update_state([0, 1], [0.0, 2.0]),
        "auc labels": lambda: k.metrics.AUC().update_state([0, 3], [0.0, 1.0]),
        "prec topk": lambda: k.metrics.Precision(top_k=0),
        "prec classid": lambda: k.metrics.Precision(class_id=-1),
        "acc str": lambda: k.metrics.BinaryAccuracy(threshold="a"),
        "ba thr": lambda: k.metrics.BinaryAccuracy(threshold=2.0),
        "f1 avg": lambda: k.metrics.F1Score(average="zz"),
        "f1 thr": lambda: k.metrics.F1Score(threshold="a"),
        "f1 beta": lambda: k.metrics.FBetaScore(beta=-1),
        "r2 agg": lambda: k.metrics.R2Score(class_aggregation="zz"),
        "sens": lambda: k.metrics.SensitivityAtSpecificity(2.0),
        "iou": lambda: k.metrics.IoU(2, [3]),
        "miou": lambda: k.metrics.MeanIoU(1),
        "met call arr": lambda: k.metrics.Mean()("a"),
        "sum": lambda: float(k.metrics.Sum()([1, 2])),
        "loss call1": lambda: k.losses.MeanSquaredError()(np.ones(3)),
        "loss sw": lambda: k.losses.MeanSquaredError()(
            np.ones((2, 1)), np.ones((2, 1)), sample_weight=np.ones(3)
        ),
        "loss kw": lambda: k.losses.MeanSquaredError(foo=1),
        "loss none": lambda: k.losses.MeanSquaredError()(None, None),
        "huber": lambda: k.losses.Huber(delta=-1),
        "bce smoothing": lambda: k.losses.BinaryCrossentropy(label_smoothing=2),
        "cce axis": lambda: k.losses.CategoricalCrossentropy(axis=5)(
            np.ones((2, 3)), np.ones((2, 3))
        ),
        "scce oob": lambda: float(k.losses.SparseCategoricalCrossentropy()([5], [[0.2, 0.3, 0.5]])),
        "cce shape": lambda: k.losses.CategoricalCrossentropy()(np.ones((2, 3)), np.ones((2, 4))),
        "scce shape": lambda: k.losses.SparseCategoricalCrossentropy()(
            np.ones((3,)), np.ones((2, 4))
        ),
        "loss get int": lambda: k.losses.get(3),
        "loss name": lambda: k.losses.MeanSquaredError(name=3),
        "focal": lambda: k.losses.BinaryFocalCrossentropy(gamma=-1),
        "loss dtype": lambda: k.losses.MeanSquaredError(dtype="zz"),
        "init shape": lambda: k.initializers.GlorotUniform()("a"),
        "init neg shape": lambda: k.initializers.Zeros()((-1,)),
        "init rn": lambda: k.initializers.RandomNormal(stddev=-1)((2,)),
        "init ru": lambda: k.initializers.RandomUniform(1, 0)((2,)),
        "init orth 1d": lambda: k.initializers.Orthogonal()((3,)),
        "init ident": lambda: k.initializers.Identity()((3,)),
        "init seed": lambda: k.initializers.RandomNormal(seed="a")((2,)),
        "init kw": lambda: k.initializers.RandomNormal(foo=1),
        "init dist": lambda: k.initializers.VarianceScaling(distribution="zz"),
        "init int": lambda: k.initializers.get(3),
        "init const str": lambda: k.initializers.Constant("a")((2,)),
        "init dtype": lambda: k.initializers.Zeros()((2,), dtype="zz"),
        "reg neg": lambda: k.regularizers.L2(-1),
        "reg nan": lambda: k.regularizers.L2(float("nan")),
        "reg kw": lambda: k.regularizers.L1(l2=1),
        "orth mode": lambda: k.regularizers.OrthogonalRegularizer(mode="zz"),
        "orth 1d": lambda: k.regularizers.OrthogonalRegularizer()(np.ones(3)),
        "con axis": lambda: k.constraints.MaxNorm(axis=5)(np.ones((2, 2))),
        "con neg": lambda: k.constraints.MaxNorm(-1),
        "con rate": lambda: k.constraints.MinMaxNorm(rate=2),
        "con kw": lambda: k.constraints.NonNeg(foo=1),
        "reg get int": lambda: k.regularizers.get(3),
        "con get int": lambda: k.constraints.get(3),
        "act 1": lambda: k.activations.softmax(np.ones(3)),
        "act str": lambda: k.activations.relu("a"),
        "act axis": lambda: k.activations.softmax(np.ones((2, 3)), axis=5),
        "act none": lambda: k.activations.get(None)(X).shape,
    }


def use_calls(k: Any) -> Calls:
    """Attributes of models and layers, and more of fit, evaluate and predict."""
    return {
        "trainable": lambda: with_attribute(k.layers.Dense(1), "trainable", "a"),
        "m trainable": lambda: with_attribute(model(k), "trainable", 3),
        "name set": lambda: with_attribute(k.layers.Dense(1), "name", "q"),
        "m name": lambda: with_attribute(model(k), "name", "q"),
        "units set": lambda: with_attribute(k.layers.Dense(1), "units", 3),
        "lr set str": lambda: with_attribute(model(k).optimizer, "learning_rate", "a"),
        "lr none": lambda: k.optimizers.SGD(None),
        "loss set": lambda: with_attribute(model(k), "loss", "mae"),
        "fn add": lambda: (lambda a: k.Model(a, k.layers.Dense(1)(a)).add(k.layers.Dense(1)))(
            k.Input((3,))
        ),
        "m shape": lambda: model(k).input_shape,
        "stop": lambda: with_attribute(model(k), "stop_training", 3),
        "fit vbs 0": lambda: model(k).fit(
            X, Y, validation_data=(X, Y), validation_batch_size=0, verbose=0
        ),
        "fit vsteps 0": lambda: model(k).fit(
            X, Y, validation_data=(X, Y), validation_steps=0, verbose=0
        ),
        "fit init>": lambda: model(k).fit(X, Y, initial_epoch=5, epochs=2, verbose=0).history,
        "fit init neg": lambda: model(k).fit(X, Y, initial_epoch=-1, verbose=0),
        "fit vf list": lambda: (
            model(k).fit(X, Y, validation_data=(X, Y), validation_freq=[1], verbose=0).history
        ),
        "fit y none list": lambda: model(k).fit(X, [None], verbose=0),
        "fit x nan": lambda: model(k).fit(X * np.nan, Y, verbose=0).history,
        "fit y nan": lambda: model(k).fit(X, Y * np.nan, verbose=0).history,
        "fit y str": lambda: model(k).fit(X, np.array(["a"] * 8), verbose=0),
        "fit sw str": lambda: model(k).fit(X, Y, sample_weight="a", verbose=0),
        "fit sw neg": lambda: (
            model(k).fit(X, Y, sample_weight=-np.ones(8), verbose=0).history.keys()
        ),
        "fit sw nan": lambda: (
            model(k).fit(X, Y, sample_weight=np.ones(8) * np.nan, verbose=0).history.keys()
        ),
        "fit cw neg": lambda: model(k).fit(X, Y, class_weight={0: -1.0}, verbose=0).history.keys(),
        "fit cw str": lambda: model(k).fit(X, Y, class_weight={"a": 1.0}, verbose=0),
        "fit cw key -": lambda: (
            model(k).fit(X, Y, class_weight={-1: 1.0}, verbose=0).history.keys()
        ),
        "fit 3d": lambda: model(k).fit(np.ones((8, 3, 1)), Y, verbose=0),
        "fit 4d y": lambda: model(k).fit(X, np.ones((8, 1, 1, 1)), verbose=0),
        "fit pos": lambda: model(k).fit(X, Y, 32, 1, 0).history.keys(),
        "fit too many pos": lambda: model(k).fit(
            X, Y, 32, 1, 0, None, 0.0, None, True, None, None, 0, None, None, None, 1, 3
        ),
        "pred kw": lambda: model(k).predict(X, foo=1),
        "eval steps 0": lambda: model(k).evaluate(X, Y, steps=0, verbose=0),
        "eval bs -": lambda: model(k).evaluate(X, Y, batch_size=-1, verbose=0),
        "tob cw+sw": lambda: model(k).train_on_batch(
            X, Y, sample_weight=np.ones(8), class_weight={0: 1.0}
        ),
        "tob none": lambda: model(k).train_on_batch(X),
        "tob no": lambda: model(k).train_on_batch(),
        "pob none": lambda: model(k).predict_on_batch(None),
        "tstob": lambda: model(k).test_on_batch(X, Y[:3]),
        "call 1d": lambda: model(k)(np.ones(3)),
        "call str": lambda: model(k)("a"),
        "call two": lambda: model(k)(X, X, X, X),
        "call training str": lambda: model(k)(X, training="a").shape,
        "seq call sym wrong": lambda: model(k)(k.Input((4,))),
        "fit bool y": lambda: (
            model(k, "binary_crossentropy").fit(X, Y > 0, verbose=0).history.keys()
        ),
        "fit bce 2": lambda: (
            model(k, "binary_crossentropy").fit(X, Y + 2, verbose=0).history.keys()
        ),
        "fit complex": lambda: model(k).fit(X * 1j, Y, verbose=0),
        "fit scalar": lambda: model(k).fit(3.0, 4.0, verbose=0),
        "fit dict y none": lambda: model(k).fit({}, Y, verbose=0),
        "fit int8": lambda: model(k).fit(X.astype("int8"), Y, verbose=0).history.keys(),
        "fit x tuple": lambda: model(k).fit((X,), Y, verbose=0).history.keys(),
        "fit x tuple2": lambda: model(k).fit((X, Y), verbose=0),
        "fit empty": lambda: model(k).fit(X[:0], Y[:0], verbose=0),
        "fit empty list": lambda: model(k).fit([], [], verbose=0),
    }


def helper_calls(k: Any) -> Calls:
    """Summaries, schedules, optimisers and utilities."""
    return {
        "summary ll": lambda: model(k).summary(line_length="a", print_fn=lambda *a, **k: None),
        "summary pos": lambda: model(k).summary(positions=[1], print_fn=lambda *a, **k: None),
        "summary fn": lambda: model(k).summary(print_fn=3),
        "cos": lambda: k.optimizers.schedules.CosineDecay(0.1, -1)(1),
        "exp": lambda: k.optimizers.schedules.ExponentialDecay(0.1, 0, 0.9)(1),
        "poly": lambda: k.optimizers.schedules.PolynomialDecay(0.1, 10, power=-1)(1),
        "pw": lambda: k.optimizers.schedules.PiecewiseConstantDecay([1, 2], [1.0, 2.0]),
        "pw type": lambda: k.optimizers.schedules.PiecewiseConstantDecay(["a"], [1.0, 2.0]),
        "sched kw": lambda: k.optimizers.schedules.CosineDecay(0.1, 10, foo=1),
        "inv": lambda: k.optimizers.schedules.InverseTimeDecay(0.1, 0, 0.5)(1),
        "apply bad": lambda: k.optimizers.SGD().apply_gradients(3),
        "opt wd": lambda: k.optimizers.Adam(weight_decay=-1.0),
        "opt beta": lambda: k.optimizers.Adam(beta_1=2.0),
        "opt eps": lambda: k.optimizers.Adam(epsilon=-1.0),
        "opt nest": lambda: k.optimizers.SGD(nesterov="a"),
        "opt clip0": lambda: k.optimizers.SGD(clipnorm=-1.0),
        "opt none": lambda: k.optimizers.get(None),
        "opt name": lambda: k.optimizers.SGD(name=3),
        "tocat neg": lambda: k.utils.to_categorical([-1], 3),
        "tocat float": lambda: k.utils.to_categorical([0.5], 3),
        "tocat str": lambda: k.utils.to_categorical(["a"], 3),
        "tocat strnum": lambda: k.utils.to_categorical(["1"], 3),
        "tocat empty": lambda: k.utils.to_categorical([]),
        "tocat emptyn": lambda: k.utils.to_categorical([], 3).shape,
        "tocat 0": lambda: k.utils.to_categorical([0], 0),
        "norm axis": lambda: k.utils.normalize(X, axis=5),
        "norm order": lambda: k.utils.normalize(X, order=0),
        "norm str": lambda: k.utils.normalize("a"),
        "norm int": lambda: k.utils.normalize(np.array([[3, 4]])).dtype,
        "pad": lambda: k.utils.pad_sequences([[1], [2, 3]], padding="zz"),
        "pad notlist": lambda: k.utils.pad_sequences(3),
        "pad trunc": lambda: k.utils.pad_sequences([[1], [2, 3]], truncating="zz"),
        "unpack": lambda: k.utils.unpack_x_y_sample_weight((1, 2, 3, 4)),
    }
