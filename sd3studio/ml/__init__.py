"""Parsers, generators and metrics. Importing this package loads nothing heavy.

Shape letters used throughout: B batch, N objects or nodes, P predicates, K classes, D detections,
H and W image height and width in pixels.
"""
