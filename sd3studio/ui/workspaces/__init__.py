"""The workspaces of the window: what each shows. A new workspace is a row here and a module beside this file.

Compose and Annotate share the 3D view and the dock panels, so that both show one scene; Library and Train are pages of
their own. A page or a companion of the view is imported and made when it is first shown, so the window opens at once.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workspace:
    """One row of the table of workspaces.

    Parameters
    ----------
    key : never changes; commands and stored layouts name the workspace by it
    docks : panels that it usually shows; those in front of their tabs are in `front`. Empty for a page of its own
    page : ``"module:Class"`` of the widget that fills the window; empty for the 3D view
    beside : ``"module:Class"`` of the widget to the left of the 3D view; empty for none

    Both classes are made with the main window as their only argument and may have methods `entered()` and `left()`,
    called when the workspace comes on the screen and when it goes.
    """

    key: str
    title: str
    icon: str
    tip: str
    docks: tuple[str, ...] = ()
    front: tuple[str, ...] = ()
    page: str = ""
    beside: str = ""


COMPOSE = Workspace(
    "compose",
    "Compose",
    "cube",
    "Lay out a scene and make pictures of it",
    docks=("objects", "catalogue", "history", "object", "camera", "generate", "check", "captions", "relations", "graph",
           "maps", "results", "queue"),
    front=("catalogue", "object", "captions", "results"),
)  # fmt: skip

ANNOTATE = Workspace(
    "annotate",
    "Annotate",
    "annotate",
    "Correct what was read from a photo",
    docks=("object", "camera", "relations", "review", "compare"),
    front=("object", "review"),
    beside="sd3studio.ui.workspaces.annotate:AnnotateSide",
)

LIBRARY = Workspace(
    "library",
    "Library",
    "library",
    "Find photos by what stands where, ask them, caption them",
    page="sd3studio.ui.workspaces.library:LibraryPage",
)

TRAIN = Workspace(
    "train",
    "Train",
    "history",
    "Make data sets of corrected scenes and train on them, in the background",
    page="sd3studio.ui.workspaces.train:TrainPage",
)

WORKSPACES: tuple[Workspace, ...] = (COMPOSE, ANNOTATE, LIBRARY, TRAIN)

__all__ = ["ANNOTATE", "COMPOSE", "LIBRARY", "TRAIN", "WORKSPACES", "Workspace"]
