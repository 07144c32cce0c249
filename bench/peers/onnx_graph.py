"""The case's network as an ONNX model, for the runtimes that serve one."""

import onnx
from onnx import TensorProto, helper, numpy_helper

from bench.peers import Array, Unsupported
from bench.shapes import Case

_OPS = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}
_OPSET = 17
_IR_VERSION = 10


def serialized(case: Case, weights: list[Array]) -> bytes:
    """Return the model's bytes; input "x" and output "y" have the case's rows fixed."""
    if case.entry == "call" or case.dtype != "float32":
        raise Unsupported("measured for fastnn alone")
    nodes, tensors, name = [], [], "x"
    for i in range(len(case.layers)):
        last = i == len(case.layers) - 1
        for letter, array in (("w", weights[2 * i]), ("b", weights[2 * i + 1])):
            tensors.append(numpy_helper.from_array(array, f"{letter}{i}"))
        nodes.append(helper.make_node("Gemm", [name, f"w{i}", f"b{i}"], [f"z{i}"]))
        name = f"z{i}"
        activation = case.output if last else case.activation
        if activation == "softmax":
            nodes.append(helper.make_node("Softmax", [name], [f"a{i}"], axis=1))
            name = f"a{i}"
        elif activation != "linear":
            nodes.append(helper.make_node(_OPS[activation], [name], [f"a{i}"]))
            name = f"a{i}"
    nodes[-1].output[0] = "y"
    ends = [
        helper.make_tensor_value_info(end, TensorProto.FLOAT, [case.rows, width])
        for end, width in (("x", case.widths[0]), ("y", case.widths[-1]))
    ]
    graph = helper.make_graph(nodes, case.name, ends[:1], ends[1:], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR_VERSION
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
