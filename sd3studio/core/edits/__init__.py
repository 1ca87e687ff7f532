"""One small class per user action: Scene -> Scene."""

from sd3studio.core.edits.base import Edit
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
from sd3studio.core.edits.relations import AssertRelation, RetractRelation
from sd3studio.core.edits.transform import MoveObjects, ScaleObjects, SetBox, TurnObjects
from sd3studio.core.edits.whole import ReplaceScene, Sequence, SetCamera, SetLight

__all__ = [
    "AddObjects",
    "AdoptObjects",
    "AssertRelation",
    "DrawAs",
    "DuplicateObjects",
    "Edit",
    "MoveObjects",
    "Recolour",
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
    "SetPrompt",
    "TurnObjects",
]
