"""The commands: their arguments, their screen, exit codes and signals."""
