"""One OpenGL renderer for the viewport, control maps, thumbnails and training data: no Qt, no torch."""
