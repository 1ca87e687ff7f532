"""From scenes, graphs and sentences to the input of nets, one converter a file."""
