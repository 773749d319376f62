#!/usr/bin/env python3
"""Quantises an exported graph with ONNX Runtime's own tools, so that `bench` measures the peer at its best.

    amends models onnx --out encoder.onnx --variant f32
    scripts/optimise-onnx.py encoder.onnx encoder-int8.onnx
    amends bench --engines native:int8,onnx:int8 --onnx-graph encoder-int8.onnx

Needs the Python packages onnx and onnxruntime. The export has the operators of ONNX Runtime's transformer optimiser already (fused
embedding, attention, skip layer norm, GELU); this adds its dynamic quantisation, with a scale per column.
"""

import sys

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    source, target = sys.argv[1:]
    quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul", "Attention"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        # Types behind the fused operators are not inferred; all of them are floats.
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
