"""The 3D view: camera control, picking, tools, and what is drawn over the picture."""
