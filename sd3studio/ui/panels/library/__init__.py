"""Panels of the Library workspace: grid, facets, drawn query, photo with outlines, captions, questions, batches."""
