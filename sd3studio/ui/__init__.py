"""The window: PySide6 and pyqtgraph live here and nowhere else; nothing here imports torch."""
