"""What does each entry point reach? Evaluation of lowered code with abstract values."""
