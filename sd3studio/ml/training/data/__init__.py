"""Training data: composed scenes with gold graphs, views and captions, in shards; loaders of public data sets."""
