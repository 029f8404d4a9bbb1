"""What is wrong with it? Accesses and rules become findings, verdicts and switches."""
