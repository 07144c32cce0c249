"""What Keras has and fastnn has not: the names, and the errors that say so."""

from typing import Any, NoReturn

_LAYERS = """
    AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D AugMix AutoContrast
    ContrastLimitedAdaptiveHistogramEqualization Convolution1DTranspose Convolution2DTranspose
    Convolution3DTranspose CutMix Equalization GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D
    GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D MaxNumBoundingBoxes MixUp Pipeline
    RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast
    RandomElasticTransform RandomErasing RandomGaussianBlur RandomGrayscale RandomHue
    RandomInvert RandomPerspective RandomPosterization RandomSaturation RandomSharpness
    RandomShear ReversibleEmbedding STFTSpectrogram SeparableConvolution1D
    SeparableConvolution2D Solarization
    AdditiveAttention Attention AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D
    AvgPool2D AvgPool3D Bidirectional CategoryEncoding CenterCrop Conv1D Conv1DTranspose Conv2D
    Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Convolution1D
    Convolution2D Convolution3D Cropping1D Cropping2D Cropping3D DepthwiseConv1D DepthwiseConv2D
    Discretization EinsumDense FlaxLayer GRU GRUCell GlobalAveragePooling1D
    GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
    GlobalMaxPooling3D GroupNormalization GroupQueryAttention HashedCrossing Hashing
    IntegerLookup JaxLayer LSTM LSTMCell Lambda Layer Masking MaxPool1D MaxPool2D MaxPool3D
    MaxPooling1D MaxPooling2D MaxPooling3D MelSpectrogram MultiHeadAttention RNN
    RandomCrop RandomFlip RandomRotation RandomTranslation RandomZoom Resizing
    SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell SpatialDropout1D SpatialDropout2D
    SpatialDropout3D SpectralNormalization StackedRNNCells StringLookup TFSMLayer
    TextVectorization TimeDistributed TorchModuleWrapper UpSampling1D UpSampling2D UpSampling3D
    Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""
_LOSSES = """
    CTC ctc crossentropy ce
"""
_OPTIMIZERS = """
    Adafactor LossScaleOptimizer ScheduleFreeAdamW adafactor lossscaleoptimizer
    schedulefreeadamw legacy MultiOptimizer OptimizerMap
    multioptimizer
"""
_CALLBACKS = "OrbaxCheckpoint"
_INITIALIZERS = "STFT STFTInitializer stft"
_PACKAGE = """
    FloatDTypePolicy Function KerasTensor Operation Quantizer RematScope
    StatelessScope SymbolicScope Variable applications distillation distribution
    export legacy mixed_precision preprocessing quantizers tree visualization
    wrappers Layer device name_scope remat version
"""
_UTILS = """
    bounding_boxes legacy Config FeatureSpace array_to_img audio_dataset_from_directory get_file
    get_source_inputs image_dataset_from_directory img_to_array load_img model_to_dot plot_model
    save_img text_dataset_from_directory
"""
_SAVING = "KerasFileEditor"
_DATASETS = "california_housing cifar10 cifar100 fashion_mnist imdb reuters"
_CONFIG = """
    disable_flash_attention disable_traceback_filtering enable_flash_attention
    enable_traceback_filtering enable_unsafe_deserialization is_flash_attention_enabled
    is_nnx_enabled is_traceback_filtering_enabled max_epochs max_steps_per_epoch set_max_epochs
    set_max_steps_per_epoch
"""
_OPS = """
    adaptive_average_pool adaptive_max_pool associative_scan average_pool bartlett
    batch_normalization blackman cdist cholesky_inverse cond conv conv_transpose correlate
    ctc_decode ctc_loss custom_gradient depth_to_space depthwise_conv dot_product_attention eig
    erfinv extract_sequences fft fft2 fold fori_loop geomspace hamming hanning i0 ifft2 image
    irfft istft jvp kaiser layer_normalization linalg lu_factor map matrix_rank max_pool nn numpy
    polar psnr rearrange rfft rms_normalization saturate_cast scan scatter_update select
    separable_conv solve_triangular space_to_depth stft switch unfold unique unravel_index vander
    vectorize vectorized_map view view_as_complex view_as_real while_loop
"""
_POLICIES = """
    DTypePolicyMap FloatDTypePolicy GPTQDTypePolicy AWQDTypePolicy Int4DTypePolicy
    QuantizedDTypePolicy QuantizedFloat8DTypePolicy
