"""PyTorch: memories as layers, a small transformer, tasks and training."""
