"""ONNX Runtime: one session, all graph optimisations; one row is tried on one thread too."""

import onnxruntime as ort

from bench.peers import Array, Call, fastest
from bench.peers.onnx_graph import serialized
from bench.shapes import Case

VERSIONS = ("onnxruntime", "onnx", "numpy")


def predict(case: Case, x: Array, weights: list[Array], threads: int) -> Call:
    model = serialized(case, weights)

    def on(count: int) -> Call:
        options = ort.SessionOptions()
        options.intra_op_num_threads = count
        options.inter_op_num_threads = 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        names, feed = ["y"], {"x": x}
        return lambda: session.run(names, feed)[0]

    counts = {1, threads} if case.rows == 1 else {threads}
    return fastest({str(count): on(count) for count in sorted(counts)})[1]
