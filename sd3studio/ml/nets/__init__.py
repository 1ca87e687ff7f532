"""Networks, one architecture a file, configured by its constructor. Importing its modules loads torch and diffusers."""
