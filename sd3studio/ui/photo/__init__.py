"""The photo as a place to edit: boxes in space drawn on it and dragged through its camera, masks, camera lines."""
