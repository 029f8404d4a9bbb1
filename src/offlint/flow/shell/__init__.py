"""What does a shell script reach? The shell's own language on the machine: words, conditions, commands, makefiles."""
