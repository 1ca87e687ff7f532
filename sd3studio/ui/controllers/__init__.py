"""Controllers: wishes of panels and commands become edits, requests and files. No widgets are made here."""
