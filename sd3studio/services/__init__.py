"""Files, processes and time: the document journal, jobs, exports, model folders."""
