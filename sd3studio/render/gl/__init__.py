"""Thin helpers over OpenGL 3.3 core: programs, frame buffers, the shared mesh buffers. They work on the current context."""
