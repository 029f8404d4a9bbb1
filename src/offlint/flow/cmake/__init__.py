"""What does a CMake build reach? CMake's own language on the machine: variables, conditions, commands, and what they run."""
