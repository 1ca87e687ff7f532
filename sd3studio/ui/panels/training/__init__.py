"""Panels of the Train workspace: the list of runs, curves, what a run is doing, samples and log, dialogs."""
