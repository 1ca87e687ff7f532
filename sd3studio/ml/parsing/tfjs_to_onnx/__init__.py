"""TensorFlow.js graph models as ONNX files, with `onnx` and NumPy alone. Covers the operations of our two detectors.

Build the shipped models anew: ``python -m sd3studio.ml.parsing.tfjs_to_onnx --package PACKAGE.tgz --out models``.
"""
