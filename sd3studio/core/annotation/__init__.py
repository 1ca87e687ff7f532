"""Correcting what a photo became: lifting, fitting, the camera from lines, two annotators compared. No Qt."""
