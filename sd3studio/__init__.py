"""SD3 Studio: a photo, a sentence and a 3D layout as three views of one editable scene graph."""

__version__ = "0.1.0"