"""
# Attributes of Keras' models.
_MODEL = """
    add_loss add_metric add_variable add_weight call_signature_parameters
    compute_loss_and_updates compute_mask compute_metrics export get_quantization_layer_structure
    jax_state_sync load_own_variables make_predict_function make_test_function
    make_train_function predict_function predict_step quantize quantized_build quantized_call
    rematerialized_call save_own_variables stateless_call stateless_compute_loss symbolic_call
    test_function test_step train_function train_step
"""
# Attributes of Keras' layers.
_LAYER = """
    add_loss add_metric add_variable add_weight call_signature_parameters compute_mask enable_lora
    quantize quantized_build quantized_call rematerialized_call stateless_call symbolic_call
    seed_generator variable_serialization_spec
"""

ABSENT: dict[str, frozenset[str]] = {
    "layers": frozenset(_LAYERS.split()),
    "losses": frozenset(_LOSSES.split()),
    "metrics": frozenset(_LOSSES.split()),
    "optimizers": frozenset(_OPTIMIZERS.split()),
    "callbacks": frozenset(_CALLBACKS.split()),
    "initializers": frozenset(_INITIALIZERS.split()),
    "regularizers": frozenset(),
    "constraints": frozenset(),
    "models": frozenset(),
    "utils": frozenset(_UTILS.split()),
    "saving": frozenset(_SAVING.split()),
    "datasets": frozenset(_DATASETS.split()),
    "": frozenset(_PACKAGE.split()),
    "ops": frozenset(_OPS.split()),
    "config": frozenset(_CONFIG.split()),
    "Sequential": frozenset(_MODEL.split()),
    "Layer": frozenset(_LAYER.split()),
    "dtype_policies": frozenset(_POLICIES.split()),
}

_ARRAYS = "fastnn's objects take and return NumPy arrays: use NumPy"
_OWN_LAYERS = "layers are not written in Python"
_NO_MASKS = "there are no masks; use sample_weight"
_NO_STEPS = "the training step is the core's; give a `loss`, metrics or callbacks of your own"
_WHICH = "name which: binary_crossentropy, categorical_crossentropy or its sparse form"
_INSTEAD = {
    ("losses", "crossentropy"): _WHICH,
    ("losses", "ce"): _WHICH,
    ("layers", "Layer"): _OWN_LAYERS,
    ("layers", "Lambda"): f"{_OWN_LAYERS}; transform the arrays with NumPy beforehand",
    ("callbacks", "OrbaxCheckpoint"): "use callbacks.ModelCheckpoint or BackupAndRestore",
    ("losses", "CTC"): "its sequences need layers that fastnn has not",
    ("losses", "ctc"): "its sequences need layers that fastnn has not",
    ("optimizers", "Adafactor"): "use Adam, whose state is whole",
    ("optimizers", "adafactor"): "use Adam, whose state is whole",
    ("optimizers", "ScheduleFreeAdamW"): "use AdamW, with `use_ema` or a schedule",
    ("optimizers", "schedulefreeadamw"): "use AdamW, with `use_ema` or a schedule",
    ("optimizers", "MultiOptimizer"): "a model has one; layers can be frozen by `trainable`",
    ("optimizers", "OptimizerMap"): "a model has one; layers can be frozen by `trainable`",
    ("optimizers", "legacy"): "use the optimizers themselves",
    ("optimizers", "LossScaleOptimizer"): "float32 and float64 need no scaling of the loss",
    ("utils", "plot_model"): "use model.summary()",
    ("utils", "model_to_dot"): "use model.summary()",
    ("utils", "get_file"): "use urllib.request, or fastnn.datasets for its data sets",
    ("", "Layer"): _OWN_LAYERS,
    ("", "tree"): _ARRAYS,
    ("", "Variable"): _ARRAYS,
    ("", "KerasTensor"): _ARRAYS,
    ("", "version"): "use fastnn.__version__",
    ("", "mixed_precision"): "layers compute in float32 or float64: see `dtype`",
    ("", "legacy"): "use the classes themselves",
    ("saving", "KerasFileEditor"): "load the model, and set weights of its layers",
    ("Layer", "add_loss"): "use a regularizer, or layers.ActivityRegularization",
    ("Layer", "add_metric"): "give `metrics` to compile()",
    ("Layer", "add_weight"): _OWN_LAYERS,
    ("Layer", "add_variable"): _OWN_LAYERS,
    ("Layer", "compute_mask"): _NO_MASKS,
    ("Layer", "seed_generator"): "use `seed`; masks follow it and the number of the step",
    ("Layer", "enable_lora"): "set `trainable` of layers to train some alone",
    ("Layer", "stateless_call"): "call set_weights, then the layer",
    ("Layer", "symbolic_call"): "call the layer on the tensor",
    ("Sequential", "stateless_call"): "call set_weights, then the model",
    ("Sequential", "symbolic_call"): "call the model on the tensor",
    ("Sequential", "load_own_variables"): "use set_weights or load_weights",
    ("Sequential", "save_own_variables"): "use get_weights or save_weights",
    ("Sequential", "add_metric"): "give `metrics` to compile()",
    ("Sequential", "compute_metrics"): "evaluate() and get_metrics_result() return them",
    ("Sequential", "compute_mask"): _NO_MASKS,
    ("Sequential", "export"): "use save()",
    ("Sequential", "train_step"): _NO_STEPS,
    ("Sequential", "make_test_function"): _NO_STEPS,
    ("Sequential", "test_function"): _NO_STEPS,
    ("Sequential", "make_train_function"): _NO_STEPS,
    ("Sequential", "train_function"): _NO_STEPS,
    ("Sequential", "make_predict_function"): "use predict() or predict_on_batch()",
    ("Sequential", "predict_function"): "use predict() or predict_on_batch()",
    ("Sequential", "predict_step"): "use predict() or predict_on_batch()",
    ("Sequential", "test_step"): _NO_STEPS,
    ("Sequential", "compute_loss_and_updates"): _NO_STEPS,
    ("Sequential", "add_loss"): _NO_STEPS,
    ("Sequential", "get_metrics_result"): "fit, evaluate and train_on_batch return the results",
}
# What whole families of Keras' names have instead.
_FAMILIES = [
    (("layers", word), "fastnn has dense networks only: no images and sequences")
    for word in (
        "Conv", "Pool", "RNN", "LSTM", "GRU", "Attention", "UpSampling", "Cropping", "Padding",
        "Random", "CenterCrop", "Resizing", "Bidirectional", "TimeDistributed", "Spatial",
        "Spectrogram", "Masking", "Text", "Augment", "Equalization",
        "BoundingBox",
    )
] + [
    (("layers", word), "encode the columns with NumPy or pandas beforehand")
    for word in ("Encoding", "Hash", "Lookup", "Discretization")
] + [
    ((owner, "quantize"), "layers compute in float32 or float64: see `dtype`")
    for owner in ("Layer", "Sequential")
] + [
    (("ops", word), "fastnn has dense networks only: no images and sequences")
    for word in ("conv", "pool", "ctc", "image", "attention", "fold", "depth", "sequences")
] + [
    (("utils", word), "load the files with NumPy, or write a utils.PyDataset")
    for word in ("_from_directory", "_img", "img_")
]  # fmt: skip


def absent_message(module: str, name: str) -> str | None:
    """Return the sentence for a name that Keras has and fastnn has not; None for other names."""
    of_backend = module == "backend" and not name.startswith("_")
    if name not in ABSENT.get(module, ()) and not of_backend:
        return None
    path = f"{module}.{name}" if module else name
    instead = _INSTEAD.get((module, name))
    if instead is None:
        found = (text for (family, word), text in _FAMILIES if family == module and word in name)
        instead = next(found, None)
    if instead is None and module in ("Layer", "Sequential"):
        what = "models" if module == "Sequential" else "layers"
        instead = f"docs/keras-differences.md lists what {what} have"
    if instead is None and module in ("backend", "ops"):
        instead = _ARRAYS
    if instead is None:
        public = f"fastnn.{module}" if module else "fastnn"
        instead = f"{public}.__all__ lists what there is"
    return f"`{path}` is not part of fastnn: {instead}"


def raise_missing(owner: Any, module: str, name: str) -> NoReturn:
    """Raise the AttributeError of an object for which ``__getattr__`` was asked."""
    if isinstance(getattr(type(owner), name, None), property):  # which raised: say why
        getattr(type(owner), name).fget(owner)
    message = absent_message(module, name)
    raise AttributeError(message or f"{type(owner).__name__!r} object has no attribute {name!r}")


def raise_absent(module: str, name: str) -> NoReturn:
    """Raise the AttributeError of a module that lacks `name`."""
    message = absent_message(module, name)
    if message is None:
        full = f"fastnn.{module}" if module else "fastnn"
        message = f"module '{full}' has no attribute {name!r}"
        if module == "datasets":
            message += "; data sets: boston_housing, digits, mnist, pima"
    raise AttributeError(message)
