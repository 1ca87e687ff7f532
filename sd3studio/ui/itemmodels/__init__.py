"""Qt item models over the scene and the catalogue."""
