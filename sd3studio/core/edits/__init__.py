"""One small class per user action: Scene -> Scene."""

from sd3studio.core.edits.aligning import AlignObjects, DistributeObjects
from sd3studio.core.edits.base import Edit
from sd3studio.core.edits.bookmarks import AddBookmark, GoToBookmark, RemoveBookmark
from sd3studio.core.edits.grouping import GroupUnderConcept, Ungroup
from sd3studio.core.edits.objects import (
    AddObjects,
    AdoptObjects,
    DrawAs,
    DuplicateObjects,
    Recolour,
    RemoveObjects,
    RenameObject,
    SetAttributes,
    SetHidden,
    SetLocked,
    SetPrompt,
)
from sd3studio.core.edits.parents import SetParent
from sd3studio.core.edits.relations import AssertRelation, KeepRelation, RetractRelation
from sd3studio.core.edits.transform import MoveObjects, ScaleObjects, SetBox, TurnObjects
from sd3studio.core.edits.whole import ReplaceScene, Sequence, SetCamera, SetLight

__all__ = [
    "AddBookmark",
    "AddObjects",
    "AdoptObjects",
    "AlignObjects",
    "AssertRelation",
    "DistributeObjects",
    "DrawAs",
    "DuplicateObjects",
    "Edit",
    "GoToBookmark",
    "GroupUnderConcept",
    "KeepRelation",
    "MoveObjects",
    "Recolour",
    "RemoveBookmark",
    "RemoveObjects",
    "RenameObject",
    "ReplaceScene",
    "RetractRelation",
    "ScaleObjects",
    "Sequence",
    "SetAttributes",
    "SetBox",
    "SetCamera",
    "SetHidden",
    "SetLight",
    "SetLocked",
    "SetParent",
    "SetPrompt",
    "TurnObjects",
    "Ungroup",
]
