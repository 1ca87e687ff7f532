"""Mouse tools: plain Python over small events, so that they are tested without a window."""
