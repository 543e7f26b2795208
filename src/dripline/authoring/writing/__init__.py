"""Writing with a model: what it is told, what its answer must look like, and how an answer is read."""
