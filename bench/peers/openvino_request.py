"""OpenVINO: compiled for latency in float32, one request used again, arrays shared."""

import openvino as ov
from openvino import properties
from openvino.properties import hint

from bench.peers import Array, Call, fastest
from bench.peers.onnx_graph import serialized
from bench.shapes import Case

VERSIONS = ("openvino", "onnx", "numpy")


def predict(case: Case, x: Array, weights: list[Array], threads: int) -> Call:
    core = ov.Core()
    model = core.read_model(serialized(case, weights))

    def on(count: int) -> Call:
        compiled = core.compile_model(
            model, "CPU",
            {
                hint.performance_mode: hint.PerformanceMode.LATENCY,
                hint.inference_precision: ov.Type.f32,
                properties.inference_num_threads: count,
            },
        )  # fmt: skip
        request, output = compiled.create_infer_request(), compiled.output(0)
        return lambda: request.infer([x], share_inputs=True, share_outputs=True)[output]

    counts = {1, threads} if case.rows == 1 else {threads}
    return fastest({str(count): on(count) for count in sorted(counts)})[1]
