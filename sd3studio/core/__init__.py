"""Values and rules: no Qt, no torch, no threads."""
