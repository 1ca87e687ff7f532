"""The command line: one command per file, a thin shell over the same requests and services as the window."""
