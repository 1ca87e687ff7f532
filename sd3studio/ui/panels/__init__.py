"""One dock panel per file. A panel shows values and emits wishes; controllers turn wishes into edits and requests."""
