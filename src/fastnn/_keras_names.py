"""What Keras has and fastnn has not: the names, and the errors that say so."""

from typing import NoReturn

_LAYERS = """
    ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average
    AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
    BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate Conv1D
    Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D
    ConvLSTM3D Convolution1D Convolution2D Convolution3D Cropping1D Cropping2D Cropping3D
    DepthwiseConv1D DepthwiseConv2D Discretization Dot EinsumDense Embedding FlaxLayer GRU
    GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GroupNormalization GroupQueryAttention HashedCrossing Hashing Identity IntegerLookup
    JaxLayer LSTM LSTMCell Lambda Layer LayerNormalization Masking MaxPool1D MaxPool2D
    MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D Maximum MelSpectrogram Minimum
    MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization RNN RandomCrop
    RandomFlip RandomRotation RandomTranslation RandomZoom RepeatVector Rescaling Reshape
    Resizing SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell SpatialDropout1D
    SpatialDropout2D SpatialDropout3D SpectralNormalization StackedRNNCells StringLookup
    Subtract TFSMLayer TextVectorization TimeDistributed TorchModuleWrapper UnitNormalization
    UpSampling1D UpSampling2D UpSampling3D Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""
_LOSSES = """
    BinaryFocalCrossentropy CTC CategoricalFocalCrossentropy
    CategoricalGeneralizedCrossEntropy CategoricalHinge Circle CosineSimilarity Dice Hinge
    SquaredHinge Tversky binary_focal_crossentropy categorical_focal_crossentropy
    categorical_hinge cosine_similarity ctc dice hinge squared_hinge tversky
"""
_METRICS = """
    Accuracy BinaryIoU CategoricalHinge ConcordanceCorrelation CosineSimilarity Hinge IoU
    MeanIoU OneHotIoU OneHotMeanIoU PearsonCorrelation PrecisionAtRecall R2Score
    RecallAtPrecision SensitivityAtSpecificity SpecificityAtSensitivity SquaredHinge
"""
_OPTIMIZERS = """
    Adafactor Lamb LossScaleOptimizer Muon ScheduleFreeAdamW adafactor lamb lossscaleoptimizer
    muon schedulefreeadamw legacy
"""
_CALLBACKS = "OrbaxCheckpoint RemoteMonitor SwapEMAWeights"
_INITIALIZERS = "IdentityInitializer Identity Orthogonal OrthogonalInitializer STFT identity"
_PACKAGE = """
    DTypePolicy FloatDTypePolicy Function KerasTensor Model Operation Quantizer Regularizer
    RematScope StatelessScope SymbolicScope Variable applications backend constraints
    distillation distribution dtype_policies export legacy mixed_precision ops preprocessing
    quantizers random regularizers tree visualization wrappers
"""
_UTILS = """
    Config CustomObjectScope FeatureSpace array_to_img
    audio_dataset_from_directory custom_object_scope deserialize_keras_object get_file
    get_registered_name get_registered_object get_source_inputs image_dataset_from_directory
    img_to_array load_img model_to_dot pack_x_y_sample_weight pad_sequences plot_model
    register_keras_serializable save_img serialize_keras_object split_dataset
    text_dataset_from_directory timeseries_dataset_from_array unpack_x_y_sample_weight
"""

ABSENT: dict[str, frozenset[str]] = {
    "layers": frozenset(_LAYERS.split()),
    "losses": frozenset(_LOSSES.split()),
    "metrics": frozenset((_METRICS + _LOSSES).split()),
    "optimizers": frozenset(_OPTIMIZERS.split()),
    "callbacks": frozenset(_CALLBACKS.split()),
    "initializers": frozenset(_INITIALIZERS.split()),
    "models": frozenset(["Model"]),
    "utils": frozenset(_UTILS.split()),
    "": frozenset(_PACKAGE.split()),
}

_INSTEAD = {
    ("layers", "Layer"): "layers are not written in Python",
    ("metrics", "Accuracy"): "use BinaryAccuracy, CategoricalAccuracy or "
    "SparseCategoricalAccuracy, or the string 'accuracy'",
    ("", "Model"): "use Sequential",
    ("models", "Model"): "use Sequential",
    ("", "backend"): "use fastnn.config for floatx",
}


def absent_message(module: str, name: str) -> str | None:
    """Return the sentence for a name that Keras has and fastnn has not; None for other names."""
    if name not in ABSENT.get(module, ()):
        return None
    path = f"{module}.{name}" if module else name
    instead = _INSTEAD.get((module, name))
    if instead is None:
        public = f"fastnn.{module}" if module else "fastnn"
        instead = f"{public}.__all__ lists what there is"
    return f"`{path}` is not part of fastnn: {instead}"


def raise_absent(module: str, name: str) -> NoReturn:
    """Raise the AttributeError of a module that lacks `name`."""
    message = absent_message(module, name)
    if message is None:
        full = f"fastnn.{module}" if module else "fastnn"
        message = f"module '{full}' has no attribute {name!r}"
    raise AttributeError(message)
