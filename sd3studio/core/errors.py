"""The error tree. Every `StudioError` is one sentence (or two) that the user can act on.

StudioError
├── InputError              something handed to us is not what we can use
│   ├── PhotoError          a picture file
│   ├── SceneError          a scene, a project, an edit of a scene
│   ├── MeshError           a 3D model file
│   ├── SentenceError       a text to be read into a scene
│   └── DataError           a data set or an annotation file
├── MissingModelError       weights, a package or a device that is not there
└── JobError                work in the background that ended badly
    └── OutOfMemoryError    the device was too small; `hint` names smaller settings
"""

from collections.abc import Mapping


class StudioError(Exception):
    """Base of all errors that are shown to the user as they are."""


class InputError(StudioError):
    """Something handed to us is not what we can use."""


class PhotoError(InputError):
    """A picture file that can't be read, is too large, or is not a picture."""


class SceneError(InputError):
    """A scene file, a project or an edit that is not valid."""


class MeshError(InputError):
    """A 3D model file that can't be read or is too large."""


class SentenceError(InputError):
    """A text from which no scene can be made."""


class DataError(InputError):
    """A data set or annotation file that is not in the expected form."""


class MissingModelError(StudioError):
    """Weights, a package or a device that is not there; the sentence says what to get and where to put it."""


class JobError(StudioError):
    """Work in the background that ended badly."""


class OutOfMemoryError(JobError):
    """The device ran out of memory.

    Parameters
    ----------
    message : sentence for the user
    hint : request fields and smaller values that may fit, e.g. ``{"width": 512, "height": 512}``
    """

    def __init__(self, message: str, hint: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.hint = dict(hint or {})
