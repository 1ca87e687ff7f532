"""The photo library: an index of folders of photos with their scenes, captions, states and history; search and export.

`Library` opens one. `scanning` finds photos, `intake` reads what files tell, `batch` parses and captions in worker
processes, `search` finds photos by what stands where, `exporting` writes captions out and can take that back.
"""

from sd3studio.services.library.library import Library, library_folder
from sd3studio.services.library.records import MACHINE, Event, FolderRow, PhotoRow, SceneVersion, State, StoredCaption

__all__ = [
    "MACHINE",
    "Event",
    "FolderRow",
    "Library",
    "PhotoRow",
    "SceneVersion",
    "State",
    "StoredCaption",
    "library_folder",
]
