"""One small class per user action: Scene -> Scene."""

from sd3studio.core.edits.aligning import AlignObjects, DistributeObjects
from sd3studio.core.edits.annotating import (
    AcceptRelation,
    AddComment,
    ChangeClass,
    FitToPhotoBox,
    MergeObjects,
    RejectRelation,
    RemoveComment,
    SetFlags,
    SetMask,
    SplitObject,
)
from sd3studio.core.edits.base import Edit
from sd3studio.core.edits.bookmarks import AddBookmark, GoToBookmark, RemoveBookmark, RenameBookmark
from sd3studio.core.edits.calibrating import CorrectCamera, ScaleWorld, known_size
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
from sd3studio.core.edits.to_wall import PutToWall
from sd3studio.core.edits.transform import MoveObjects, PullFaces, ScaleObjects, SetBox, TiltObjects, TurnObjects
from sd3studio.core.edits.whole import ReplaceScene, Sequence, SetCamera, SetLight

__all__ = [
    "AcceptRelation",
    "AddBookmark",
    "AddComment",
    "AddObjects",
    "AdoptObjects",
    "AlignObjects",
    "AssertRelation",
    "ChangeClass",
    "CorrectCamera",
    "DistributeObjects",
    "DrawAs",
    "DuplicateObjects",
    "Edit",
    "FitToPhotoBox",
    "GoToBookmark",
    "GroupUnderConcept",
    "KeepRelation",
    "MergeObjects",
    "MoveObjects",
    "PullFaces",
    "PutToWall",
    "Recolour",
    "RejectRelation",
    "RemoveBookmark",
    "RemoveComment",
    "RemoveObjects",
    "RenameBookmark",
    "RenameObject",
    "ReplaceScene",
    "RetractRelation",
    "ScaleObjects",
    "ScaleWorld",
    "Sequence",
    "SetAttributes",
    "SetBox",
    "SetCamera",
    "SetFlags",
    "SetHidden",
    "SetLight",
    "SetLocked",
    "SetMask",
    "SetParent",
    "SetPrompt",
    "SplitObject",
    "TiltObjects",
    "TurnObjects",
    "Ungroup",
    "known_size",
]
