"""Thin helpers over OpenGL 3.3 core: programs, frame buffers, mesh buffers. They work on the current context."""
