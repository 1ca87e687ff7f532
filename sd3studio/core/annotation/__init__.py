"""Correcting what a photo became: lifting, fitting, camera from lines, comparing annotators. Values and rules, no Qt."""
