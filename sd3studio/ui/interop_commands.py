"""Commands about files of other kinds: models, pictures, libraries, projects, samples."""

from typing import TYPE_CHECKING

from sd3studio.ui.actions import Command

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow


def interop_commands(w: "MainWindow") -> list[Command]:
    """Rows of the File menu."""
    return [
        Command("file.model", "Import a 3D model…", "File", w.ask_model, icon="cube"),
        Command("file.billboard", "Import a picture as a billboard…", "File", lambda: w.ask_billboard(), icon="photo"),
        Command("file.library", "Import a furniture library…", "File", w.ask_library, icon="catalogue"),
        Command("file.sample_photo", "Open the sample photo", "File", w.open_sample_photo),
        Command("file.sample_scene", "Sample scenes…", "File", w.ask_sample_scene, icon="grid"),
        Command("file.open_project", "Open project…", "File", w.ask_open_project, ("Ctrl+Alt+O",), "open"),
        Command("file.save_project", "Save project…", "File", w.ask_save_project, ("Ctrl+Alt+S",), "save",
                enabled=w.has_objects),
        Command("file.models", "Models…", "File", w.show_models, ("Ctrl+Alt+M",), "layers"),
    ]  # fmt: skip
