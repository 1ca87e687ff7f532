"""Parsers, networks, generators and metrics. Importing this package loads nothing heavy.

Shape letters used throughout: B batch, N objects, nodes or tokens, P predicates, K classes, D detections,
H and W image height and width in pixels. In networks: D width, L length of a condition, C channels, F fields of a
node, S states of a noised token, T steps.
"""
