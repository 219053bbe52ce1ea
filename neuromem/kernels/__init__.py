"""The hot loops: a folder for each kernel, with its NumPy reference and its launchers."""
