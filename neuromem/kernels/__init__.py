"""The hot loops: one file a kernel, its NumPy reference first, then its launchers."""
