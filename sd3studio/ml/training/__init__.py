"""Fitting the networks that ship with the program. Nothing here runs when the program is used."""
